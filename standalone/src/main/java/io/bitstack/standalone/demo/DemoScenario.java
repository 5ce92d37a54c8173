package io.bitstack.standalone.demo;

import io.bitstack.standalone.client.ApiClient;
import io.bitstack.standalone.client.Chat;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Register, compress once, serve at two sizes, chat, and change a size under load. Knows nothing but the gateway, so it runs
 * against any form of the platform.
 */
public final class DemoScenario {
    /** The demo model was trained on prose and goes on with the story. */
    private static final String PROMPT =
            "The old man stood at the window and looked out upon the sea. The ship was gone, and with it";

    private static final int ANSWER_TOKENS = 60;
    /** What a question takes at most of the context; the rest is for an answer long enough to be overtaken by a resize. */
    private static final int PROMPT_TOKENS = 100;

    private static final int TOKENS_BEFORE_RESIZE = 5;
    private static final Duration PATIENCE = Duration.ofMinutes(3);

    private final ApiClient api;
    private final DemoTeller teller;
    private final Subject subject;

    /**
     * What is demonstrated with.
     *
     * @param calibration null lets the model write its own
     * @param evaluation null leaves the curve away
     * @param contextTokens tokens that each node has KV cache for
     * @param endTokens tokens that end an answer; they are forbidden where a long answer is needed
     */
    public record Subject(
            String model,
            Path directory,
            @Nullable Path calibration,
            @Nullable Path evaluation,
            int contextTokens,
            List<Integer> endTokens,
            String smallNode,
            String largeNode) {}

    public DemoScenario(ApiClient api, DemoTeller teller, Subject subject) {
        this.api = api;
        this.teller = teller;
        this.subject = subject;
    }

    /** What was shown, without what only the caller knows. */
    public record Shown(List<DemoResult.NodeResult> nodes, DemoResult.Resize resize, double compressSeconds) {}

    public Shown run() throws IOException, InterruptedException {
        teller.stage("register " + subject.model());
        api.post("/api/v1/models", Map.of("name", subject.model()));

        teller.stage("compress " + subject.directory());
        long start = System.nanoTime();
        JobStatus job = compress();
        double compressSeconds = (System.nanoTime() - start) / 1e9;
        teller.compressed(job, compressSeconds);

        teller.stage("deploy %s version %d".formatted(subject.model(), job.version()));
        api.put("/api/v1/models/%s/aliases/demo".formatted(subject.model()), Map.of("version", job.version()));
        api.post(
                "/api/v1/deployments",
                Map.of(
                        "model",
                        subject.model(),
                        "alias",
                        "demo",
                        "contextTokens",
                        subject.contextTokens(),
                        "nodes",
                        List.of(subject.smallNode(), subject.largeNode())));
        List<DemoResult.NodeResult> nodes = new ArrayList<>();
        for (String name : List.of(subject.smallNode(), subject.largeNode())) {
            nodes.add(result(settled(name)));
        }
        teller.nodes(nodes);

        teller.stage("ask both: \"" + PROMPT + "\"");
        List<DemoResult.NodeResult> answered = new ArrayList<>();
        for (DemoResult.NodeResult node : nodes) {
            teller.asking(node.name());
            answered.add(
                    node.withAnswer(ask(node.name(), ANSWER_TOKENS, List.of()).text()));
            teller.answered();
        }

        teller.stage("shrink %s while it answers".formatted(subject.largeNode()));
        DemoResult.Resize resize = shrink(nodes.getFirst().budgetBytes());
        teller.resized(resize);
        return new Shown(answered, resize, compressSeconds);
    }

    private JobStatus compress() throws IOException, InterruptedException {
        Map<String, Object> request = new LinkedHashMap<>();
        request.put("model", subject.model());
        request.put(
                "source", Map.of("path", subject.directory().toAbsolutePath().toString()));
        if (subject.calibration() != null) {
            request.put(
                    "calibrationPath", subject.calibration().toAbsolutePath().toString());
        }
        if (subject.evaluation() != null) {
            request.put("evaluationPath", subject.evaluation().toAbsolutePath().toString());
        }
        JobStatus job = JobStatus.of(api.post("/api/v1/jobs", request));
        while (!job.isFinished()) {
            teller.compressing(job);
            Thread.sleep(200);
            job = JobStatus.of(api.get("/api/v1/jobs/" + job.id()));
        }
        if (!job.isDone()) {
            throw new IOException("the compression job %s is %s: %s".formatted(job.id(), job.state(), job.error()));
        }
        return job;
    }

    /** Waits until a node holds what its budget buys. */
    private JsonNode settled(String name) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        JsonNode node = node(name);
        while (!isSettled(node)) {
            if (System.nanoTime() > deadline) {
                throw new IOException("node %s did not become ready: %s".formatted(name, node));
            }
            Thread.sleep(100);
            node = node(name);
        }
        return node;
    }

    private boolean isSettled(JsonNode node) throws IOException {
        if (!node.path("state").asString("").equals("ready")
                || !node.path("model").asString("").equals(subject.model())
                || isStillToBeTold(node)) {
            return false;
        }
        JsonNode plan = api.post(
                "/api/v1/resolve",
                Map.of(
                        "model",
                        subject.model(),
                        "version",
                        node.path("version").asInt(),
                        "budgetBytes",
                        node.path("budgetBytes").asLong(),
                        "contextTokens",
                        subject.contextTokens()));
        return node.path("blocks").asInt() == plan.path("blocks").asInt();
    }

    /** Whether the node has another budget than it was given. */
    private static boolean isStillToBeTold(JsonNode node) {
        JsonNode desired = node.path("desiredBudgetBytes");
        return desired.isNumber()
                && desired.asLong() != node.path("budgetBytes").asLong();
    }

    private JsonNode node(String name) throws IOException {
        return api.get("/api/v1/nodes/" + ApiClient.segment(name));
    }

    private static DemoResult.NodeResult result(JsonNode node) {
        return new DemoResult.NodeResult(
                node.path("name").asString(),
                node.path("budgetBytes").asLong(),
                node.path("blocks").asInt(),
                node.path("heldBytes").asLong(),
                node.path("bpw").asDouble(),
                node.path("expectedPerplexity").isNumber()
                        ? node.path("expectedPerplexity").asDouble()
                        : null,
                "");
    }

    private Chat.Reply ask(String node, int maxTokens, List<Integer> banned) throws IOException {
        return new Chat(api)
                .ask(
                        new Chat.Question(
                                subject.model(), List.of(new Chat.Message("user", PROMPT)), node, maxTokens, 0, banned),
                        teller::piece);
    }

    private DemoResult.Resize shrink(long budgetBytes) throws IOException, InterruptedException {
        String name = subject.largeNode();
        Chat.Question question = new Chat.Question(
                subject.model(),
                List.of(new Chat.Message("user", PROMPT)),
                name,
                subject.contextTokens() - PROMPT_TOKENS,
                0.7,
                subject.endTokens());
        try (SteadyAsking asking = new SteadyAsking(
                begun -> new Chat(api).ask(question, piece -> begun.countDown()).finishReason() != null,
                TOKENS_BEFORE_RESIZE)) {
            return shrink(budgetBytes, name, asking);
        }
    }

    private DemoResult.Resize shrink(long budgetBytes, String name, SteadyAsking asking)
            throws IOException, InterruptedException {
        long beforeBytes = node(name).path("heldBytes").asLong();
        if (!asking.awaitBegun(PATIENCE)) {
            throw new IOException("node %s did not begin to answer within %d s".formatted(name, PATIENCE.toSeconds()));
        }
        api.patch("/api/v1/nodes/" + ApiClient.segment(name), Map.of("budgetBytes", budgetBytes));
        JsonNode node = settled(name);
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (node.path("heldBytes").asLong() >= beforeBytes) {
            if (System.nanoTime() > deadline) {
                throw new IOException("node %s did not give bytes back: %s".formatted(name, node));
            }
            Thread.sleep(50);
            node = node(name);
        }
        return new DemoResult.Resize(
                name,
                beforeBytes,
                node.path("heldBytes").asLong(),
                node.path("lastResizeMillis").asDouble(),
                asking.finish(PATIENCE));
    }
}
