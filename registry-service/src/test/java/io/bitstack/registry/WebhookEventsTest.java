package io.bitstack.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import com.sun.net.httpserver.HttpServer;
import io.bitstack.core.stack.ManifestJson;
import io.bitstack.registry.RegistryFixture.Answer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Every event that a pipeline waits for, made to happen for real and received by a webhook with its signature. */
class WebhookEventsTest {
    private static final String NODE = "told-node";

    @TempDir
    static Path directory;

    private static TestStacks stacks;
    private static RegistryFixture http;
    private static HttpServer receiver;
    private static JsonNode hook;
    private static final Queue<Arrived> ARRIVED = new ConcurrentLinkedQueue<>();

    private static JsonNode desired = JsonMapper.shared().createObjectNode();

    private record Arrived(JsonNode event, byte[] body, String signature) {}

    @BeforeAll
    static void start() throws Exception {
        stacks = TestStacks.in(directory);
        receiver = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        receiver.createContext("/", exchange -> {
            byte[] body = exchange.getRequestBody().readAllBytes();
            ARRIVED.add(new Arrived(
                    JsonMapper.shared().readTree(body),
                    body,
                    exchange.getRequestHeaders().getFirst("BitStack-Signature")));
            exchange.sendResponseHeaders(204, -1);
            exchange.close();
        });
        receiver.start();
        http = new RegistryFixture(
                "--bitstack.blobs.directory=" + directory, "--bitstack.registry.webhook-hosts=127.0.0.1");
        hook = http.post("/webhooks", """
            {"url":"http://127.0.0.1:%d/","events":["io.bitstack.version.ready","io.bitstack.alias.moved",
             "io.bitstack.job.failed","io.bitstack.node.joined","io.bitstack.node.lost","io.bitstack.rollout.advanced",
             "io.bitstack.rollout.rolled-back"]}""".formatted(receiver.getAddress().getPort()))
                .body();
    }

    @AfterAll
    static void stop() throws Exception {
        http.close();
        receiver.stop(0);
    }

    /** What arrived of a type about a subject, signed with the webhook's secret. */
    private static JsonNode await(String type, String subject) throws Exception {
        for (int i = 0; i < 1800; i++) {
            for (Arrived arrived : ARRIVED) {
                JsonNode event = arrived.event();
                if (event.path("type").asString().equals("io.bitstack." + type)
                        && event.path("subject").asString().equals(subject)) {
                    assertThat(event.path("specversion").asString()).isEqualTo("1.0");
                    assertSigned(arrived);
                    return event.path("data");
                }
            }
            Thread.sleep(100);
        }
        return fail("no %s of %s among %s", type, subject, ARRIVED);
    }

    private static void assertSigned(Arrived arrived) throws Exception {
        String[] parts = arrived.signature().split("[=,]");
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(hook.path("secret").asString().getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        mac.update((parts[1] + ".").getBytes(StandardCharsets.UTF_8));
        assertThat(parts[3]).isEqualTo(HexFormat.of().formatHex(mac.doFinal(arrived.body())));
    }

    /** The node reports that it has become what it was last told to be. */
    private static void beat() throws Exception {
        JsonNode wish = desired.path("deployment");
        String held = !wish.isObject()
                ? ""
                : """
                "model":"told","version":%d,"stackDigest":"%s","settledOn":"%s",""".formatted(
                                wish.path("version").asInt(),
                                wish.path("stackDigest").asString(),
                                desired.path("revision").asString());
        Answer answer = http.send("PUT", "/nodes/" + NODE, """
            {"url":"http://127.0.0.1:1234","accessToken":"0123456789abcdef0123","budgetBytes":1000,%s"state":"ready",
             "blocks":5,"heldBytes":10,"activeRequests":0,"queuedRequests":0,"corruptBlobs":0,"tokensPerSecond":10,
             "requests":{"ended":100,"failed":0}}""".formatted(held));
        assertThat(answer.status()).as(answer.body().toString()).isEqualTo(200);
        desired = answer.body();
    }

    private static long rollout(long deployment, String body) throws Exception {
        Answer made = http.post("/deployments/%d/rollouts".formatted(deployment), body);
        assertThat(made.status()).as(made.body().toString()).isEqualTo(201);
        return made.body().path("id").asLong();
    }

    private static void awaitState(long rollout, String state, boolean isBeating) throws Exception {
        JsonNode last = hook;
        for (int i = 0; i < 1800; i++) {
            if (isBeating) {
                beat();
            }
            last = http.get("/rollouts/" + rollout).body();
            if (last.path("state").asString().equals(state)) {
                return;
            }
            Thread.sleep(100);
        }
        fail("not %s: %s", state, last);
    }

    @Test
    void eachIsTold() throws Exception {
        http.post("/models", "{\"name\":\"told\"}");
        http.post("/models/told/versions", ManifestJson.write(stacks.withTool("first")));
        http.post("/models/told/versions", ManifestJson.write(stacks.withTool("second")));
        JsonNode ready = await("version.ready", "models/told/versions/2");
        assertThat(ready.path("stackDigest").asString())
                .isEqualTo(ManifestJson.digest(stacks.withTool("second")).toString());

        http.send("PUT", "/models/told/aliases/stable", "{\"version\":1}");
        assertThat(await("alias.moved", "models/told/aliases/stable")
                        .path("version")
                        .asInt())
                .isEqualTo(1);

        beat();
        assertThat(await("node.joined", "nodes/" + NODE).path("node").asString())
                .isEqualTo(NODE);

        long deployment =
                http.post("/deployments", """
            {"model":"told","version":1,"contextTokens":64,"nodes":["%s"]}""".formatted(NODE)).body().path("id").asLong();
        beat();
        beat();
        long good = rollout(deployment, "{\"version\":2,\"gate\":{\"soakSeconds\":0,\"timeoutSeconds\":120}}");
        awaitState(good, "completed", true);
        assertThat(await("rollout.advanced", "rollouts/" + good).path("rollout").asLong())
                .isEqualTo(good);
        long bad = rollout(deployment, "{\"version\":1,\"gate\":{\"soakSeconds\":0,\"timeoutSeconds\":1}}");
        awaitState(bad, "rolled-back", false); // the node says nothing
        assertThat(await("rollout.rolled-back", "rollouts/" + bad)
                        .path("reason")
                        .asString())
                .isNotBlank();

        http.execute("update registry.nodes set last_seen_at = clock_timestamp() - interval '1 minute' where name = '"
                + NODE + "'");
        await("node.lost", "nodes/" + NODE);

        Answer reported = http.post(
                "/internal/events",
                "{\"type\":\"io.bitstack.job.failed\",\"subject\":\"jobs/7\",\"data\":{\"code\":\"WEIGHTS_INVALID\"}}");
        assertThat(reported.status()).as(reported.body().toString()).isEqualTo(201);
        assertThat(await("job.failed", "jobs/7").path("code").asString()).isEqualTo("WEIGHTS_INVALID");

        awaitTheLog();
    }

    /** The delivery log comes to say the same: everything was delivered, each once. */
    private static void awaitTheLog() throws Exception {
        JsonNode items = hook;
        for (int i = 0; i < 1800; i++) {
            items = http.get("/webhooks/%s/deliveries?limit=200"
                            .formatted(hook.path("id").asString()))
                    .body()
                    .path("items");
            if (!items.toString().contains("\"state\":\"pending\"")) {
                break;
            }
            Thread.sleep(100);
        }
        List<String> types = items.valueStream()
                .map(delivery -> delivery.path("type").asString())
                .distinct()
                .sorted()
                .toList();
        assertThat(types)
                .containsExactly(
                        "io.bitstack.alias.moved",
                        "io.bitstack.job.failed",
                        "io.bitstack.node.joined",
                        "io.bitstack.node.lost",
                        "io.bitstack.rollout.advanced",
                        "io.bitstack.rollout.rolled-back",
                        "io.bitstack.version.ready");
        assertThat(items.valueStream())
                .allSatisfy(delivery -> assertThat(delivery.path("state").asString())
                        .as(delivery.toString())
                        .isEqualTo("delivered"));
    }
}
