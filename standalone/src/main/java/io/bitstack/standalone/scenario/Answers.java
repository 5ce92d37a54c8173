package io.bitstack.standalone.scenario;

import io.bitstack.standalone.client.ApiClient;
import io.bitstack.standalone.client.ApiFailure;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import tools.jackson.databind.JsonNode;

/**
 * Asks the same questions again and again, greedily, and compares each answer with that of an undisturbed node at the size that the gateway says has
 * answered. An answer during which a node changed its size, or the gateway did not know yet that it had, has no such twin; it is counted apart.
 */
final class Answers {
    private static final List<String> PROMPTS = List.of(
            "It was night and the house was still.",
            "The captain said that the ship",
            "When the war had ended, nobody",
            "She opened the letter and read");
    private static final String BPW_HEADER = "BitStack-Bpw";
    /** Around a change so much is not compared: reports are that old. */
    private static final long MARGIN_NANOS = 700_000_000L;

    private final ApiClient api;
    private final String model;
    private final int maxTokens;
    private final Duration rest;
    private final Map<Question, String> known = new ConcurrentHashMap<>();
    private final AtomicInteger answered = new AtomicInteger();
    private final AtomicInteger compared = new AtomicInteger();
    private final ConcurrentLinkedQueue<String> failures = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<Doubt> doubtful = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<Change> changes = new ConcurrentLinkedQueue<>();
    private final List<Thread> clients = new ArrayList<>();
    private volatile boolean over;

    /** A time in which something about a node's size may have changed. */
    private record Change(long fromNanos, long toNanos) {}

    /** What was asked of which size, which its bits per weight tell. */
    private record Question(String prompt, double bpw) {}

    /** An answer, and the bits per weight that it was given with as the gateway has it. */
    private record Given(String answer, double bpw) {}

    /** An answer that no undisturbed node of the size gave. */
    private record Doubt(Question question, String answer, long fromNanos, long toNanos) {}

    /**
     * @param model as clients name it, with its version
     * @param rest of a client after each answer
     */
    Answers(ApiClient api, String model, int maxTokens, Duration rest) {
        this.api = api;
        this.model = model;
        this.maxTokens = maxTokens;
        this.rest = rest;
    }

    /**
     * Notes what a node answers that nothing happens to.
     *
     * @param bpw its bits per weight, of which the gateway may not have heard yet
     */
    void learn(double bpw) throws IOException {
        for (String prompt : PROMPTS) {
            String answer = ask(prompt, maxTokens, Map.of()).answer();
            if (known.putIfAbsent(new Question(prompt, bpw), answer) != null) {
                throw new IOException("two budgets buy the same %s bits per weight".formatted(bpw));
            }
        }
    }

    /** Asks for one token until a node gives it. @return when it came, by {@link System#nanoTime} */
    long awaitFirstToken(int patienceSeconds) throws IOException, InterruptedException {
        long until = System.nanoTime() + patienceSeconds * 1_000_000_000L;
        while (true) {
            try {
                ask(PROMPTS.getFirst(), 1, Map.of());
                return System.nanoTime();
            } catch (ApiFailure e) {
                if (System.nanoTime() > until) {
                    throw e;
                }
                Thread.sleep(10);
            }
        }
    }

    private Given ask(String prompt, int tokens, Map<String, String> headers) throws IOException {
        Map<String, Object> body = new HashMap<>();
        body.put("model", model);
        body.put("prompt", prompt);
        body.put("max_tokens", tokens);
        body.put("temperature", 0);
        body.put("logprobs", 1);
        ApiClient.Answer answer = api.post("/v1/completions", body, headers);
        JsonNode choice = answer.body().path("choices").path(0);
        if (choice.path("finish_reason").asString("").isEmpty()) {
            throw new IOException("an answer has no end: " + choice);
        }
        String bpw = answer.headers()
                .firstValue(BPW_HEADER)
                .orElseThrow(() -> new IOException("an answer does not say its size by " + BPW_HEADER));
        return new Given(
                choice.path("text").asString() + choice.path("logprobs").path("token_logprobs"),
                Double.parseDouble(bpw));
    }

    void start(int count) {
        for (int i = 0; i < count; i++) {
            int client = i;
            clients.add(Thread.ofVirtual().start(() -> run(client)));
        }
    }

    private void run(int client) {
        // Half of them go to the best node, the others to whichever answers soonest: so every node has something to do.
        Map<String, String> headers = Map.of("BitStack-Prefer", client % 2 == 0 ? "quality" : "latency");
        for (int i = client; !over; i++) {
            String prompt = PROMPTS.get(i % PROMPTS.size());
            long from = System.nanoTime();
            try {
                Given given = ask(prompt, maxTokens, headers);
                answered.incrementAndGet();
                Question question = new Question(prompt, given.bpw());
                if (given.answer().equals(known.get(question))) {
                    compared.incrementAndGet();
                } else {
                    doubtful.add(new Doubt(question, given.answer(), from, System.nanoTime()));
                }
                Thread.sleep(rest);
            } catch (IOException e) {
                failures.add(e.toString());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    /** Something about a node's size is changing at this moment. */
    void changing() {
        long now = System.nanoTime();
        changing(now, now);
    }

    /** Something about a node's size may have changed in a time that is over. */
    void changing(long fromNanos, long toNanos) {
        changes.add(new Change(fromNanos, toNanos));
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

    /** Answers that are, to the last bit of their scores, those of an undisturbed node of the size that answered. */
    int compared() {
        return compared.get();
    }

    List<String> failures() {
        return List.copyOf(failures);
    }

    /** Answers that no undisturbed node of the size gave, though no node was changing. */
    List<String> wrong() {
        return doubtful.stream()
                .filter(doubt -> changes.stream()
                        .noneMatch(change -> change.toNanos() - doubt.fromNanos() > -MARGIN_NANOS
                                && change.fromNanos() - doubt.toNanos() < MARGIN_NANOS))
                .map(doubt -> "%s at %s bits per weight -> %s%s"
                        .formatted(
                                doubt.question().prompt(),
                                doubt.question().bpw(),
                                doubt.answer(),
                                known.containsValue(doubt.answer()) ? ", which is another size's" : ""))
                .toList();
    }

    /** Answers that came while a node changed. */
    int mixed() {
        return doubtful.size() - wrong().size();
    }
}
