package io.bitstack.standalone.scenario;

import io.bitstack.standalone.client.ApiClient;
import io.bitstack.standalone.client.ApiFailure;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import tools.jackson.databind.JsonNode;

/**
 * Asks the same questions again and again, greedily, and compares each answer with those of an undisturbed node at the sizes that
 * nodes have. An answer during which a node changed its size has no such twin; it is counted apart.
 */
final class Answers {
    private static final List<String> PROMPTS = List.of(
            "It was night and the house was still.",
            "The captain said that the ship",
            "When the war had ended, nobody",
            "She opened the letter and read");
    /** Around a change so much is not compared: reports are that old. */
    private static final long MARGIN_NANOS = 700_000_000L;

    private static final long DEPARTURE_NANOS = 10_000_000_000L;

    private final ApiClient api;
    private final String model;
    private final int maxTokens;
    private final Map<String, Set<String>> known = new ConcurrentHashMap<>();
    private final AtomicInteger answered = new AtomicInteger();
    private final AtomicInteger compared = new AtomicInteger();
    private final ConcurrentLinkedQueue<String> failures = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<Doubt> doubtful = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<Long> changes = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<String> cut = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<Long> departures = new ConcurrentLinkedQueue<>();
    private final List<Thread> clients = new ArrayList<>();
    private volatile boolean over;

    /** An answer that no undisturbed node gave. */
    private record Doubt(String prompt, String answer, long fromNanos, long toNanos) {}

    /** @param model as clients name it, with its version */
    Answers(ApiClient api, String model, int maxTokens) {
        this.api = api;
        this.model = model;
        this.maxTokens = maxTokens;
    }

    /** Notes what a node answers that nothing happens to. */
    void learn() throws IOException {
        for (String prompt : PROMPTS) {
            known.computeIfAbsent(prompt, _ -> new HashSet<>()).add(ask(prompt));
        }
    }

    private String ask(String prompt) throws IOException {
        Map<String, Object> body = new HashMap<>();
        body.put("model", model);
        body.put("prompt", prompt);
        body.put("max_tokens", maxTokens);
        body.put("temperature", 0);
        body.put("logprobs", 1);
        JsonNode choice = api.post("/v1/completions", body).path("choices").path(0);
        if (choice.path("finish_reason").asString("").isEmpty()) {
            throw new IOException("an answer has no end: " + choice);
        }
        return choice.path("text").asString() + choice.path("logprobs").path("token_logprobs");
    }

    void start(int count) {
        for (int i = 0; i < count; i++) {
            int client = i;
            clients.add(Thread.ofVirtual().start(() -> run(client)));
        }
    }

    private void run(int client) {
        for (int i = client; !over; i++) {
            String prompt = PROMPTS.get(i % PROMPTS.size());
            long from = System.nanoTime();
            try {
                String answer = ask(prompt);
                answered.incrementAndGet();
                if (known.getOrDefault(prompt, Set.of()).contains(answer)) {
                    compared.incrementAndGet();
                } else {
                    doubtful.add(new Doubt(prompt, answer, from, System.nanoTime()));
                }
            } catch (IOException e) {
                failed(e, System.nanoTime());
            }
        }
    }

    private void failed(IOException e, long at) {
        boolean broken = e instanceof ApiFailure failure
                && failure.code().toLowerCase(Locale.ROOT).equals("upstream_failed");
        boolean isNear = departures.stream().anyMatch(gone -> Math.abs(at - gone) < DEPARTURE_NANOS);
        (broken && isNear ? cut : failures).add(e.toString());
    }

    /** A node goes away at this moment, and with it the connections to it. */
    void departing() {
        departures.add(System.nanoTime());
    }

    /** Something about a node's size is changing at this moment. */
    void changing() {
        changes.add(System.nanoTime());
    }

    /** Lets every client end the request that it is at. */
    void finish() throws InterruptedException {
        over = true;
        for (Thread client : clients) {
            client.join();
        }
    }

    int answered() {
        return answered.get();
    }

    /** Answers that are, to the last bit of their scores, those of an undisturbed node. */
    int compared() {
        return compared.get();
    }

    /** Requests that were at a node when it went away, before it had answered anything, and that the gateway did not give to another. */
    int cut() {
        return cut.size();
    }

    List<String> failures() {
        return List.copyOf(failures);
    }

    /** Answers that no undisturbed node gave, though no node was changing. */
    List<String> wrong() {
        return doubtful.stream()
                .filter(doubt -> changes.stream()
                        .noneMatch(at -> at - doubt.fromNanos() > -MARGIN_NANOS && at - doubt.toNanos() < MARGIN_NANOS))
                .map(doubt -> doubt.prompt() + " -> " + doubt.answer())
                .toList();
    }

    /** Answers that came while a node changed. */
    int mixed() {
        return doubtful.size() - wrong().size();
    }
}
