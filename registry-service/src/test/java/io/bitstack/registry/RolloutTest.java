package io.bitstack.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.bitstack.registry.RegistryFixture.Answer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Rollouts over reports of nodes that are sent here: what the gate lets through and what it takes back. */
class RolloutTest {
    private static SharedRegistry registry;
    private static RegistryFixture http;

    private final Map<String, JsonNode> desired = new HashMap<>();
    private final Map<String, Integer> failed = new HashMap<>();
    /** Perplexity of the probe by version. */
    private final Map<Integer, Double> perplexity = new HashMap<>(Map.of(1, 10.0, 2, 10.0));

    private final Map<Integer, Double> tokensPerSecond = new HashMap<>(Map.of(1, 10.0, 2, 10.0));

    @BeforeAll
    static void start() throws Exception {
        registry = SharedRegistry.get();
        http = registry.http;
    }

    /** A model with two versions, and four nodes of a pool that serve the first; the third one has a label of its own. */
    private long deploy(String model) throws Exception {
        registry.register(model);
        registry.publish(model, registry.stacks.manifest());
        registry.publish(model, registry.stacks.withTool("second of " + model));
        Answer made = http.post("/deployments", """
                {"model":"%s","version":1,"contextTokens":64,"selector":{"pool":"%s"}}""".formatted(model, model));
        assertThat(made.status()).as(made.body().toString()).isEqualTo(201);
        beat(model);
        beat(model);
        return made.body().path("id").asLong();
    }

    private List<String> nodes(String model) {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            names.add("%s-%d".formatted(model, i));
        }
        return names;
    }

    /** Every node reports that it has become what it was last told to be. */
    private void beat(String model) throws Exception {
        for (String node : nodes(model)) {
            JsonNode last = desired.getOrDefault(node, JsonMapper.shared().createObjectNode());
            JsonNode wish = last.path("deployment");
            String held = "";
            if (wish.isObject()) {
                int version = wish.path("version").asInt();
                held = """
                        "model":"%s","version":%d,"stackDigest":"%s","settledOn":"%s","tokensPerSecond":%s,""".formatted(
                                model,
                                version,
                                wish.path("stackDigest").asString(),
                                last.path("revision").asString(),
                                tokensPerSecond.get(version));
                if (wish.has("probe")) {
                    held += """
                            "probe":{"id":"%s","stackDigest":"%s","blocks":5,"perplexity":%s},""".formatted(
                                    wish.path("probe").path("id").asString(),
                                    wish.path("stackDigest").asString(),
                                    perplexity.get(version));
                }
            }
            String report = """
                    {"url":"http://127.0.0.1:1234","accessToken":"0123456789abcdef0123","budgetBytes":1000,%s
                     "labels":{"pool":"%s"%s},"state":"ready","blocks":5,"heldBytes":10,"activeRequests":0,
                     "queuedRequests":0,"corruptBlobs":0,"requests":{"ended":%d,"failed":%d}}""".formatted(
                            held,
                            model,
                            node.endsWith("-2") ? ",\"canary\":\"yes\"" : "",
                            100 + failed.getOrDefault(node, 0),
                            failed.getOrDefault(node, 0));
            Answer answer = http.send("PUT", "/nodes/" + node, report);
            assertThat(answer.status()).as(answer.body().toString()).isEqualTo(200);
            desired.put(node, answer.body());
        }
    }

    private JsonNode rollout(long deployment, String body) throws Exception {
        Answer made = http.post("/deployments/%d/rollouts".formatted(deployment), body);
        assertThat(made.status()).as(made.body().toString()).isEqualTo(201);
        return made.body();
    }

    private JsonNode await(String model, long id, Predicate<JsonNode> condition) throws Exception {
        JsonNode last = JsonMapper.shared().createObjectNode();
        long endNanos = System.nanoTime() + TimeUnit.MINUTES.toNanos(3);
        while (System.nanoTime() < endNanos) {
            beat(model);
            last = http.get("/rollouts/" + id).body();
            if (condition.test(last)) {
                return last;
            }
            Thread.sleep(100);
        }
        return fail("the rollout did not get there: " + last);
    }

    private static Predicate<JsonNode> state(String state) {
        return rollout -> rollout.path("state").asString().equals(state);
    }

    private long versionsAt(int version) {
        return desired.values().stream()
                .filter(one -> one.path("deployment").path("version").asInt() == version)
                .count();
    }

    @Test
    void reachesSomeNodesBeforeAll() throws Exception {
        long deployment = deploy("roll-good");
        JsonNode rollout = rollout(deployment, """
                {"version":2,"steps":[{"share":0.25}],"gate":{"soakSeconds":0,"timeoutSeconds":600}}""");
        long id = rollout.path("id").asLong();
        JsonNode done = await("roll-good", id, state("completed"));
        assertThat(done.path("nodes").size()).isEqualTo(4);
        assertThat(done.path("nodes").get(0).path("node").asString()).isEqualTo("roll-good-0");
        assertThat(done.path("nodes").get(0).path("step").asInt()).isZero();
        assertThat(done.path("nodes").get(1).path("step").asInt()).isEqualTo(1);
        assertThat(done.path("history").toString()).contains("started", "roll-good-0", "completed");
        assertThat(http.get("/deployments/" + deployment).body().path("version").asInt())
                .isEqualTo(2);
        beat("roll-good");
        assertThat(versionsAt(2)).isEqualTo(4);
        assertThat(http.get("/deployments/%d/nodes".formatted(deployment))
                        .body()
                        .path("items")
                        .size())
                .isEqualTo(4);
    }

    @Test
    void takesBackWhatAnswersWorse() throws Exception {
        perplexity.put(2, 14.0);
        long deployment = deploy("roll-worse");
        long id = rollout(deployment, """
                {"version":2,"steps":[{"share":0.5}],"gate":{"soakSeconds":0,"timeoutSeconds":600,
                 "probeText":"It was a dark and stormy night.","maxPerplexityRatio":1.2}}""").path("id").asLong();
        JsonNode back = await("roll-worse", id, state("rolled-back"));
        assertThat(back.path("reason").asString()).contains("perplexity 14", "10.00");
        assertThat(back.path("nodes").size())
                .as("the canaries alone were changed")
                .isEqualTo(2);
        beat("roll-worse");
        assertThat(versionsAt(1)).isEqualTo(4);
        assertThat(http.get("/deployments/" + deployment).body().path("version").asInt())
                .isEqualTo(1);
        assertThat(http.query("select count(*) from registry.events where type = 'io.bitstack.rollout.rolled-back'"
                        + " and subject = 'rollouts/" + id + "'"))
                .isEqualTo("1");
    }

    @Test
    void takesBackWhatIsAboveAPerplexity() throws Exception {
        perplexity.put(2, 14.0);
        long deployment = deploy("roll-above");
        long id = rollout(deployment, """
                {"version":2,"steps":[{"share":0.25}],"gate":{"soakSeconds":0,"timeoutSeconds":600,
                 "probeText":"It was a dark and stormy night.","maxPerplexity":13.5}}""").path("id").asLong();
        JsonNode back = await("roll-above", id, state("rolled-back"));
        assertThat(back.path("reason").asString()).contains("perplexity 14", "is above 13.5");
        perplexity.put(2, 13.0);
        long again = rollout(deployment, """
                {"version":2,"steps":[{"share":0.25}],"gate":{"soakSeconds":0,"timeoutSeconds":600,
                 "probeText":"It was a dark and stormy night.","maxPerplexity":13.5}}""").path("id").asLong();
        await("roll-above", again, state("completed"));
    }

    @Test
    void holdsWhatIsSlowerThanOthersAndTakesItBackInTheEnd() throws Exception {
        tokensPerSecond.put(2, 4.0);
        long deployment = deploy("roll-tokens");
        String body = """
                {"version":2,"steps":[{"share":0.25}],"gate":{"soakSeconds":0,"timeoutSeconds":3600,"minTokensPerSecondRatio":0.5}}""";
        long id = rollout(deployment, body).path("id").asLong();
        String why = "makes 4.0 tokens/s, less than 0.50 of the 10.0";
        JsonNode held = await(
                "roll-tokens",
                id,
                rollout -> rollout.path("reason").asString("").contains(why));
        assertThat(held.path("state").asString()).isEqualTo("running");
        assertThat(held.path("nodes").size()).as("it stays with its first node").isEqualTo(1);
        // An hour later.
        http.execute(
                "update registry.rollouts set step_started_at = step_started_at - interval '1 hour' where id = " + id);
        JsonNode back = await("roll-tokens", id, state("rolled-back"));
        assertThat(back.path("reason").asString()).contains(why);
        assertThat(back.path("nodes").size()).isEqualTo(1);
        tokensPerSecond.put(2, 5.5);
        long faster = rollout(deployment, body).path("id").asLong();
        await("roll-tokens", faster, state("completed"));
    }

    @Test
    void aCanaryByLabelIsWhoHasThatLabelAndNobodyElse() throws Exception {
        long deployment = deploy("roll-label");
        long id = rollout(deployment, """
                {"version":2,"steps":[{"labels":{"canary":"yes"}}],"gate":{"soakSeconds":3600}}""").path("id").asLong();
        JsonNode canary = await("roll-label", id, rollout -> rollout.has("healthySince"));
        assertThat(canary.path("step").asInt()).isZero();
        assertThat(canary.path("nodes").size()).isEqualTo(1);
        assertThat(canary.path("nodes").get(0).path("node").asString()).isEqualTo("roll-label-2");
        beat("roll-label");
        for (String node : nodes("roll-label")) {
            assertThat(Objects.requireNonNull(desired.get(node))
                            .path("deployment")
                            .path("version")
                            .asInt())
                    .as(node)
                    .isEqualTo(node.equals("roll-label-2") ? 2 : 1);
        }
        http.post("/rollouts/%d/abort".formatted(id), "");
    }

    @Test
    void takesBackWhatFailsRequests() throws Exception {
        long deployment = deploy("roll-fails");
        failed.put("roll-fails-3", 50); // before it is changed: that counts for nothing
        beat("roll-fails");
        long id = rollout(deployment, """
                {"version":2,"steps":[{"labels":{"pool":"roll-fails"}}],"gate":{"soakSeconds":3600}}""").path("id").asLong();
        await("roll-fails", id, rollout -> rollout.has("healthySince"));
        failed.put("roll-fails-3", 60);
        JsonNode back = await("roll-fails", id, state("rolled-back"));
        assertThat(back.path("reason").asString()).contains("roll-fails-3 failed 10 of 10 requests");
    }

    @Test
    void takesBackWhatDoesNotGetReady() throws Exception {
        long deployment = deploy("roll-slow");
        long id = rollout(deployment, """
                {"version":2,"steps":[{"share":0.25}],"gate":{"soakSeconds":0,"timeoutSeconds":1}}""").path("id").asLong();
        long endNanos = System.nanoTime() + TimeUnit.MINUTES.toNanos(3);
        JsonNode last = http.get("/rollouts/" + id).body();
        while (!state("rolled-back").test(last) && System.nanoTime() < endNanos) {
            Thread.sleep(100); // the nodes say nothing
            last = http.get("/rollouts/" + id).body();
        }
        assertThat(last.path("reason").asString()).contains("not yet what it ought to be");
    }

    @Test
    void isPausedResumedAndAborted() throws Exception {
        long deployment = deploy("roll-stop");
        JsonNode rollout = rollout(deployment, """
                {"version":2,"steps":[{"share":0.25},{"share":0.5}],"gate":{"soakSeconds":3600}}""");
        long id = rollout.path("id").asLong();
        assertThat(http.post("/deployments/%d/rollouts".formatted(deployment), "{\"version\":2}")
                        .code())
                .isEqualTo("ROLLOUT_RUNNING");
        await("roll-stop", id, r -> r.has("healthySince"));
        assertThat(http.post("/rollouts/%d/pause".formatted(id), "")
                        .body()
                        .path("state")
                        .asString())
                .isEqualTo("paused");
        assertThat(http.post("/rollouts/%d/pause".formatted(id), "").code()).isEqualTo("ROLLOUT_STATE_INVALID");
        beat("roll-stop");
        assertThat(versionsAt(2)).as("changed nodes stay changed").isEqualTo(1);
        assertThat(http.post("/rollouts/%d/resume".formatted(id), "")
                        .body()
                        .path("state")
                        .asString())
                .isEqualTo("running");
        assertThat(http.post("/rollouts/%d/abort".formatted(id), "")
                        .body()
                        .path("state")
                        .asString())
                .isEqualTo("aborted");
        beat("roll-stop");
        assertThat(versionsAt(1)).isEqualTo(4);
        JsonNode history = http.get("/rollouts/" + id).body().path("history");
        assertThat(history.toString()).contains("started", "step", "paused", "resumed", "aborted");
        assertThat(http.post("/rollouts/999999999/pause", "").code()).isEqualTo("ROLLOUT_NOT_FOUND");
    }

    @Test
    void sizeRollsApartFromVersion() throws Exception {
        long deployment = deploy("roll-size");
        long id = rollout(deployment, """
                {"sizing":{"ceilingBpw":4.0,"budgetBytes":123456},"steps":[{"share":0.25}],"gate":{"soakSeconds":0}}""").path("id").asLong();
        await("roll-size", id, state("completed"));
        beat("roll-size");
        assertThat(versionsAt(1)).isEqualTo(4);
        for (JsonNode node : desired.values()) {
            assertThat(node.path("budgetBytes").asLong()).isEqualTo(123456);
            assertThat(node.path("deployment").path("maxBlocks").asInt())
                    .isLessThan(registry.stacks.manifest().blocks().size());
        }
    }

    @Test
    void senselessRolloutsAreRefused() throws Exception {
        long deployment = deploy("roll-bad");
        String path = "/deployments/%d/rollouts".formatted(deployment);
        assertThat(http.post(path, "{}").code()).isEqualTo("ROLLOUT_INVALID");
        assertThat(http.post(path, "{\"version\":1}").code()).isEqualTo("ROLLOUT_INVALID");
        assertThat(http.post(path, "{\"version\":7}").code()).isEqualTo("VERSION_NOT_FOUND");
        assertThat(http.post(path, "{\"version\":2,\"sizing\":{}}").code()).isEqualTo("ROLLOUT_INVALID");
        assertThat(http.post(path, "{\"version\":2,\"steps\":[{\"share\":2}]}").code())
                .isEqualTo("REQUEST_INVALID");
        assertThat(http.post(path, "{\"version\":2,\"steps\":[{}]}").code()).isEqualTo("ROLLOUT_INVALID");
        assertThat(http.post(path, "{\"version\":2,\"gate\":{\"maxPerplexity\":9}}")
                        .code())
                .isEqualTo("ROLLOUT_INVALID");
        assertThat(http.post(path, "{\"sizing\":{\"floorBpw\":5,\"ceilingBpw\":4}}")
                        .code())
                .isEqualTo("DEPLOYMENT_INVALID");
        assertThat(http.post("/deployments/999999999/rollouts", "{\"version\":2}")
                        .code())
                .isEqualTo("DEPLOYMENT_NOT_FOUND");
    }
}
