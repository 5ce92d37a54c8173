package io.bitstack.bench;

import io.bitstack.standalone.client.ApiClient;
import io.bitstack.standalone.client.ApiFailure;
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
import java.util.SplittableRandom;
import tools.jackson.databind.JsonNode;

/**
 * Changes a node's size at random while clients ask all the time, the whole platform in this JVM. Prints what the node's ledger holds against its
 * budget, what the system says that the process holds, how long the changes took, and what became of the requests. Arguments: how many changes (1000),
 * how many clients (4), a directory with a model and a calibration text (those of the demo), or one with a stack that {@code ./bitstack eval --keep} kept.
 */
public final class NodeBenchmark {
    private static final String NODE = "node";
    private static final int CONTEXT_TOKENS = 2048;
    private static final double GOAL_MILLIS = 50;
    private static final String RELEASE = "resize.release.time";

    private final ApiClient api;
    private final SplittableRandom random = new SplittableRandom(11);
    private final List<Double> millis = new ArrayList<>();
    private final List<Double> releaseMillis = new ArrayList<>();

    private int heldBlocks;

    private NodeBenchmark(ApiClient api) {
        this.api = api;
    }

    public static void main(String[] args) throws Exception {
        int changes = args.length > 0 ? Integer.parseInt(args[0]) : 1000;
        int clients = args.length > 1 ? Integer.parseInt(args[1]) : 4;
        BenchModel model = new BenchModel(
                Path.of(args.length > 2 ? args[2] : "demo/model").toAbsolutePath(),
                Path.of(args.length > 3 ? args[3] : "demo/text/calibration.txt").toAbsolutePath());
        Path data = Files.createTempDirectory("bitstack-bench");
        Platform.logToFile(data);
        // So that most of the time goes into changes, not into waiting for the node to hear of them.
        System.setProperty("bitstack.node.heartbeat-interval", "20ms");
        model.prepare(data);
        try (Platform platform = Platform.start(
                new PlatformOptions(
                        data,
                        0,
                        List.of(model.directory(), model.text().getParent()),
                        List.of(new PlatformOptions.NodeOptions(NODE, 64L << 30))),
                stage -> System.out.println("starting " + stage))) {
            ApiClient api = new ApiClient(platform.gatewayUrl(), platform.adminKey());
            model.serve(api, platform.gatewayUrl(), platform.adminKey(), CONTEXT_TOKENS);
            new NodeBenchmark(api).measure(changes, clients);
        }
        System.exit(0);
    }

    private void measure(int changes, int clients) throws IOException, InterruptedException {
        JsonNode whole = resolve(1L << 40);
        long most = whole.path("heldBytes").asLong()
                + whole.path("kvCacheBytes").asLong()
                + whole.path("scratchBytes").asLong();
        long least = leastBudget(most);
        change(most);
        millis.clear();
        releaseMillis.clear();
        SteadyLoad load = new SteadyLoad(api, BenchModel.NAME, clients);
        double readBefore = NodeMeters.millis("resize.read.time");
        for (int i = 0; i < changes; i++) {
            // The largest and the smallest first, to see what they hold.
            long budgetBytes = i < 4 ? (i % 2 == 0 ? most : least) : random.nextLong(least, most + 1);
            JsonNode node = change(budgetBytes);
            if (i < 4) {
                Thread.sleep(1000);
                node = api.get("/api/v1/nodes/" + NODE);
                printLedger(i % 2 == 0 ? "largest" : "smallest", node);
                System.out.println("             " + ProcessMemory.now().inWords());
            }
        }
        load.finish();
        report(load, NodeMeters.millis("resize.read.time") - readBefore);
    }

    private void report(SteadyLoad load, double readMillis) {
        System.out.printf(
                Locale.ROOT,
                "%d changes of size; reading blocks took %.1f ms a change%n",
                millis.size(),
                readMillis / millis.size());
        double longest = times("beyond that, until the next step decodes with the new size", millis);
        System.out.printf(
                Locale.ROOT,
                "  goal at most %.0f ms: %s%n",
                GOAL_MILLIS,
                longest <= GOAL_MILLIS ? "reached" : "not reached");
        times("then, until the step under way is done and dropped blocks are given back", releaseMillis);
        System.out.printf(
                Locale.ROOT,
                "meanwhile %d requests answered whole, %d failed; the engine saw %s; %.0f tokens generated, %.0f"
                        + " tokens of prompts run, %.0f reused%n",
                load.answered(),
                load.failed(),
                NodeMeters.outcomes(),
                NodeMeters.count("tokens", "kind", "answer"),
                NodeMeters.count("tokens", "kind", "prompt"),
                NodeMeters.count("prefix.tokens"));
        long ended = NodeMeters.outcomes().values().stream()
                .mapToLong(Long::longValue)
                .sum();
        if (load.failed() > 0 || ended != load.answered()) {
            throw new IllegalStateException("%d requests were sent and %d ended; %d failed"
                    .formatted(load.answered() + load.failed(), ended, load.failed()));
        }
    }

    private static double times(String what, List<Double> millis) {
        List<Double> sorted = new ArrayList<>(millis);
        Collections.sort(sorted);
        System.out.printf(
                Locale.ROOT,
                "%s: median %.2f ms, 99 of 100 within %.2f ms, longest %.2f ms%n",
                what,
                sorted.get(sorted.size() / 2),
                sorted.get(sorted.size() * 99 / 100),
                sorted.getLast());
        return sorted.getLast();
    }

    private static long ledgerBytes(JsonNode node) {
        long total = 0;
        for (String part : List.of("blocksBytes", "baseBytes", "tablesBytes", "kvCacheBytes", "scratchBytes")) {
            total += node.path("ledger").path(part).asLong();
        }
        return total;
    }

    /** Gives the node a budget and waits until it has the size for it and nothing more. */
    private JsonNode change(long budgetBytes) throws IOException, InterruptedException {
        int blocks = resolve(budgetBytes).path("blocks").asInt();
        double before = NodeMeters.millis("resize.time");
        double releaseBefore = NodeMeters.millis(RELEASE);
        long releases = NodeMeters.times(RELEASE) + (blocks < heldBlocks ? 1 : 0);
        api.patch("/api/v1/nodes/" + NODE, Map.of("budgetBytes", budgetBytes));
        while (true) {
            JsonNode node = api.get("/api/v1/nodes/" + NODE);
            if (node.path("state").asString().equals("ready")
                    && node.path("budgetBytes").asLong() == budgetBytes
                    && node.path("blocks").asInt() == blocks
                    && NodeMeters.times(RELEASE) >= releases) {
                millis.add(NodeMeters.millis("resize.time") - before);
                releaseMillis.add(NodeMeters.millis(RELEASE) - releaseBefore);
                heldBlocks = blocks;
                return node;
            }
            Thread.sleep(5);
        }
    }

    private JsonNode resolve(long budgetBytes) throws IOException {
        return api.post(
                "/api/v1/resolve",
                Map.of(
                        "model",
                        BenchModel.NAME,
                        "version",
                        1,
                        "budgetBytes",
                        budgetBytes,
                        "contextTokens",
                        CONTEXT_TOKENS));
    }

    /** The smallest budget, to a kilobyte, that the model can be served with. */
    private long leastBudget(long most) throws IOException {
        long below = 0;
        long enough = most;
        while (enough - below > 1024) {
            long between = (below + enough) / 2;
            try {
                resolve(between);
                enough = between;
            } catch (ApiFailure tooSmall) {
                below = between;
            }
        }
        return enough;
    }

    private static void printLedger(String what, JsonNode node) {
        JsonNode ledger = node.path("ledger");
        long total = ledgerBytes(node);
        long budgetBytes = node.path("budgetBytes").asLong();
        System.out.printf(
                Locale.ROOT,
                "%-12s %d blocks; blocks %d + base %d + tables %d + KV cache %d + scratch %d = %d of %d bytes (%.1f %%)%n",
                what,
                node.path("blocks").asInt(),
                ledger.path("blocksBytes").asLong(),
                ledger.path("baseBytes").asLong(),
                ledger.path("tablesBytes").asLong(),
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
