package io.bitstack.standalone.scenario;

import io.bitstack.core.stack.ManifestJson;
import io.bitstack.core.stack.StackManifest;
import io.bitstack.standalone.client.ApiClient;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;

/**
 * Three nodes of different budgets under load through the gateway: one is given another size every few seconds, one is killed and
 * started again, one finds its cache corrupted, and a rollout of a version that answers worse is taken back by its gate. The latter two dial out, the first one is dialled.
 */
public final class FleetScenario {
    private static final String MODEL = "fleet";
    private static final String RESIZED = "fleet-resized";
    private static final String KILLED = "fleet-killed";
    private static final String CORRUPTED = "fleet-corrupted";
    private static final String REFERENCE = "fleet-reference";
    private static final int PATIENCE_SECONDS = 300;

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
     * @param restOfClients after each answer that a client has got
     * @param nodeJvmOptions further options of the nodes' JVMs
     * @param length of it all
     */
    public record Plan(
            StackManifest good,
            StackManifest bad,
            List<Long> budgetsBytes,
            int contextTokens,
            int maxTokens,
            int clients,
            Duration restOfClients,
            List<String> nodeJvmOptions,
            Duration length,
            Duration betweenResizes,
            String probeText) {}

    /**
     * What came of it.
     *
     * @param compared answers that are, to the last bit, those of an undisturbed node of the size that the gateway says has answered
     * @param mixed answers while a node changed, or before the gateway knew of it, which have no twin
     * @param rolloutState of the rollout at its end, and why
     * @param firstPrefixMillis from being told what to serve, with an empty cache, to the first prefix that could be served
     * @param firstTokenMillis from the start of such a node's process to the first token through the gateway
     * @param events how often what happened, as the registry's list of events has it
     * @param untold what was done, and the list does not tell
     * @param unexplained what the list tells, though nothing was done that it could come from
     */
    public record Outcome(
            int answered,
            int compared,
            int mixed,
            List<String> failures,
            List<String> wrong,
            int resizes,
            String rolloutState,
            String rolloutReason,
            double firstPrefixMillis,
            double firstTokenMillis,
            Map<String, Integer> events,
            List<String> untold,
            List<String> unexplained) {}

    /** @param teller is told each thing that is done */
    public FleetScenario(ApiClient api, Path directory, Plan plan, Consumer<String> teller) {
        this.api = api;
        this.directory = directory;
        this.plan = plan;
        this.teller = teller;
    }

    public Outcome run() throws IOException, InterruptedException {
        Happenings happenings = new Happenings(api);
        api.post("/api/v1/models", Map.of("name", MODEL));
        publish(plan.good(), 1, happenings);
        publish(plan.bad(), 2, happenings);
        String token = api.post("/api/v1/join-tokens", Map.of("name", "fleet", "reusable", true))
                .path("token")
                .asString();
        Answers answers = new Answers(api, MODEL + "@1", plan.maxTokens(), plan.restOfClients());
        try (Fleet fleet = new Fleet(api, directory, token, plan.nodeJvmOptions())) {
            First first = learn(fleet, answers, happenings);
            return disturb(fleet, answers, happenings, first);
        }
    }

    private void publish(StackManifest manifest, int number, Happenings happenings) throws IOException {
        api.sendJson("/api/v1/models/%s/versions".formatted(MODEL), ManifestJson.write(manifest));
        happenings.did("version.ready", "models/%s/versions/%d".formatted(MODEL, number));
    }

    private long deploy(String label, String value, Happenings happenings) throws IOException {
        long id = api.post(
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
        happenings.did("deployment.created", "deployments/" + id);
        return id;
    }

    private static String subject(String node) {
        return "nodes/" + node;
    }

    /** How soon a node with an empty cache serves. */
    private record First(double prefixMillis, double tokenMillis) {}

    /** A node that nothing happens to answers at each size. */
    private First learn(Fleet fleet, Answers answers, Happenings happenings) throws IOException, InterruptedException {
        teller.accept("an undisturbed node answers at %d sizes"
                .formatted(plan.budgetsBytes().size()));
        long deployment = deploy("reference", "yes", happenings);
        long started = System.nanoTime();
        fleet.start(REFERENCE, "reference=yes", plan.budgetsBytes().getFirst());
        happenings.did("node.joined", subject(REFERENCE));
        double tokenMillis = (answers.awaitFirstToken(PATIENCE_SECONDS) - started) / 1e6;
        for (long budget : plan.budgetsBytes()) {
            fleet.budget(REFERENCE, budget);
            happenings.did("node.budget-set", subject(REFERENCE));
            fleet.awaitSettled(deployment, 1, PATIENCE_SECONDS);
            answers.learn(fleet.bpw(REFERENCE));
        }
        double prefixMillis =
                api.get("/api/v1/nodes/" + REFERENCE).path("firstPrefixMillis").asDouble();
        teller.accept(
                "with an empty cache it could serve %.0f ms after it was told what; the first token came %.0f ms after its process was started"
                        .formatted(prefixMillis, tokenMillis));
        fleet.stop(REFERENCE);
        happenings.did("node.draining", subject(REFERENCE));
        happenings.mayCause("node.lost", subject(REFERENCE));
        api.delete("/api/v1/deployments/" + deployment);
        happenings.did("deployment.removed", "deployments/" + deployment);
        api.delete("/api/v1/nodes/" + REFERENCE);
        return new First(prefixMillis, tokenMillis);
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

    private Outcome disturb(Fleet fleet, Answers answers, Happenings happenings, First first)
            throws IOException, InterruptedException {
        List<Long> budgets = plan.budgetsBytes();
        long deployment = deploy("fleet", "yes", happenings);
        fleet.start(RESIZED, "fleet=yes", budgets.getFirst());
        fleet.startDiallingOut(KILLED, "fleet=yes", budgets.getLast());
        fleet.startDiallingOut(CORRUPTED, "fleet=yes,canary=yes", budgets.get(budgets.size() / 2));
        List.of(RESIZED, KILLED, CORRUPTED).forEach(node -> happenings.did("node.joined", subject(node)));
        fleet.awaitSettled(deployment, 3, PATIENCE_SECONDS);
        teller.accept("three nodes serve; clients ask");
        Watch watch = new Watch(api, deployment, answers);
        answers.start(plan.clients());
        long began = System.nanoTime();
        Resizer resizer = new Resizer(budgets, plan.betweenResizes(), budget -> {
            answers.changing();
            fleet.budget(RESIZED, budget);
            happenings.did("node.budget-set", subject(RESIZED));
        });
        JsonNode rollout;
        try (watch;
                resizer) {
            at(0.12, began);
            teller.accept("one node is killed");
            fleet.kill(KILLED);
            happenings.did("node.lost", subject(KILLED));
            await(() -> happenings.isTold("node.lost", subject(KILLED)));
            fleet.startAgain(KILLED);
            happenings.did("node.returned", subject(KILLED));
            happenings.did("node.restarted", subject(KILLED));
            fleet.awaitSettled(deployment, 3, PATIENCE_SECONDS);
            at(0.35, began);
            fleet.stop(CORRUPTED);
            happenings.did("node.draining", subject(CORRUPTED));
            happenings.mayCause("node.lost", subject(CORRUPTED));
            happenings.mayCause("node.returned", subject(CORRUPTED));
            teller.accept("one node finds %d blobs of its cache corrupted".formatted(fleet.corruptCache(CORRUPTED)));
            fleet.startAgain(CORRUPTED);
            happenings.did("node.restarted", subject(CORRUPTED));
            happenings.did("node.blob-corrupt", subject(CORRUPTED));
            happenings.mayCause("node.blob-corrupt", subject(CORRUPTED)); // it may find them in several reports
            fleet.awaitSettled(deployment, 3, PATIENCE_SECONDS);
            at(0.5, began);
            teller.accept("a version that answers worse is rolled out");
            rollout = rollOut(deployment, happenings);
            at(1, began);
            happenings.mayCause(
                    "node.budget-set", subject(RESIZED)); // the last one is broken off, perhaps when it was set already
        }
        answers.finish();
        fleet.awaitSettled(deployment, 3, PATIENCE_SECONDS);
        Happenings.Account account = happenings.account();
        return new Outcome(
                answers.answered(),
                answers.compared(),
                answers.mixed(),
                answers.failures(),
                answers.wrong(),
                resizer.resizes(),
                rollout.path("state").asString(),
                rollout.path("reason").asString(""),
                first.prefixMillis(),
                first.tokenMillis(),
                account.counts(),
                account.untold(),
                account.unexplained());
    }

    /** Waits until a share of the whole time is over. */
    private void at(double share, long began) throws InterruptedException {
        long left = (long) (share * plan.length().toNanos()) - (System.nanoTime() - began);
        Thread.sleep(Math.max(0, left / 1_000_000));
    }

    private JsonNode rollOut(long deployment, Happenings happenings) throws IOException, InterruptedException {
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
        happenings.did("rollout.advanced", "rollouts/" + id); // begun
        happenings.did("rollout.advanced", "rollouts/" + id); // its step
        happenings.did("rollout.rolled-back", "rollouts/" + id);
        await(() -> !api.get("/api/v1/rollouts/" + id).path("state").asString().equals("running"));
        JsonNode over = api.get("/api/v1/rollouts/" + id);
        teller.accept("the rollout is %s: %s"
                .formatted(over.path("state").asString(), over.path("reason").asString("")));
        return over;
    }
}
