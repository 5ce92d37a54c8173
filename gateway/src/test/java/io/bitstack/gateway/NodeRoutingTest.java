package io.bitstack.gateway;

import static io.bitstack.gateway.GatewayFixture.INFER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import io.bitstack.service.access.PlatformService;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import tools.jackson.databind.JsonNode;

/** Which node answers an inference request, and how its answer comes through. */
@ExtendWith(OutputCaptureExtension.class)
class NodeRoutingTest {
    private static final String CHAT = "/v1/chat/completions";

    private GatewayFixture gateway;
    private StandIn small;
    private StandIn large;

    @BeforeEach
    void start() throws Exception {
        gateway = new GatewayFixture("--bitstack.gateway.max-inference-body-bytes=2048");
        small = new StandIn().on("POST " + CHAT, 200, "{\"by\":\"small\"}");
        large = new StandIn().on("POST " + CHAT, 200, "{\"by\":\"large\"}");
        gateway.node("small", small.url(), "ready", "demo", 1, 3.1);
        gateway.node("large", large.url(), "ready", "demo", 2, 5.2);
    }

    @AfterEach
    void stop() {
        gateway.close();
        small.close();
        large.close();
    }

    @Test
    void theBestQualityAnswersAndIsNamed() throws Exception {
        HttpResponse<String> answer = chat("demo");
        assertThat(answer.body()).isEqualTo("{\"by\":\"large\"}");
        assertThat(answer.headers().allValues("BitStack-Node")).containsExactly("large");
        assertThat(answer.headers().firstValue("BitStack-Bpw")).hasValue("5.2");
        assertThat(large.last().caller("token-of-large", PlatformService.NODE)).isEqualTo("k6;infer");
        assertThat(large.last().headers().toString()).doesNotContain("token-of-large");
        assertThat(large.last().body()).isEqualTo(body("demo"));
    }

    @Test
    void theNodeHearsOfTheClientsTraceAndRequestId() throws Exception {
        String trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        HttpResponse<String> answer = gateway.send(gateway.request(INFER, CHAT)
                .header("traceparent", "00-" + trace + "-00f067aa0ba902b7-01")
                .header("X-Request-Id", "request-of-the-test")
                .POST(BodyPublishers.ofString(body("demo"))));
        assertThat(answer.headers().firstValue("X-Request-Id")).hasValue("request-of-the-test");
        assertThat(large.last().header("X-Request-Id")).isEqualTo("request-of-the-test");
        assertThat(large.last().header("traceparent"))
                .matches("00-" + trace + "-[0-9a-f]{16}-01")
                .doesNotContain("00f067aa0ba902b7");
        HttpResponse<String> other = gateway.send(gateway.request(INFER, CHAT)
                .header("X-Request-Id", "not an id")
                .POST(BodyPublishers.ofString(body("demo"))));
        assertThat(other.headers().firstValue("X-Request-Id").orElse("")).matches("[0-9a-f-]{36}");
        assertThat(large.last().header("traceparent")).matches("00-[0-9a-f]{32}-[0-9a-f]{16}-0[0-3]");
        // With more than plain ids.
        gateway.send(gateway.request(INFER, CHAT)
                .header("traceparent", "00-" + trace + "-00f067aa0ba902b7-01")
                .header("tracestate", "of=theirs")
                .POST(BodyPublishers.ofString(body("demo"))));
        assertThat(large.last().header("traceparent"))
                .matches("00-" + trace + "-[0-9a-f]{16}-01")
                .doesNotContain("00f067aa0ba902b7");
        assertThat(large.last().header("tracestate")).isEqualTo("of=theirs");
    }

    @Test
    void aHeaderPicksANode() throws Exception {
        assertThat(chatAt("small", "demo").body()).isEqualTo("{\"by\":\"small\"}");
        assertError(chatAt("nowhere", "demo"), 404, "node_not_found");
        assertError(chatAt("small", "demo@2"), 404, "model_not_found");
    }

    @Test
    void aVersionOrAliasPicksTheNodesThatHoldIt() throws Exception {
        gateway.registry.on("GET /api/v1/models/demo/aliases", 200, "{\"items\":[{\"alias\":\"prod\",\"version\":1}]}");
        assertThat(chat("demo@1").body()).isEqualTo("{\"by\":\"small\"}");
        assertThat(small.last().body()).isEqualTo(body("demo"));
        assertThat(chat("demo@2").body()).isEqualTo("{\"by\":\"large\"}");
        assertThat(chat("demo@prod").body()).isEqualTo("{\"by\":\"small\"}");
        assertThat(small.last().body()).isEqualTo(body("demo"));
        assertError(chat("demo@canary"), 404, "model_not_found");
        assertError(chat("demo@7"), 404, "model_not_found");
    }

    /** A client that saw the node ready in the registry must not hear that nobody has its model. */
    @Test
    void aNodeThatTheLastListDoesNotKnowYetIsFound() throws Exception {
        try (GatewayFixture slow = new GatewayFixture(GatewayFixture.NODE_REFRESH + "1h")) {
            while (slow.fetches() == 0) {
                Thread.sleep(5);
            }
            slow.listNode("late", large.url(), "pulling", "demo", 1, 3.1);
            assertError(slow.post(INFER, CHAT, body("demo")), 503, "model_not_ready");
            slow.listNode("late", large.url(), "ready", "demo", 1, 3.1);
            assertThat(slow.post(INFER, CHAT, body("demo")).body()).isEqualTo("{\"by\":\"large\"}");
            long fetches = slow.fetches();
            assertThat(slow.post(INFER, CHAT, body("demo")).statusCode()).isEqualTo(200);
            assertThat(slow.fetches()).isEqualTo(fetches);
        }
    }

    @Test
    void whatCannotBeServedIsSaidInOpenAisShape() throws Exception {
        assertError(chat("other"), 404, "model_not_found");
        gateway.node("loading", small.url(), "loading", "late", 1, 0);
        assertError(chat("late"), 503, "model_not_ready");
        assertError(gateway.post(INFER, CHAT, "{\"messages\":[]}"), 400, "model_required");
        assertError(gateway.post(INFER, CHAT, "{\"model\":7}"), 400, "model_required");
        assertError(gateway.post(INFER, CHAT, "{\"model\":\"a\",\"model\":\"b\"}"), 400, "model_required");
        assertError(gateway.post(INFER, CHAT, "[]"), 400, "request_invalid");
        assertError(gateway.post(INFER, CHAT, "{\"model\":\"demo\""), 400, "request_invalid");
        assertError(gateway.post(INFER, CHAT, " ".repeat(3000)), 413, "body_too_large");
        assertError(gateway.post(INFER, "/v1/embeddings", "{}"), 404, "route_not_found");
    }

    @Test
    void anotherNodeAnswersWhenOneCannotBeReachedOrDeclines() throws Exception {
        try (Socket bound = new Socket()) {
            // Nobody else gets this port, and nobody listens at it.
            bound.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            gateway.node("gone", URI.create("http://127.0.0.1:" + bound.getLocalPort()), "ready", "demo", 3, 7.5);
            assertThat(chat("demo").body()).isEqualTo("{\"by\":\"large\"}");
            assertOtherNodesAnswer();
        }
    }

    private void assertOtherNodesAnswer() throws Exception {
        large.on("POST " + CHAT, 503, "{\"error\":{\"message\":\"draining\"}}");
        HttpResponse<String> answer = chat("demo");
        assertThat(answer.body()).isEqualTo("{\"by\":\"small\"}");
        assertThat(answer.headers().firstValue("BitStack-Node")).hasValue("small");
        assertError(chatAt("gone", "demo"), 503, "node_unreachable");
        large.on("POST " + CHAT, 429, "{\"error\":{\"message\":\"full\"}}");
        assertThat(chat("demo").statusCode()).isEqualTo(429);
    }

    /** That could be any request's fault, and then each node would fail at it in turn. */
    @Test
    void whatANodeFailedAtIsAskedOfNoOther() throws Exception {
        large.on("POST " + CHAT, 500, "{\"error\":{\"code\":\"generation_failed\"}}");
        HttpResponse<String> answer = chat("demo");
        assertThat(answer.statusCode()).isEqualTo(500);
        assertThat(answer.body()).contains("generation_failed");
        assertThat(small.asked).isEmpty();
    }

    /** It has the request and may be at it still; whoever asks has waited for as long as anybody may. */
    @Test
    void whatANodeIsTooSlowForIsAskedOfNoOther() throws Exception {
        Semaphore over = new Semaphore(0);
        large.on("POST " + CHAT, _ -> over.acquireUninterruptibly());
        try (GatewayFixture impatient = new GatewayFixture("--bitstack.gateway.node-timeout=100ms")) {
            impatient.listNode("small", small.url(), "ready", "demo", 1, 3.1);
            impatient.node("large", large.url(), "ready", "demo", 2, 5.2);
            assertError(impatient.post(INFER, CHAT, body("demo")), 504, "upstream_timeout");
            assertThat(small.asked).isEmpty();
        } finally {
            over.release();
        }
    }

    @ParameterizedTest
    @CsvSource({"text/event-stream, data: token", "application/x-ndjson, token"})
    void eventsArriveOneByOne(String type, String begin) throws Exception {
        Semaphore mayContinue = new Semaphore(0);
        large.on("POST " + CHAT, exchange -> {
            begin(exchange, type);
            for (int i = 0; i < 3; i++) {
                write(exchange, "%s %d\n\n".formatted(begin, i));
                mayContinue.acquireUninterruptibly();
            }
        });
        HttpResponse<Stream<String>> answer = stream();
        assertThat(answer.headers().firstValue("Content-Type")).hasValue(type);
        Iterator<String> lines = answer.body().iterator();
        for (int i = 0; i < 3; i++) {
            // The node sends the next event only after this one was seen here: a gateway that gathers would hang.
            assertThat(lines.next()).isEqualTo("%s %d".formatted(begin, i));
            assertThat(lines.next()).isEmpty();
            mayContinue.release();
        }
        assertThat(lines.hasNext()).isFalse();
    }

    @Test
    void aClientThatLeavesStopsTheNode() throws Exception {
        CountDownLatch noticed = new CountDownLatch(1);
        large.on("POST " + CHAT, exchange -> {
            begin(exchange);
            try {
                while (true) {
                    event(exchange, "and so on ".repeat(100));
                    Thread.sleep(5);
                }
            } catch (IOException e) {
                noticed.countDown();
                throw e;
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
        });
        try (Stream<String> lines = stream().body()) {
            assertThat(lines.iterator().next()).startsWith("data: and so on");
        }
        assertThat(noticed.await(GatewayFixture.PATIENCE.toSeconds(), TimeUnit.SECONDS))
                .isTrue();
    }

    /** As when an answer is asked for as a whole: nothing is written that could fail. */
    @Test
    void aClientThatLeavesBeforeTheAnswerStopsTheNodeToo() throws Exception {
        byte[] body = body("silent").getBytes(StandardCharsets.UTF_8);
        String head = "POST %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n\r\n"
                .formatted(CHAT, INFER, body.length);
        try (ServerSocket node = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            URI url = URI.create("http://127.0.0.1:" + node.getLocalPort());
            gateway.node("silent", url, "ready", "silent", 1, 9);
            try (Socket client = new Socket(InetAddress.getLoopbackAddress(), gateway.port())) {
                client.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
                client.getOutputStream().write(body);
                client.getOutputStream().flush();
                try (Socket asked = node.accept()) {
                    asked.setSoTimeout((int) GatewayFixture.PATIENCE.toMillis());
                    assertThat(asked.getInputStream().read()).isEqualTo('P');
                    client.shutdownOutput();
                    assertEnds(asked.getInputStream());
                }
            }
        }
    }

    /** The rest of the request comes, and then the connection is closed or reset; nothing of the kind is a timeout. */
    private static void assertEnds(InputStream in) throws IOException {
        try {
            in.readAllBytes();
        } catch (SocketTimeoutException e) {
            throw new AssertionError("the node was not told that nobody waits any more", e);
        } catch (SocketException e) {
            assertThat(e).hasMessageContaining("reset");
        }
    }

    @Test
    void anAnswerThatBreaksOffBeforeAnyOfItWasHandedOnIsAskedOfAnotherNode() throws Exception {
        try (BrokenNode node = new BrokenNode("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"half\":")) {
            gateway.node("broken", node.url(), "ready", "demo", 1, 9);
            node.mayDie.countDown();
            assertThat(chat("demo").body()).isEqualTo("{\"by\":\"large\"}");
        }
    }

    @Test
    void aNodeThatDiesBeforeItsFirstTokenIsNotMissed() throws Exception {
        String head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
        try (BrokenNode node = new BrokenNode(head)) {
            gateway.node("broken", node.url(), "ready", "demo", 1, 9);
            node.mayDie.countDown();
            HttpResponse<String> answer = chat("demo");
            assertThat(answer.body()).isEqualTo("{\"by\":\"large\"}");
            assertThat(answer.headers().firstValue("BitStack-Node")).hasValue("large");
            assertThat(gateway.management("/actuator/prometheus").body())
                    .contains("bitstack_gateway_retries_total 1.0");
        }
    }

    @Test
    void aNodeThatDiesBeforeItAnswersIsAnErrorWhereNoOtherMay() throws Exception {
        try (BrokenNode node = new BrokenNode("")) {
            gateway.node("broken", node.url(), "ready", "demo", 1, 9);
            node.mayDie.countDown();
            assertError(chatAt("broken", "demo"), 502, "upstream_failed");
        }
    }

    @Test
    void aStreamThatBreaksOffDoesNotEndAsIfItWereWhole(CapturedOutput log) throws Exception {
        String head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
        try (BrokenNode node = new BrokenNode(head + "d\r\ndata: first\n\n\r\n")) {
            gateway.node("broken", node.url(), "ready", "demo", 1, 9);
            Iterator<String> lines = stream().body().iterator();
            assertThat(lines.next()).isEqualTo("data: first");
            assertThat(lines.next()).isEmpty();
            node.mayDie.countDown();
            assertThatThrownBy(lines::hasNext).isInstanceOf(UncheckedIOException.class);
            assertThat(log).contains("broke off in the middle of its answer").doesNotContain("/error");
        }
    }

    @Test
    void modelsAreListedOnceWithTheirNodes() throws Exception {
        gateway.node("idle", small.url(), "empty", "nothing", 1, 0);
        HttpResponse<String> answer = gateway.get(INFER, "/v1/models");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        JsonNode list = gateway.parse(answer);
        assertThat(list.path("object").asString()).isEqualTo("list");
        assertThat(list.path("data")).hasSize(1);
        JsonNode model = list.path("data").get(0);
        assertThat(model.path("id").asString()).isEqualTo("demo");
        assertThat(model.path("object").asString()).isEqualTo("model");
        assertThat(model.path("owned_by").asString()).isEqualTo("bitstack");
        assertThat(model.path("created").asLong()).isPositive();
        JsonNode nodes = model.path("bitstack").path("nodes");
        assertThat(nodes.get(0).path("node").asString()).isEqualTo("large");
        assertThat(nodes.get(0).path("bpw").asDouble()).isEqualTo(5.2);
        assertThat(nodes.get(1).path("version").asInt()).isEqualTo(1);
        assertThat(gateway.get(INFER, "/v1/models/demo").statusCode()).isEqualTo(200);
        assertError(gateway.get(INFER, "/v1/models/nothing"), 404, "model_not_found");
    }

    @Test
    void theLastListOfNodesServesWhileTheRegistryIsAway() throws Exception {
        assertThat(chat("demo").statusCode()).isEqualTo(200);
        gateway.registry.close();
        assertThat(chat("demo").body()).isEqualTo("{\"by\":\"large\"}");
    }

    private HttpResponse<String> chat(String model) throws Exception {
        return gateway.post(INFER, CHAT, body(model));
    }

    private HttpResponse<String> chatAt(String node, String model) throws Exception {
        return gateway.send(
                gateway.request(INFER, CHAT).header("BitStack-Node", node).POST(BodyPublishers.ofString(body(model))));
    }

    private HttpResponse<Stream<String>> stream() throws Exception {
        return gateway.lines(gateway.request(INFER, CHAT).POST(BodyPublishers.ofString(body("demo"))));
    }

    private static String body(String model) {
        return "{ \"messages\":[{\"role\":\"user\",\"content\":\"größe\",\"model\":\"x\"}],\"model\" : \"" + model
                + "\",\"seed\":12345678901234567890}";
    }

    private static void begin(HttpExchange exchange) throws IOException {
        begin(exchange, "text/event-stream");
    }

    private static void begin(HttpExchange exchange, String type) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", type);
        exchange.sendResponseHeaders(200, 0);
    }

    private static void event(HttpExchange exchange, String data) throws IOException {
        write(exchange, "data: " + data + "\n\n");
    }

    private static void write(HttpExchange exchange, String text) throws IOException {
        exchange.getResponseBody().write(text.getBytes(StandardCharsets.UTF_8));
        exchange.getResponseBody().flush();
    }

    private void assertError(HttpResponse<String> response, int status, String code) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        JsonNode error = gateway.parse(response).path("error");
        assertThat(error.path("code").asString()).isEqualTo(code);
        assertThat(error.path("message").asString()).isNotBlank();
        assertThat(error.path("type").asString()).isNotBlank();
        assertThat(error.has("param")).isTrue();
    }
}
