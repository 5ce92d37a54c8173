package io.bitstack.gateway;

import static io.bitstack.gateway.DialledLine.EVENTS;
import static io.bitstack.gateway.DialledLine.JSON;
import static io.bitstack.gateway.GatewayFixture.ANY_NODE;
import static io.bitstack.gateway.GatewayFixture.INFER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bitstack.service.access.InternalTokens;
import io.bitstack.service.access.PlatformService;
import io.bitstack.service.channel.AnswerWord;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A node that cannot be dialled is asked over connections that it has opened, like any other. */
class ChannelTest {
    private static final String CHAT = "/v1/chat/completions";
    private static final String BODY = "{\"model\":\"demo\",\"messages\":[{\"role\":\"user\",\"content\":\"größe\"}]}";
    private static final String AWAY = "away";

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private GatewayFixture gateway;

    @BeforeEach
    void start() throws Exception {
        gateway = new GatewayFixture();
        gateway.dialOutNode(AWAY, "demo", 1, 9);
    }

    @AfterEach
    void stop() {
        gateway.close();
        http.shutdownNow();
    }

    private DialledLine open() throws Exception {
        return open(1);
    }

    /** @param count of connections that are open then: the gateway has one only after the node does */
    private DialledLine open(int count) throws Exception {
        DialledLine line = DialledLine.open(http, gateway, ANY_NODE, AWAY);
        gateway.awaitMetric("bitstack_gateway_channel_connections %d.0".formatted(count));
        return line;
    }

    private CompletableFuture<HttpResponse<String>> asking(String... headers) {
        return CompletableFuture.supplyAsync(
                () -> {
                    try {
                        var request = gateway.request(INFER, CHAT).POST(BodyPublishers.ofString(BODY));
                        for (int i = 0; i < headers.length; i += 2) {
                            request.header(headers[i], headers[i + 1]);
                        }
                        return gateway.send(request);
                    } catch (Exception e) {
                        throw new AssertionError(e);
                    }
                },
                task -> Thread.ofVirtual().start(task));
    }

    private StandIn direct() throws Exception {
        StandIn node = new StandIn().on("POST " + CHAT, 200, "{\"by\":\"direct\"}");
        gateway.node("direct", node.url(), "ready", "demo", 1, 5);
        return node;
    }

    @Test
    void itIsAskedOverItsConnectionAndSeesWhatEveryNodeSees() throws Exception {
        String trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        try (DialledLine line = open()) {
            for (int i = 0; i < 2; i++) {
                CompletableFuture<HttpResponse<String>> asked =
                        asking("X-Request-Id", "request-" + i, "traceparent", "00-" + trace + "-00f067aa0ba902b7-01");
                DialledLine.Work work = line.answer("{\"by\":\"away\"}");
                HttpResponse<String> answer = asked.get(60, TimeUnit.SECONDS);
                assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
                assertThat(answer.body()).isEqualTo("{\"by\":\"away\"}");
                assertThat(answer.headers().firstValue("BitStack-Node")).hasValue(AWAY);
                assertThat(answer.headers().firstValue("BitStack-Bpw")).hasValue("9.0");
                assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/json");
                assertThat(work.body()).isEqualTo(BODY);
                assertThat(work.head().method()).isEqualTo("POST");
                assertThat(work.head().path()).isEqualTo(CHAT);
                assertThat(header(work, "X-Request-Id")).isEqualTo("request-" + i);
                assertThat(header(work, "traceparent")).contains(trace).doesNotContain("00f067aa0ba902b7");
                String token = header(work, "Authorization").substring("Bearer ".length());
                assertThat(new InternalTokens("token-of-" + AWAY)
                                .verify(token, PlatformService.NODE, "POST", CHAT)
                                .orElseThrow()
                                .headerValue())
                        .isEqualTo("k6;infer");
            }
        }
    }

    private static String header(DialledLine.Work work, String name) {
        return work.head().headers().entrySet().stream()
                .filter(header -> header.getKey().equalsIgnoreCase(name))
                .map(header -> header.getValue().getFirst())
                .findFirst()
                .orElseThrow();
    }

    @Test
    void streamsArriveTokenByToken() throws Exception {
        try (DialledLine line = open()) {
            CompletableFuture<Iterator<String>> asked = streaming();
            line.next();
            line.say(AnswerWord.taken());
            line.say(AnswerWord.head(200, EVENTS));
            line.send("data: one\n\n");
            Iterator<String> lines = asked.get(60, TimeUnit.SECONDS);
            assertThat(lines.next()).isEqualTo("data: one");
            assertThat(lines.next()).isEmpty();
            line.send("data: two\n\n");
            assertThat(lines.next()).isEqualTo("data: two");
            assertThat(lines.next()).isEmpty();
            line.say(AnswerWord.end());
            assertThat(lines.hasNext()).isFalse();
            // The same connection has the next request.
            CompletableFuture<HttpResponse<String>> again = asking();
            line.answer("{}");
            assertThat(again.get(60, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
        }
    }

    private CompletableFuture<Iterator<String>> streaming() {
        return gateway.streaming(gateway.request(INFER, CHAT).POST(BodyPublishers.ofString(BODY)));
    }

    @Test
    void aNodeThatIsLostBeforeItsFirstTokenIsNotMissed() throws Exception {
        try (StandIn direct = direct();
                DialledLine line = open()) {
            CompletableFuture<HttpResponse<String>> asked = asking();
            line.next();
            line.say(AnswerWord.taken());
            line.abort();
            HttpResponse<String> answer = asked.get(60, TimeUnit.SECONDS);
            assertThat(answer.body()).isEqualTo("{\"by\":\"direct\"}");
            assertThat(direct.asked).hasSize(1);
            assertThat(gateway.management("/actuator/prometheus").body())
                    .contains("bitstack_gateway_retries_total 1.0");
        }
    }

    @Test
    void aStreamThatBreaksOffDoesNotEndAsIfItWereWhole() throws Exception {
        try (StandIn direct = direct();
                DialledLine line = open()) {
            CompletableFuture<Iterator<String>> asked = streaming();
            line.next();
            line.say(AnswerWord.taken());
            line.say(AnswerWord.head(200, EVENTS));
            line.send("data: first\n\n");
            Iterator<String> lines = asked.get(60, TimeUnit.SECONDS);
            assertThat(lines.next()).isEqualTo("data: first");
            assertThat(lines.next()).isEmpty();
            line.abort();
            assertThatThrownBy(lines::hasNext).isInstanceOf(UncheckedIOException.class);
            assertThat(direct.asked).isEmpty();
        }
    }

    /** A connection whose other end is gone looks like any other until it is used; the node itself is asked again before another one is. */
    @Test
    void aConnectionThatDoesNotTakeTheRequestIsReplacedByAnother() throws Exception {
        try (StandIn direct = direct();
                DialledLine good = open();
                DialledLine bad = open(2)) {
            CompletableFuture<HttpResponse<String>> asked = asking();
            bad.next();
            bad.abort();
            good.answer("{\"by\":\"away\"}");
            assertThat(asked.get(60, TimeUnit.SECONDS).body()).isEqualTo("{\"by\":\"away\"}");
            assertThat(direct.asked).isEmpty();
        }
    }

    @Test
    void withoutAConnectionAnotherNodeIsAskedOrNone() throws Exception {
        try (GatewayFixture impatient = new GatewayFixture("--bitstack.gateway.connect-timeout=100ms")) {
            impatient.dialOutNode(AWAY, "demo", 1, 9);
            HttpResponse<String> none = impatient.post(INFER, CHAT, BODY);
            assertThat(none.statusCode()).as(none.body()).isEqualTo(503);
            assertThat(none.body()).contains("node_unreachable").contains(AWAY);
        }
        try (StandIn direct = direct()) {
            assertThat(gateway.post(INFER, CHAT, BODY).body()).isEqualTo("{\"by\":\"direct\"}");
            assertThat(direct.asked).hasSize(1);
        }
    }

    @Test
    void aClientThatLeavesEndsTheRequestAtTheNode() throws Exception {
        try (DialledLine before = open();
                Socket client = connect()) {
            before.next();
            before.say(AnswerWord.taken());
            leave(client);
            assertThat(before.awaitClosed())
                    .as("while it waited for the first token")
                    .isEqualTo(1000);
        }
        try (DialledLine within = open();
                Socket client = connect()) {
            within.next();
            within.say(AnswerWord.taken());
            within.say(AnswerWord.head(200, EVENTS));
            within.send("data: first\n\n");
            assertThat(client.getInputStream().read()).isPositive();
            leave(client);
            CompletableFuture<Void> sending = CompletableFuture.runAsync(
                    () -> {
                        while (!within.closed.isDone()) {
                            within.send("data: next\n\n");
                        }
                    },
                    task -> Thread.ofVirtual().start(task));
            within.awaitClosed();
            assertThat(sending.exceptionally(_ -> null)).succeedsWithin(60, TimeUnit.SECONDS);
        }
    }

    private Socket connect() throws Exception {
        Socket client = new Socket(InetAddress.getLoopbackAddress(), gateway.port());
        client.getOutputStream()
                .write("POST %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n\r\n%s"
                        .formatted(CHAT, INFER, BODY.getBytes(StandardCharsets.UTF_8).length, BODY)
                        .getBytes(StandardCharsets.UTF_8));
        return client;
    }

    private static void leave(Socket client) throws IOException {
        client.close();
    }

    /** Who does not read holds up his own answer at the node, and nobody else's; little of it is kept on the way. */
    @Test
    void aClientThatDoesNotReadHoldsUpNobodyElse() throws Exception {
        AtomicLong sentBytes = new AtomicLong();
        String piece = "data: " + "x".repeat(16_000) + "\n\n";
        try (DialledLine other = open();
                DialledLine slow = open(2);
                Socket client = connect()) {
            slow.next();
            slow.say(AnswerWord.taken());
            slow.say(AnswerWord.head(200, EVENTS));
            CompletableFuture<Void> sending = CompletableFuture.runAsync(
                    () -> {
                        while (!slow.closed.isDone()) {
                            slow.send(piece);
                            sentBytes.addAndGet(piece.length());
                        }
                    },
                    task -> Thread.ofVirtual().start(task));
            awaitStill(sentBytes);
            // Buffers of the systems between them, and no more.
            assertThat(sentBytes.get()).isPositive().isLessThan(64L << 20);
            for (int i = 0; i < 20; i++) {
                CompletableFuture<HttpResponse<String>> asked = asking();
                other.answer("{}");
                assertThat(asked.get(60, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
            }
            leave(client);
            slow.awaitClosed();
            assertThat(sending.exceptionally(_ -> null)).succeedsWithin(60, TimeUnit.SECONDS);
        }
    }

    private static void awaitStill(AtomicLong count) throws InterruptedException {
        long before = -1;
        for (long now = 0; now != before || now == 0; now = count.get()) {
            before = now;
            Thread.sleep(1000);
        }
    }

    /** As many requests as connections; the next one waits for one of them. */
    @Test
    void aRequestWaitsForAFreeConnection() throws Exception {
        gateway.close();
        gateway = new GatewayFixture("--bitstack.gateway.connect-timeout=60s");
        gateway.dialOutNode(AWAY, "demo", 1, 9);
        try (DialledLine line = open()) {
            CompletableFuture<HttpResponse<String>> first = asking();
            line.next();
            line.say(AnswerWord.taken());
            CompletableFuture<HttpResponse<String>> second = asking();
            gateway.awaitMetric("bitstack_gateway_completions_running 2.0");
            assertThat(gateway.management("/actuator/prometheus").body()).contains("bitstack_gateway_channel_busy 1.0");
            line.say(AnswerWord.head(200, JSON));
            line.send("{\"n\":1}");
            line.say(AnswerWord.end());
            assertThat(first.get(60, TimeUnit.SECONDS).body()).isEqualTo("{\"n\":1}");
            line.answer("{\"n\":2}");
            assertThat(second.get(60, TimeUnit.SECONDS).body()).isEqualTo("{\"n\":2}");
        }
    }

    /** What a node says against the protocol ends that connection, and is nobody's answer. */
    @Test
    void nonsenseIsNoAnswer() throws Exception {
        List<List<String>> nonsense = List.of(
                List.of("not JSON"),
                List.of("null"),
                List.of("{}"),
                List.of("{\"kind\":\"HEAD\",\"status\":200,\"headers\":{}}"),
                List.of("{\"kind\":\"END\",\"status\":0}"),
                List.of("{\"kind\":\"TAKEN\",\"status\":0}", "{\"kind\":\"HEAD\",\"status\":99,\"headers\":{}}"),
                List.of("{\"kind\":\"TAKEN\",\"status\":0}", "{\"kind\":\"HEAD\",\"status\":200}"),
                List.of(
                        "{\"kind\":\"TAKEN\",\"status\":0}",
                        "{\"kind\":\"HEAD\",\"status\":200,\"headers\":{\"A\":null}}"),
                List.of(
                        "{\"kind\":\"TAKEN\",\"status\":0}",
                        "{\"kind\":\"HEAD\",\"status\":200,\"headers\":{\"A B\":[\"c\"]}}"),
                List.of(
                        "{\"kind\":\"TAKEN\",\"status\":0}",
                        "{\"kind\":\"HEAD\",\"status\":200,\"headers\":{\"A\":[\"b\\r\\nSet-Cookie: c\"]}}"),
                List.of("{\"kind\":\"TAKEN\",\"detail\":\"" + "x".repeat(100_000) + "\"}"));
        try (StandIn direct = direct()) {
            for (List<String> words : nonsense) {
                try (DialledLine line = open()) {
                    CompletableFuture<HttpResponse<String>> asked = asking();
                    line.next();
                    words.forEach(line::sayInVain);
                    line.awaitClosed();
                    assertThat(asked.get(60, TimeUnit.SECONDS).body())
                            .as(words.toString())
                            .isEqualTo("{\"by\":\"direct\"}");
                }
            }
            assertThat(direct.asked).hasSize(nonsense.size());
        }
    }

    @Test
    void aNodeThatCannotAskItselfIsNotMissed() throws Exception {
        try (StandIn direct = direct();
                DialledLine line = open()) {
            CompletableFuture<HttpResponse<String>> asked = asking();
            line.next();
            line.say(AnswerWord.taken());
            line.say(AnswerWord.failed("its port is closed"));
            assertThat(asked.get(60, TimeUnit.SECONDS).body()).isEqualTo("{\"by\":\"direct\"}");
            // Its connection is as good as before.
            CompletableFuture<HttpResponse<String>> again = asking();
            line.answer("{\"by\":\"away\"}");
            assertThat(again.get(60, TimeUnit.SECONDS).body()).isEqualTo("{\"by\":\"away\"}");
            assertThat(direct.asked).hasSize(1);
        }
    }

    @Test
    void whatIsOfOneConnectionIsNotHandedOn() throws Exception {
        try (DialledLine line = open()) {
            CompletableFuture<HttpResponse<String>> asked = asking();
            line.next();
            line.say(AnswerWord.taken());
            line.say(AnswerWord.head(
                    200,
                    Map.of(
                            "content-type", List.of("application/json"),
                            "transfer-encoding", List.of("chunked"),
                            "connection", List.of("close"),
                            "x-other", List.of("kept"))));
            line.send("{}");
            line.say(AnswerWord.end());
            HttpResponse<String> answer = asked.get(60, TimeUnit.SECONDS);
            assertThat(answer.body()).isEqualTo("{}");
            assertThat(answer.headers().firstValue("x-other")).hasValue("kept");
            assertThat(answer.headers().firstValue("connection").orElse("")).isNotEqualTo("close");
        }
    }
}
