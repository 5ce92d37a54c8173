package io.bitstack.registry;

import static io.bitstack.registry.Problem.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.bitstack.core.stack.ManifestJson;
import io.bitstack.registry.RegistryFixture.Answer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Webhooks against a real receiver: what arrives, what is tried again, and what is never sent. */
class WebhookTest {
    private static final String READY = "io.bitstack.version.ready";

    @TempDir
    static Path directory;

    private static TestStacks stacks;
    private static RegistryFixture http;
    private static HttpServer receiver;
    private static final BlockingQueue<Arrived> ARRIVED = new LinkedBlockingQueue<>();
    private static volatile boolean isFailing;

    private record Arrived(String path, byte[] body, String signature, String type) {}

    @BeforeAll
    static void start() throws Exception {
        stacks = TestStacks.in(directory);
        receiver = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        receiver.createContext("/", exchange -> {
            byte[] body = exchange.getRequestBody().readAllBytes();
            ARRIVED.add(new Arrived(
                    exchange.getRequestURI().getPath(),
                    body,
                    exchange.getRequestHeaders().getFirst("BitStack-Signature"),
                    exchange.getRequestHeaders().getFirst("Content-Type")));
            boolean fails = isFailing && exchange.getRequestURI().getPath().equals("/flaky");
            exchange.sendResponseHeaders(fails ? 500 : 204, -1);
            exchange.close();
        });
        receiver.start();
        http = new RegistryFixture(
                "--bitstack.blobs.directory=" + directory, "--bitstack.registry.webhook-hosts=127.0.0.1");
    }

    @AfterAll
    static void stop() throws Exception {
        http.close();
        receiver.stop(0);
    }

    private static JsonNode hook(String path, String type) throws Exception {
        return http.post(
                        "/webhooks",
                        "{\"url\":\"http://127.0.0.1:%d/%s\",\"events\":[\"%s\"]}"
                                .formatted(receiver.getAddress().getPort(), path, type))
                .body();
    }

    /** The next that arrives at a path. */
    private static Arrived arrival(String path) throws InterruptedException {
        while (true) {
            Arrived next = ARRIVED.poll(2, TimeUnit.MINUTES);
            assertThat(next).as("nothing arrives at " + path).isNotNull();
            if (next.path().equals(path)) {
                return next;
            }
        }
    }

    /** The hook's latest delivery once it is in a state and an attempt has ended: attempts are counted when they begin. */
    private static JsonNode delivery(JsonNode hook, String state) throws Exception {
        JsonNode last = null;
        for (int i = 0; i < 1200; i++) {
            last = http.get("/webhooks/%s/deliveries".formatted(hook.path("id").asString()))
                    .body()
                    .path("items")
                    .get(0);
            if (last != null
                    && last.path("state").asString().equals(state)
                    && (last.has("responseStatus") || last.has("error"))) {
                return last;
            }
            Thread.sleep(100);
        }
        throw new AssertionError("not " + state + ": " + last);
    }

    @Test
    void tellsOfWhatHappenedWithASignature() throws Exception {
        JsonNode made = hook("ready", READY);
        String secret = made.path("secret").asString();
        assertThat(secret).as(made.toString()).startsWith("whs_");
        assertThat(http.get("/webhooks").body().toString()).doesNotContain(secret);
        http.post("/models", "{\"name\":\"told\"}");
        http.post("/models/told/versions", ManifestJson.write(stacks.withTool("told")));

        Arrived arrived = arrival("/ready");
        assertThat(arrived.type()).startsWith("application/cloudevents+json");
        JsonNode event = JsonMapper.shared().readTree(arrived.body());
        assertThat(event.path("specversion").asString()).isEqualTo("1.0");
        assertThat(event.path("type").asString()).isEqualTo(READY);
        assertThat(event.path("subject").asString()).isEqualTo("models/told/versions/1");
        assertThat(event.path("data").path("version").asInt()).isEqualTo(1);
        String[] parts = arrived.signature().split("[=,]");
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        mac.update((parts[1] + ".").getBytes(StandardCharsets.UTF_8));
        assertThat(parts[3]).isEqualTo(HexFormat.of().formatHex(mac.doFinal(arrived.body())));
        JsonNode log = delivery(made, "delivered");
        assertThat(log.path("responseStatus").asInt()).isEqualTo(204);

        String again = "/webhooks/%s/deliveries/%s/redeliver"
                .formatted(made.path("id").asString(), log.path("id").asString());
        assertThat(http.post(again, "").status()).isEqualTo(202);
        assertThat(arrival("/ready").body()).isEqualTo(arrived.body());
        http.send("DELETE", "/webhooks/" + made.path("id").asString(), "");
        assertProblem(http.post(again, ""), 404, "DELIVERY_NOT_FOUND");
    }

    @Test
    void servicesReportWhatTheySee() throws Exception {
        JsonNode hook = hook("reported", "io.bitstack.rollout.rolled-back");
        for (String type : List.of("job.failed", "rollout.advanced", "rollout.rolled-back")) {
            Answer reported = http.post(
                    "/internal/events",
                    "{\"type\":\"io.bitstack.%s\",\"subject\":\"reported/7\",\"data\":{\"why\":\"test\"}}"
                            .formatted(type));
            assertThat(reported.status()).as(reported.body().toString()).isEqualTo(201);
        }
        assertThat(delivery(hook, "delivered").path("subject").asString()).isEqualTo("reported/7");
        assertProblem(
                http.post("/internal/events", "{\"type\":\"io.bitstack.alias.moved\",\"subject\":\"x\",\"data\":{}}"),
                400,
                "REQUEST_INVALID");
        assertProblem(
                http.post("/internal/events", "{\"type\":\"io.bitstack.nonsense\",\"subject\":\"x\",\"data\":{}}"),
                400,
                "REQUEST_INVALID");
    }

    @Test
    void triesAgainAndNeverReachesPrivateNetworks() throws Exception {
        JsonNode flaky = hook("flaky", "io.bitstack.job.failed");
        String test = "/webhooks/%s/test".formatted(flaky.path("id").asString());
        isFailing = true;
        assertThat(http.post(test, "").status()).isEqualTo(202);
        JsonNode log = delivery(flaky, "pending");
        assertThat(log.path("responseStatus").asInt()).as(log.toString()).isEqualTo(500);
        isFailing = false;
        http.execute("update registry.webhook_deliveries set next_attempt_at = clock_timestamp() where id = "
                + log.path("id").asString());
        // One more than before; on a machine that stopped for ten seconds in between it has failed again meanwhile.
        assertThat(delivery(flaky, "delivered").path("attempts").asInt())
                .isGreaterThan(log.path("attempts").asInt());

        for (String host :
                List.of("localhost", "10.0.0.1", "169.254.169.254", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0")) {
            JsonNode hook = http.post(
                            "/webhooks",
                            "{\"url\":\"http://%s:%d/x\",\"events\":[\"io.bitstack.job.failed\"]}"
                                    .formatted(host, receiver.getAddress().getPort()))
                    .body();
            http.post("/webhooks/%s/test".formatted(hook.path("id").asString()), "");
            JsonNode refused = delivery(hook, "pending");
            assertThat(refused.path("error").asString()).as(host).contains("no public address");
        }
        for (String url : List.of("ftp://example.org", "file:///etc/passwd", "http://user:pw@example.org", "nothing")) {
            assertProblem(
                    http.post("/webhooks", "{\"url\":\"%s\",\"events\":[\"%s\"]}".formatted(url, READY)),
                    422,
                    "WEBHOOK_URL_INVALID");
        }
        assertProblem(
                http.post("/webhooks", "{\"url\":\"http://example.org\",\"events\":[\"x\"]}"), 400, "REQUEST_INVALID");
        assertProblem(http.post("/webhooks/0/test", ""), 404, "WEBHOOK_NOT_FOUND");
    }
}
