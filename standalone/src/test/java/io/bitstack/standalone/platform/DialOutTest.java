package io.bitstack.standalone.platform;

import static org.assertj.core.api.Assertions.assertThat;

import io.bitstack.core.stack.ManifestJson;
import io.bitstack.core.stack.StackManifest;
import io.bitstack.standalone.client.ApiClient;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Two nodes as processes, one that the gateway dials and one that dials out over a link that is cut: nobody who asks can tell them apart. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class DialOutTest {
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final int PATIENCE_SECONDS = 120;
    private static final String CHAT = "/v1/chat/completions";
    private static final String INSIDE = "inside";
    private static final String AWAY = "away";
    /** So many tokens that no answer of this length ends while a test runs. */
    private static final int CONTEXT_TOKENS = 131_072;

    private static final int ENDLESS_TOKENS = 130_000;

    @TempDir
    static Path directory;

    private static Platform platform;
    private static ApiClient api;
    private static CutLink link;
    private static NodeProcess inside;
    private static NodeProcess away;
    private static String joinToken;
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    @BeforeAll
    static void start() throws Exception {
        Path data = directory.resolve("data");
        StackManifest manifest = PublishedPlatform.storedStack(CONTEXT_TOKENS, data);
        platform = Platform.start(new PlatformOptions(data, 0, List.of(), List.of()), stage -> {});
        api = new ApiClient(platform.gatewayUrl(), platform.adminKey());
        link = new CutLink(platform.gatewayUrl());
        api.post("/api/v1/models", Map.of("name", "demo"));
        api.sendJson("/api/v1/models/demo/versions", ManifestJson.write(manifest));
        api.post("/api/v1/deployments", Map.of("model", "demo", "version", 1, "contextTokens", CONTEXT_TOKENS));
        joinToken = api.post("/api/v1/join-tokens", Map.of("name", "both", "reusable", true))
                .path("token")
                .asString();
        inside = node(INSIDE, platform.gatewayUrl(), "direct");
        away = node(AWAY, link.url(), "dial-out");
        int all = manifest.blocks().size();
        for (String name : List.of(INSIDE, AWAY)) {
            awaitNode(
                    name,
                    "all of the model",
                    node -> node.path("blocks").asInt() == all
                            && node.path("state").asString().equals("ready"));
        }
    }

    @AfterAll
    static void stop() throws IOException {
        away.close();
        inside.close();
        link.close();
        platform.close();
    }

    private static NodeProcess node(String name, URI gateway, String reachable) throws IOException {
        return NodeProcess.start(
                directory.resolve(name + ".log"),
                ShortLivedNode.options(),
                List.of(
                        "--bitstack.node.name=" + name,
                        "--bitstack.node.gateway-url=" + gateway,
                        "--bitstack.node.join-token=" + joinToken,
                        "--bitstack.node.reachable=" + reachable,
                        "--bitstack.node.budget-bytes=200000000",
                        "--bitstack.node.cache-directory=" + directory.resolve("cache-" + name),
                        "--bitstack.node.heartbeat-interval=100ms",
                        // One or two tokens at once are computed alike, to the last bit; more go another, faster way.
                        "--bitstack.node.max-sequences=2"));
    }

    private interface Condition {
        boolean holds(JsonNode node);
    }

    private static void awaitNode(String name, String what, Condition condition) throws Exception {
        String last = "";
        for (int i = 0; i < PATIENCE_SECONDS * 10; i++) {
            try {
                JsonNode node = api.get("/api/v1/nodes/" + name);
                if (condition.holds(node)) {
                    return;
                }
                last = node.toString();
            } catch (IOException e) {
                // It has not reported yet.
                last = e.toString();
            }
            Thread.sleep(100);
        }
        throw new AssertionError("node %s: not %s within %d s: %s".formatted(name, what, PATIENCE_SECONDS, last));
    }

    private HttpRequest request(String node, String question, Map<String, Object> further) {
        Map<String, Object> body = new HashMap<>(Map.of(
                "model",
                "demo",
                "temperature",
                0,
                // Nothing but its length ends an answer.
                "logit_bias",
                Map.of("2", -100),
                "messages",
                List.of(Map.of("role", "user", "content", question))));
        body.putAll(further);
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(platform.gatewayUrl() + CHAT))
                .header("Authorization", "Bearer " + platform.adminKey())
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofByteArray(JSON.writeValueAsBytes(body)));
        return (node.isEmpty() ? request : request.header("BitStack-Node", node)).build();
    }

    /** An answer whole, and who gave it. */
    private record Answer(int status, String node, String text) {}

    private Answer ask(String node, String question) throws Exception {
        HttpResponse<String> answer =
                client.send(request(node, question, Map.of("max_tokens", 12)), BodyHandlers.ofString());
        String text = answer.statusCode() == 200
                ? JSON.readTree(answer.body())
                        .path("choices")
                        .get(0)
                        .path("message")
                        .path("content")
                        .asString()
                : answer.body();
        return new Answer(
                answer.statusCode(),
                answer.headers().firstValue("BitStack-Node").orElse(""),
                text);
    }

    private void awaitAnswerFromAway() throws Exception {
        Answer last = ask(AWAY, "again");
        for (int i = 0; i < PATIENCE_SECONDS * 10 && last.status() != 200; i++) {
            Thread.sleep(100);
            last = ask(AWAY, "again");
        }
        assertThat(last.status()).as(last.text()).isEqualTo(200);
    }

    /** A conversation goes on at the node that had it last: these are at the one that dials out then. */
    private void preferAway(List<String> questions) throws Exception {
        for (String question : questions) {
            ask(AWAY, question);
        }
    }

    private static String log(String node) throws IOException {
        return Files.readString(directory.resolve(node + ".log"));
    }

    @Test
    @Order(1)
    void itHasNoAddressAndAnswersLikeTheOther() throws Exception {
        JsonNode node = api.get("/api/v1/nodes/" + AWAY);
        assertThat(node.path("reachable").asString()).isEqualTo("dial-out");
        assertThat(node.has("url")).as(node.toString()).isFalse();
        assertThat(api.get("/api/v1/nodes/" + INSIDE).path("reachable").asString())
                .isEqualTo("direct");
        awaitAnswerFromAway();
        for (String question : List.of("hello", "größe", "what is a stack?")) {
            Answer here = ask(INSIDE, question);
            Answer there = ask(AWAY, question);
            assertThat(here.status()).as(here.text()).isEqualTo(200);
            assertThat(there.node()).isEqualTo(AWAY);
            assertThat(there.text()).isEqualTo(here.text()).isNotEmpty();
        }
        // Errors pass too.
        HttpResponse<String> refused =
                client.send(request(AWAY, "x", Map.of("temperature", 99)), BodyHandlers.ofString());
        assertThat(refused.statusCode()).as(refused.body()).isEqualTo(400);
        assertThat(refused.body()).contains("temperature");
    }

    @Test
    @Order(2)
    void itsStreamsArriveInPieces() throws Exception {
        HttpResponse<InputStream> answer = client.send(
                request(AWAY, "stream", Map.of("max_tokens", 40, "stream", true)), BodyHandlers.ofInputStream());
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("Content-Type").orElse("")).startsWith("text/event-stream");
        StringBuilder text = new StringBuilder();
        int events = 0;
        String last = "";
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(answer.body(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith("data: {")) {
                    events++;
                    text.append(JSON.readTree(line.substring("data: ".length()))
                            .path("choices")
                            .get(0)
                            .path("delta")
                            .path("content")
                            .asString(""));
                }
                last = line.isEmpty() ? last : line;
            }
        }
        assertThat(last).isEqualTo("data: [DONE]");
        assertThat(events).isGreaterThan(10);
        HttpResponse<String> whole =
                client.send(request(INSIDE, "stream", Map.of("max_tokens", 40)), BodyHandlers.ofString());
        assertThat(text.toString())
                .isEqualTo(JSON.readTree(whole.body())
                        .path("choices")
                        .get(0)
                        .path("message")
                        .path("content")
                        .asString());
    }

    /** Clients ask, while the link of one of the two nodes is cut again and again: no request fails and no answer is wrong. */
    @Test
    @Order(3)
    void cutsOfItsLinkAreNotNoticed() throws Exception {
        List<String> questions = List.of("one", "two", "three", "four", "five");
        Map<String, String> right = new HashMap<>();
        for (String question : questions) {
            right.put(question, ask(INSIDE, question).text());
        }
        preferAway(questions);
        AtomicInteger answered = new AtomicInteger();
        AtomicInteger answeredByAway = new AtomicInteger();
        List<Future<List<String>>> clients = new ArrayList<>();
        int requests = 80;
        int cut = 0;
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 4; i++) {
                clients.add(threads.submit(() -> {
                    List<String> wrong = new ArrayList<>();
                    for (int j = 0; j < requests; j++) {
                        String question = questions.get(j % questions.size());
                        Answer answer = ask("", question);
                        if (answer.status() != 200 || !answer.text().equals(right.get(question))) {
                            wrong.add(answer.toString());
                        }
                        answeredByAway.addAndGet(answer.node().equals(AWAY) ? 1 : 0);
                        answered.incrementAndGet();
                    }
                    return wrong;
                }));
            }
            for (int next = 30; next < 4 * requests; next += 60) {
                while (answered.get() < next && clients.stream().noneMatch(Future::isDone)) {
                    Thread.sleep(5);
                }
                preferAway(questions);
                cut += link.cut();
            }
            for (Future<List<String>> client : clients) {
                assertThat(client.get(PATIENCE_SECONDS, TimeUnit.SECONDS)).isEmpty();
            }
        }
        assertThat(cut).as("connections that were cut").isPositive();
        assertThat(answeredByAway.get())
                .as("answers of the node that dials out")
                .isPositive();
        awaitAnswerFromAway();
    }

    @Test
    @Order(4)
    void nothingIsComputedForAClientThatHasLeft() throws Exception {
        HttpResponse<InputStream> answer = client.send(
                request(AWAY, "endless", Map.of("max_tokens", ENDLESS_TOKENS, "stream", true)),
                BodyHandlers.ofInputStream());
        try (InputStream in = answer.body()) {
            assertThat(in.read()).isPositive();
            awaitNode(AWAY, "at work", node -> node.path("activeRequests").asInt() == 1);
        }
        awaitNode(AWAY, "idle", node -> node.path("activeRequests").asInt() == 0);
    }

    @Test
    @Order(5)
    void aStreamWhoseLinkIsCutDoesNotEndAsIfItWereWhole() throws Exception {
        awaitAnswerFromAway();
        HttpResponse<InputStream> answer = client.send(
                request(AWAY, "endless", Map.of("max_tokens", ENDLESS_TOKENS, "stream", true)),
                BodyHandlers.ofInputStream());
        boolean broke = false;
        try (InputStream in = answer.body()) {
            assertThat(in.read()).isPositive();
            assertThat(link.cut()).isPositive();
            in.readAllBytes();
        } catch (IOException e) {
            broke = true;
        }
        assertThat(broke).isTrue();
        awaitNode(AWAY, "idle", node -> node.path("activeRequests").asInt() == 0);
    }

    @Test
    @Order(6)
    void aRevokedNodeIsAskedNothing() throws Exception {
        awaitAnswerFromAway();
        api.post("/api/v1/nodes/" + AWAY + "/revoke", Map.of());
        Answer last = ask(AWAY, "still there?");
        for (int i = 0; i < PATIENCE_SECONDS * 10 && last.status() != 404; i++) {
            Thread.sleep(100);
            last = ask(AWAY, "still there?");
        }
        assertThat(last.status()).as(last.text()).isEqualTo(404);
        String metrics = gatewayMetrics();
        for (int i = 0; i < PATIENCE_SECONDS * 10 && !metrics.contains("channel_connections 0.0"); i++) {
            Thread.sleep(100);
            metrics = gatewayMetrics();
        }
        assertThat(metrics).contains("bitstack_gateway_channel_connections 0.0");
        assertThat(ask("", "and the other?").node()).isEqualTo(INSIDE);
        String key = JSON.readTree(
                        Files.readString(directory.resolve("cache-" + AWAY).resolve("identity.json")))
                .path("key")
                .asString();
        assertThat(key).startsWith("bsk_");
        assertThat(log(AWAY)).doesNotContain(key, joinToken);
    }

    private String gatewayMetrics() throws Exception {
        String port = platform.contexts().stream()
                .filter(context -> "gateway".equals(context.getEnvironment().getProperty("spring.application.name")))
                .findFirst()
                .orElseThrow()
                .getEnvironment()
                .getRequiredProperty("local.management.port");
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/actuator/prometheus"))
                .build();
        return client.send(request, BodyHandlers.ofString()).body();
    }
}
