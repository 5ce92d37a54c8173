package io.bitstack.bench;

import io.bitstack.core.model.ModelConfig;
import io.bitstack.standalone.client.ApiClient;
import io.bitstack.standalone.client.Chat;
import io.bitstack.standalone.demo.DemoBudgets;
import io.bitstack.standalone.demo.JobStatus;
import io.bitstack.standalone.platform.Platform;
import io.bitstack.standalone.platform.PlatformOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import tools.jackson.databind.JsonNode;

/**
 * Prints what a node's ledger holds against its budget, and how long a change of size takes, while requests are being answered: the
 * whole platform in this JVM, one node that is shrunk and grown in turn. Argument: how often (10).
 */
public final class NodeBenchmark {
    private static final String MODEL = "bench";
    private static final String NODE = "node";
    private static final int CONTEXT_TOKENS = 1024;

    private NodeBenchmark() {}

    public static void main(String[] args) throws Exception {
        int changes = args.length > 0 ? Integer.parseInt(args[0]) : 10;
        Path demo = Path.of("demo").toAbsolutePath();
        Path data = Files.createTempDirectory("bitstack-bench");
        Platform.logToFile(data);
        DemoBudgets budgets = DemoBudgets.of(ModelConfig.read(demo.resolve("model")), CONTEXT_TOKENS);
        try (Platform platform = Platform.start(
                new PlatformOptions(
                        data, 0, List.of(demo), List.of(new PlatformOptions.NodeOptions(NODE, budgets.largeBytes()))),
                stage -> System.out.println("starting " + stage))) {
            ApiClient api = new ApiClient(platform.gatewayUrl(), platform.adminKey());
            serve(api, demo);
            measure(api, budgets, changes);
        }
        System.exit(0);
    }

    private static void serve(ApiClient api, Path demo) throws IOException, InterruptedException {
        api.post("/api/v1/models", Map.of("name", MODEL));
        JobStatus job = JobStatus.of(api.post(
                "/api/v1/jobs",
                Map.of(
                        "model",
                        MODEL,
                        "source",
                        Map.of("path", demo.resolve("model").toString()),
                        "calibrationPath",
                        demo.resolve("text/calibration.txt").toString(),
                        "order",
                        "proxy")));
        while (!job.isFinished()) {
            Thread.sleep(200);
            job = JobStatus.of(api.get("/api/v1/jobs/" + job.id()));
        }
        if (!job.isDone()) {
            throw new IOException("the compression job failed: " + job.error());
        }
        api.post(
                "/api/v1/deployments",
                Map.of("model", MODEL, "version", job.version(), "contextTokens", CONTEXT_TOKENS));
    }

    private static void measure(ApiClient api, DemoBudgets budgets, int changes)
            throws IOException, InterruptedException {
        JsonNode large = settled(api, budgets.largeBytes(), -1);
        printLedger("large", large);
        AtomicBoolean over = new AtomicBoolean();
        AtomicInteger answered = new AtomicInteger();
        AtomicInteger failed = new AtomicInteger();
        Thread asking = Thread.ofVirtual().start(() -> ask(api, over, answered, failed));
        List<Double> millis = new ArrayList<>();
        int before = large.path("blocks").asInt();
        for (int i = 0; i < changes; i++) {
            long budgetBytes = i % 2 == 0 ? budgets.smallBytes() : budgets.largeBytes();
            api.patch("/api/v1/nodes/" + NODE, Map.of("budgetBytes", budgetBytes));
            JsonNode node = settled(api, budgetBytes, before);
            before = node.path("blocks").asInt();
            millis.add(node.path("lastResizeMillis").asDouble());
            if (i < 2) {
                printLedger(i == 0 ? "small" : "large again", node);
            }
        }
        over.set(true);
        asking.join();
        Collections.sort(millis);
        System.out.printf(
                Locale.ROOT,
                "%d changes of size: min %.1f ms, median %.1f ms, max %.1f ms; meanwhile %d requests answered, %d failed%n",
                changes,
                millis.getFirst(),
                millis.get(millis.size() / 2),
                millis.getLast(),
                answered.get(),
                failed.get());
        if (failed.get() > 0) {
            throw new IllegalStateException(failed + " requests failed");
        }
    }

    private static void ask(ApiClient api, AtomicBoolean over, AtomicInteger answered, AtomicInteger failed) {
        while (!over.get()) {
            try {
                Chat.Reply reply = new Chat(api)
                        .ask(
                                new Chat.Question(
                                        MODEL,
                                        List.of(new Chat.Message("user", "It was night.")),
                                        null,
                                        200,
                                        0.7,
                                        List.of()),
                                piece -> {});
                if (reply.finishReason() == null) {
                    throw new IOException("an answer broke off");
                }
                answered.incrementAndGet();
            } catch (IOException e) {
                failed.incrementAndGet();
                System.out.println("a request failed during a change of size: " + e.getMessage());
            }
        }
    }

    /** Waits for the node to have a budget and another number of blocks than before, and then to stay so. */
    private static JsonNode settled(ApiClient api, long budgetBytes, int blocksBefore)
            throws IOException, InterruptedException {
        JsonNode node = api.get("/api/v1/nodes/" + NODE);
        int same = 0;
        while (same < 4) {
            Thread.sleep(300);
            JsonNode next = api.get("/api/v1/nodes/" + NODE);
            boolean settled = next.path("state").asString().equals("ready")
                    && next.path("budgetBytes").asLong() == budgetBytes
                    && next.path("blocks").asInt() != blocksBefore
                    && next.path("blocks").asInt() == node.path("blocks").asInt();
            same = settled ? same + 1 : 0;
            node = next;
        }
        return node;
    }

    private static void printLedger(String what, JsonNode node) {
        JsonNode ledger = node.path("ledger");
        long total = 0;
        for (JsonNode part : ledger) {
            total += part.asLong();
        }
        long budgetBytes = node.path("budgetBytes").asLong();
        System.out.printf(
                Locale.ROOT,
                "%-12s %d blocks; blocks %d + base %d + KV cache %d + scratch %d = %d of %d bytes (%.1f %%)%n",
                what,
                node.path("blocks").asInt(),
                ledger.path("blocksBytes").asLong(),
                ledger.path("baseBytes").asLong(),
                ledger.path("kvCacheBytes").asLong(),
                ledger.path("scratchBytes").asLong(),
                total,
                budgetBytes,
                100.0 * total / budgetBytes);
        if (total > budgetBytes) {
            throw new IllegalStateException("the node holds more than its budget");
        }
    }
}
