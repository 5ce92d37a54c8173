package io.bitstack.standalone.scenario;

import io.bitstack.core.stack.ManifestJson;
import io.bitstack.core.stack.StackManifest;
import io.bitstack.standalone.client.ApiClient;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Three nodes of different budgets under load through the gateway: one is given another size every few seconds, one is killed and
 * started again, one finds its cache corrupted, and a rollout of a version that answers worse is taken back by its gate.
 */
public final class FleetScenario {
    private static final String MODEL = "fleet";
    private static final String RESIZED = "fleet-resized";
    private static final String KILLED = "fleet-killed";
    private static final String CORRUPTED = "fleet-corrupted";
    private static final String REFERENCE = "fleet-reference";
    private static final int PATIENCE_SECONDS = 120;

    private final ApiClient api;
    private final Path directory;
    private final Plan plan;
    private final Consumer<String> teller;

    /**
     * What is to happen.
     *
     * @param good the model, whose blobs the registry's store holds
     * @param bad another version of it, that answers worse
     * @param budgetsBytes at least three that buy different prefixes, the smallest first
     * @param length of it all
     */
    public record Plan(
            StackManifest good,
            StackManifest bad,
            List<Long> budgetsBytes,
            int contextTokens,
            int maxTokens,
            int clients,
            Duration length,
            Duration betweenResizes,
            String probeText) {}

    /**
     * What came of it.
     *
     * @param compared answers that are those of an undisturbed node to the last bit
     * @param mixed answers while a node changed, which have no twin
     * @param cut requests that were at a node when it went away, and that the gateway did not give to another one
     * @param rolloutState of the rollout at its end, and why
     * @param events how often what happened, as the registry's list of events has it
     */
    public record Outcome(
            int answered,
            int compared,
            int mixed,
            int cut,
            List<String> failures,
            List<String> wrong,
            int resizes,
            String rolloutState,
            String rolloutReason,
            Map<String, Integer> events) {}

    /** @param teller is told each thing that is done */
    public FleetScenario(ApiClient api, Path directory, Plan plan, Consumer<String> teller) {
        this.api = api;
        this.directory = directory;
        this.plan = plan;
        this.teller = teller;
    }

    public Outcome run() throws IOException, InterruptedException {
        api.post("/api/v1/models", Map.of("name", MODEL));
        publish(plan.good());
        publish(plan.bad());
        String token = api.post("/api/v1/join-tokens", Map.of("name", "fleet", "reusable", true))
                .path("token")
                .asString();
        Answers answers = new Answers(api, MODEL + "@1", plan.maxTokens());
        try (Fleet fleet = new Fleet(api, directory, token)) {
            learn(fleet, answers);
            return disturb(fleet, answers);
        }
    }

    private void publish(StackManifest manifest) throws IOException {
        api.sendJson("/api/v1/models/%s/versions".formatted(MODEL), ManifestJson.write(manifest));
    }

    private long deploy(String label, String value) throws IOException {
        return api.post(
                        "/api/v1/deployments",
                        Map.of(
                                "model",
                                MODEL,
                                "version",
                                1,
                                "contextTokens",
                                plan.contextTokens(),
                                "selector",
                                Map.of(label, value)))
                .path("id")
                .asLong();
    }

    /** A node that nothing happens to answers at each size. */
    private void learn(Fleet fleet, Answers answers) throws IOException, InterruptedException {
        teller.accept("an undisturbed node answers at %d sizes"
                .formatted(plan.budgetsBytes().size()));
        long deployment = deploy("reference", "yes");
        fleet.start(REFERENCE, "reference=yes", plan.budgetsBytes().getFirst());
        for (long budget : plan.budgetsBytes()) {
            await(() -> !api.get("/api/v1/nodes").path("items").isEmpty());
            fleet.budget(REFERENCE, budget);
            fleet.awaitSettled(deployment, 1, PATIENCE_SECONDS);
            answers.learn();
        }
        teller.accept("with an empty cache it could serve %.0f ms after it was told what"
                .formatted(api.get("/api/v1/nodes/" + REFERENCE)
                        .path("firstPrefixMillis")
                        .asDouble()));
        fleet.stop(REFERENCE);
        api.delete("/api/v1/deployments/" + deployment);
        api.delete("/api/v1/nodes/" + REFERENCE);
    }

    private interface Condition {
        boolean holds() throws IOException;
    }

    private static void await(Condition condition) throws IOException, InterruptedException {
        for (int i = 0; i < PATIENCE_SECONDS * 10; i++) {
            if (condition.holds()) {
                return;
            }
            Thread.sleep(100);
        }
        throw new IOException("something that was waited for did not happen within %d s".formatted(PATIENCE_SECONDS));
    }

    private Outcome disturb(Fleet fleet, Answers answers) throws IOException, InterruptedException {
        List<Long> budgets = plan.budgetsBytes();
        long deployment = deploy("fleet", "yes");
        fleet.start(RESIZED, "fleet=yes", budgets.getLast());
        fleet.start(KILLED, "fleet=yes", budgets.getFirst());
        fleet.start(CORRUPTED, "fleet=yes,canary=yes", budgets.get(budgets.size() / 2));
        fleet.awaitSettled(deployment, 3, PATIENCE_SECONDS);
        teller.accept("three nodes serve; clients ask");
        Watch watch = new Watch(api, deployment, answers);
        answers.start(plan.clients());
        long began = System.nanoTime();
        Resizer resizer = new Resizer(fleet, answers);
        JsonNode rollout;
        try (watch;
                resizer) {
            at(0.12, began);
            teller.accept("one node is killed");
            answers.departing();
            fleet.kill(KILLED);
            at(0.22, began);
            fleet.startAgain(KILLED);
            at(0.32, began);
            answers.departing();
            fleet.stop(CORRUPTED);
            teller.accept("one node finds %d blobs of its cache corrupted".formatted(fleet.corruptCache(CORRUPTED)));
            fleet.startAgain(CORRUPTED);
            fleet.awaitSettled(deployment, 3, PATIENCE_SECONDS);
            at(0.5, began);
            teller.accept("a version that answers worse is rolled out");
            rollout = rollOut(deployment);
            at(1, began);
        }
        answers.finish();
        fleet.awaitSettled(deployment, 3, PATIENCE_SECONDS);
        return new Outcome(
                answers.answered(),
                answers.compared(),
                answers.mixed(),
                answers.cut(),
                answers.failures(),
                answers.wrong(),
                resizer.resizes.get(),
                rollout.path("state").asString(),
                rollout.path("reason").asString(""),
                events());
    }

    /** Waits until a share of the whole time is over. */
    private void at(double share, long began) throws InterruptedException {
        long left = (long) (share * plan.length().toNanos()) - (System.nanoTime() - began);
        Thread.sleep(Math.max(0, left / 1_000_000));
    }

    private JsonNode rollOut(long deployment) throws IOException, InterruptedException {
        long id = api.post(
                        "/api/v1/deployments/%d/rollouts".formatted(deployment),
                        Map.of(
                                "version", 2,
                                "steps", List.of(Map.of("labels", Map.of("canary", "yes"))),
                                "gate",
                                        Map.of(
                                                "probeText",
                                                plan.probeText(),
                                                "maxPerplexityRatio",
                                                1.3,
                                                "soakSeconds",
                                                2,
                                                "timeoutSeconds",
                                                PATIENCE_SECONDS)))
                .path("id")
                .asLong();
        await(() -> !api.get("/api/v1/rollouts/" + id).path("state").asString().equals("running"));
        JsonNode over = api.get("/api/v1/rollouts/" + id);
        teller.accept("the rollout is %s: %s"
                .formatted(over.path("state").asString(), over.path("reason").asString("")));
        return over;
    }

    private Map<String, Integer> events() throws IOException {
        Map<String, Integer> counts = new TreeMap<>();
        String after = "0";
        while (!after.isEmpty()) {
            JsonNode page = api.get("/api/v1/events?limit=200&after=" + after);
            page.path("items").forEach(event -> counts.merge(event.path("type").asString(), 1, Integer::sum));
            after = page.path("next").asString("");
        }
        return counts;
    }

    /** Gives a node another size every few seconds. */
    private final class Resizer implements AutoCloseable {
        private final SplittableRandom random = new SplittableRandom(17);
        private final Thread thread;
        private volatile boolean over;
        private final AtomicInteger resizes = new AtomicInteger();
        private volatile @Nullable Exception failed;

        Resizer(Fleet fleet, Answers answers) {
            thread = Thread.ofVirtual().start(() -> run(fleet, answers));
        }

        private void run(Fleet fleet, Answers answers) {
            try {
                while (!over) {
                    List<Long> budgets = plan.budgetsBytes();
                    answers.changing();
                    fleet.budget(RESIZED, budgets.get(random.nextInt(budgets.size())));
                    resizes.incrementAndGet();
                    Thread.sleep(plan.betweenResizes());
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (IOException e) {
                failed = over ? null : e; // the last one is broken off
            }
        }

        @Override
        public void close() throws IOException {
            over = true;
            thread.interrupt();
            if (failed != null) {
                throw new IOException("a budget could not be set", failed);
            }
        }
    }
}
