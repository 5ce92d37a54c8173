package io.bitstack.bench;

import io.bitstack.standalone.client.ApiClient;
import io.bitstack.standalone.client.Chat;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;

/** Clients that ask one request after the other, all streamed, until they are told to stop. */
final class SteadyLoad {
    private final ApiClient api;
    private final String model;
    private final List<Thread> clients = new ArrayList<>();
    private final AtomicInteger answered = new AtomicInteger();
    private final AtomicInteger failed = new AtomicInteger();
    private volatile boolean over;

    SteadyLoad(ApiClient api, String model, int clients) {
        this.api = api;
        this.model = model;
        for (int client = 0; client < clients; client++) {
            SplittableRandom random = new SplittableRandom(client);
            this.clients.add(Thread.ofVirtual().start(() -> run(random)));
        }
    }

    private void run(SplittableRandom random) {
        while (!over) {
            try {
                ask(random.nextInt(1, 60), random.nextInt(8, 120));
                answered.incrementAndGet();
            } catch (IOException e) {
                failed.incrementAndGet();
                System.out.println("a request failed: " + e.getMessage());
            }
        }
    }

    private void ask(int sentences, int maxTokens) throws IOException {
        List<Chat.Message> messages = List.of(new Chat.Message("user", "It was night. ".repeat(sentences)));
        Chat.Reply reply =
                new Chat(api).ask(new Chat.Question(model, messages, null, maxTokens, 0.7, List.of()), piece -> {});
        if (reply.finishReason() == null) {
            throw new IOException("an answer broke off");
        }
    }

    int answered() {
        return answered.get();
    }

    int failed() {
        return failed.get();
    }

    /** Lets every client end the request that it is at. */
    void finish() throws InterruptedException {
        over = true;
        for (Thread client : clients) {
            client.join();
        }
    }
}
