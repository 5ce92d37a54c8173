package io.bitstack.standalone.platform;

import static org.assertj.core.api.Assertions.assertThat;

import io.bitstack.core.stack.ManifestJson;
import io.bitstack.standalone.client.ApiClient;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A node, in a process of its own, that is told to stop while it answers through the gateway: what ends in time ends well, and what does not is told so. */
class NodeDrainTest {
    private static final int CONTEXT_TOKENS = 131_072;
    private static final int ENDLESS_TOKENS = 130_000;
    private static final int SHORT_TOKENS = 200;
    private static final Duration DRAIN = Duration.ofSeconds(6);
    /** What a machine that does much else may add. */
    private static final Duration SLACK = Duration.ofSeconds(20);

    private static final long PATIENCE_SECONDS = 120;

    @TempDir
    static Path directory;

    private static Platform platform;
    private static ApiClient api;
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    @BeforeAll
    static void start() throws Exception {
        Path data = directory.resolve("data");
        byte[] manifest = ManifestJson.write(PublishedPlatform.storedStack(CONTEXT_TOKENS, data));
        platform = Platform.start(new PlatformOptions(data, 0, List.of(), List.of()), stage -> {});
        api = new ApiClient(platform.gatewayUrl(), platform.adminKey());
        api.post("/api/v1/models", Map.of("name", "demo"));
        api.sendJson("/api/v1/models/demo/versions", manifest);
        api.post("/api/v1/deployments", Map.of("model", "demo", "version", 1, "contextTokens", CONTEXT_TOKENS));
    }

    @AfterAll
    static void stop() throws IOException {
        platform.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"direct", "dial-out"})
    void whatEndsInTimeEndsWellAndTheRestIsToldSo(String reachable) throws Exception {
        CompletableFuture<List<String>> shortOne;
        CompletableFuture<List<String>> endless;
        long toldNanos;
        try (NodeProcess node = node(reachable)) {
            awaitReady(reachable);
            Iterator<String> first = begin(reachable, ENDLESS_TOKENS);
            Iterator<String> second = begin(reachable, SHORT_TOKENS);
            endless = CompletableFuture.supplyAsync(() -> rest(first));
            shortOne = CompletableFuture.supplyAsync(() -> rest(second));
            assertThat(node.isAlive()).isTrue();
            toldNanos = System.nanoTime();
        }
        assertThat(Duration.ofNanos(System.nanoTime() - toldNanos)).isLessThan(DRAIN.plus(SLACK));
        assertThat(shortOne.get(PATIENCE_SECONDS, TimeUnit.SECONDS).getLast()).isEqualTo("data: [DONE]");
        List<String> cut = endless.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        JsonNode last = JsonMapper.shared()
                .readTree(cut.getLast().substring("data: ".length()))
                .path("error");
        assertThat(last.path("code").asString()).as(cut.getLast()).isEqualTo("shutting_down");
        assertThat(cut).as("events after it was told to stop").hasSizeGreaterThan(10);
    }

    private static NodeProcess node(String reachable) throws Exception {
        String token = api.post("/api/v1/join-tokens", Map.of("name", "for-" + reachable))
                .path("token")
                .asString();
        return NodeProcess.start(
                directory.resolve(reachable + ".log"),
                ShortLivedNode.options(),
                List.of(
                        "--bitstack.node.name=" + reachable,
                        "--bitstack.node.gateway-url=" + platform.gatewayUrl(),
                        "--bitstack.node.join-token=" + token,
                        "--bitstack.node.reachable=" + reachable,
                        "--bitstack.node.budget-bytes=400000000",
                        "--bitstack.node.cache-directory=" + directory.resolve("cache-" + reachable),
                        "--bitstack.node.heartbeat-interval=100ms",
                        "--spring.lifecycle.timeout-per-shutdown-phase=" + DRAIN.toSeconds() + "s"));
    }

    private static void awaitReady(String node) throws Exception {
        JsonNode last = JsonMapper.shared().nullNode();
        for (int i = 0; i < PATIENCE_SECONDS * 10; i++) {
            for (JsonNode one : api.get("/api/v1/nodes").path("items")) {
                last = one.path("name").asString().equals(node) ? one : last;
            }
            if (last.path("state").asString("").equals("ready")) {
                return;
            }
            Thread.sleep(100);
        }
        throw new AssertionError("the node is not ready: " + last);
    }

    /** The lines of a stream of which the first has come. The gateway may hear only now that the node is ready. */
    private Iterator<String> begin(String node, int tokens) throws Exception {
        byte[] body = JsonMapper.shared()
                .writeValueAsBytes(Map.of(
                        "model",
                        "demo",
                        "stream",
                        true,
                        "temperature",
                        0,
                        "max_tokens",
                        tokens,
                        // Nothing but its length ends an answer.
                        "logit_bias",
                        Map.of("2", -100),
                        "messages",
                        List.of(Map.of("role", "user", "content", "hello"))));
        HttpRequest request = HttpRequest.newBuilder(URI.create(platform.gatewayUrl() + "/v1/chat/completions"))
                .header("Authorization", "Bearer " + platform.adminKey())
                .header("Content-Type", "application/json")
                .header("BitStack-Node", node)
                .POST(BodyPublishers.ofByteArray(body))
                .build();
        HttpResponse<Stream<String>> answer = client.send(request, BodyHandlers.ofLines());
        for (int i = 0; i < 100 && answer.statusCode() != 200; i++) {
            answer.body().close();
            Thread.sleep(100);
            answer = client.send(request, BodyHandlers.ofLines());
        }
        assertThat(answer.statusCode()).isEqualTo(200);
        Iterator<String> lines = answer.body().iterator();
        assertThat(lines.next()).startsWith("data: {");
        return lines;
    }

    /** The events that still come, until the stream ends as HTTP has it. */
    private static List<String> rest(Iterator<String> lines) {
        List<String> events = new ArrayList<>();
        lines.forEachRemaining(line -> {
            if (line.startsWith("data: ")) {
                events.add(line);
            }
        });
        return events;
    }
}
