package io.bitstack.gateway;

import static io.bitstack.gateway.GatewayFixture.ADMIN;
import static io.bitstack.gateway.GatewayFixture.INFER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Iterator;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a request and the state of nodes say about who answers: quality floors, latency, conversations, nodes that drain or are lost. */
class NodePreferenceTest {
    private static final String CHAT = "/v1/chat/completions";
    private static final String EVENT = "data: {\"n\":1}\n\n";

    private GatewayFixture gateway;
    private StandIn a;
    private StandIn b;

    @BeforeEach
    void start() throws Exception {
        gateway = new GatewayFixture();
        a = new StandIn().on("POST " + CHAT, 200, "{\"by\":\"a\"}");
        b = new StandIn().on("POST " + CHAT, 200, "{\"by\":\"b\"}");
    }

    @AfterEach
    void stop() {
        gateway.close();
        a.close();
        b.close();
    }

    @Test
    void aRequestMayWantSoManyBitsPerWeight() throws Exception {
        gateway.node("a", a.url(), "ready", "demo", 1, 3.5);
        assertThat(chat("BitStack-Min-Bpw", "3.5").statusCode()).isEqualTo(200);
        HttpResponse<String> refused = chat("BitStack-Min-Bpw", "3.6");
        assertThat(refused.statusCode()).isEqualTo(503);
        assertThat(refused.body()).contains("quality_not_available", "3.5");
        gateway.node("b", b.url(), "ready", "demo", 1, 4.5);
        assertThat(chat("BitStack-Min-Bpw", "3.6").body()).contains("\"b\"");
        for (String bad : new String[] {"much", "-1", "NaN", "1e9"}) {
            assertThat(chat("BitStack-Min-Bpw", bad).statusCode()).as(bad).isEqualTo(400);
        }
        assertThat(chat("BitStack-Prefer", "cheapness").statusCode()).isEqualTo(400);
    }

    @Test
    void theQuickestNodeAnswersWhomItMattersTo() throws Exception {
        Semaphore slow = new Semaphore(0);
        CountDownLatch isAsked = new CountDownLatch(1);
        a.on("POST " + CHAT, exchange -> {
            isAsked.countDown();
            slow.acquireUninterruptibly();
            stream(exchange, EVENT);
        });
        b.on("POST " + CHAT, exchange -> stream(exchange, EVENT));
        gateway.node("a", a.url(), "ready", "demo", 1, 6.0);
        gateway.node("b", b.url(), "ready", "demo", 1, 4.0);
        // Both are asked once, so that it is known how long they take; the one with more bits takes longer.
        CompletableFuture<HttpResponse<String>> first =
                CompletableFuture.supplyAsync(() -> quietly("BitStack-Prefer", "quality"));
        isAsked.await();
        long beganNanos = System.nanoTime();
        assertThat(chat("BitStack-Prefer", "quality", "BitStack-Node", "b").statusCode())
                .isEqualTo(200);
        // Three times as long as b took here, so that a is the slower one however slow this machine is and whatever b
        // still has to do.
        Thread.sleep(Duration.ofNanos(2 * (System.nanoTime() - beganNanos)).plusMillis(100));
        slow.release(1000);
        assertThat(first.join().headers().firstValue("BitStack-Node")).hasValue("a");
        assertThat(node(chat("BitStack-Prefer", "latency"))).isEqualTo("b");
        assertThat(node(chat("BitStack-Prefer", "quality"))).isEqualTo("a");
        assertThat(node(chat())).isEqualTo("a");
    }

    @Test
    void aConversationGoesOnWhereItBegan() throws Exception {
        gateway.node("a", a.url(), "ready", "demo", 1, 5.0);
        String one = "{\"role\":\"user\",\"content\":\"hello\"}";
        String two = one + ", {\"role\":\"assistant\",\"content\":\"hi\"},{\"role\":\"user\",\"content\":\"more\"}";
        assertThat(node(say(INFER, one))).isEqualTo("a");
        gateway.node("b", b.url(), "ready", "demo", 1, 5.2);
        assertThat(node(say(INFER, two)))
                .as("0.2 bpw more are not worth a beginning")
                .isEqualTo("a");
        assertThat(node(say(INFER, two + ",{\"role\":\"user\",\"content\":\"still\"}")))
                .isEqualTo("a");
        assertThat(node(say(ADMIN, two)))
                .as("another's conversation is none of his business")
                .isEqualTo("b");
        assertThat(node(say(INFER, "{\"role\":\"user\",\"content\":\"another\"}")))
                .isEqualTo("b");
        gateway.node("b", b.url(), "ready", "demo", 1, 5.5);
        assertThat(node(say(INFER, two))).isEqualTo("b");
    }

    @Test
    void nodesThatAreNotReadyGetNothing() throws Exception {
        gateway.node("b", b.url(), "ready", "demo", 1, 3.0);
        for (String state : new String[] {"stale", "lost", "draining", "pulling", "failed"}) {
            gateway.node("a", a.url(), state, "demo", 1, 8.0);
            assertThat(chat().body()).as(state).contains("\"b\"");
        }
        assertThat(a.asked).isEmpty();
    }

    /** A machine that stops for a few seconds makes all of its nodes late at once. */
    @Test
    void aNodeWhoseWordIsLateIsAskedWhereThereIsNoOther() throws Exception {
        gateway.node("a", a.url(), "stale", "demo", 1, 8.0);
        assertThat(chat().body()).contains("\"a\"");
        gateway.node("b", b.url(), "ready", "demo", 1, 3.0);
        assertThat(chat().body()).contains("\"b\"");
        gateway.node("b", b.url(), "lost", "demo", 1, 3.0);
        gateway.node("a", a.url(), "lost", "demo", 1, 8.0);
        assertThat(chat().statusCode()).isEqualTo(503);
    }

    @Test
    void aDrainFinishesItsStreams() throws Exception {
        Semaphore mayContinue = new Semaphore(0);
        a.on("POST " + CHAT, exchange -> {
            begin(exchange);
            for (int i = 0; i < 3; i++) {
                exchange.getResponseBody().write(EVENT.getBytes(StandardCharsets.UTF_8));
                exchange.getResponseBody().flush();
                mayContinue.acquireUninterruptibly();
            }
        });
        gateway.node("a", a.url(), "ready", "demo", 1, 8.0);
        gateway.node("b", b.url(), "ready", "demo", 1, 3.0);
        Iterator<String> lines = lines();
        assertThat(lines.next()).startsWith("data:");
        gateway.node("a", a.url(), "draining", "demo", 1, 8.0);
        assertThat(chat().body()).contains("\"b\"");
        mayContinue.release(10);
        int events = 1;
        while (lines.hasNext()) {
            events += lines.next().startsWith("data:") ? 1 : 0;
        }
        assertThat(events).isEqualTo(3);
    }

    @Test
    void aRequestThatWaitsForALostNodeIsAskedOfAnother() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        Semaphore never = new Semaphore(0);
        a.on("POST " + CHAT, exchange -> {
            asked.countDown();
            never.acquireUninterruptibly();
        });
        gateway.node("a", a.url(), "ready", "demo", 1, 8.0);
        gateway.node("b", b.url(), "ready", "demo", 1, 3.0);
        CompletableFuture<HttpResponse<String>> answer = CompletableFuture.supplyAsync(this::quietly);
        asked.await();
        gateway.node("a", a.url(), "stale", "demo", 1, 8.0);
        assertThat(answer).as("a late word is not yet a lost node").isNotDone();
        gateway.node("a", a.url(), "lost", "demo", 1, 8.0);
        assertThat(answer.join().body()).contains("\"b\"");
        never.release();
    }

    @Test
    void aStreamOfALostNodeIsCutAndNeverEndsAsIfItWereWhole() throws Exception {
        Semaphore never = new Semaphore(0);
        a.on("POST " + CHAT, exchange -> {
            begin(exchange);
            exchange.getResponseBody().write(EVENT.getBytes(StandardCharsets.UTF_8));
            exchange.getResponseBody().flush();
            never.acquireUninterruptibly();
        });
        gateway.node("a", a.url(), "ready", "demo", 1, 8.0);
        Iterator<String> lines = lines();
        assertThat(lines.next()).startsWith("data:");
        assertThat(lines.next()).isEmpty();
        gateway.unlistNode("a");
        assertThatThrownBy(lines::hasNext).isInstanceOf(UncheckedIOException.class);
        never.release();
    }

    private HttpResponse<String> chat(String... headers) throws Exception {
        HttpRequest.Builder request = gateway.request(INFER, CHAT);
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        return gateway.send(request.POST(BodyPublishers.ofString("{\"model\":\"demo\"}")));
    }

    private HttpResponse<String> quietly(String... headers) {
        try {
            return chat(headers);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private HttpResponse<String> quietly() {
        return quietly(new String[0]);
    }

    private HttpResponse<String> say(String key, String messages) throws Exception {
        return gateway.post(key, CHAT, "{\"model\":\"demo\",\"messages\":[" + messages + "]}");
    }

    private Iterator<String> lines() throws Exception {
        HttpResponse<Stream<String>> answer =
                gateway.lines(gateway.request(INFER, CHAT).POST(BodyPublishers.ofString("{\"model\":\"demo\"}")));
        assertThat(answer.headers().firstValue("BitStack-Node")).hasValue("a");
        return answer.body().iterator();
    }

    private static String node(HttpResponse<String> answer) {
        return answer.headers().firstValue("BitStack-Node").orElse(answer.body());
    }

    private static void begin(HttpExchange exchange) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
        exchange.sendResponseHeaders(200, 0);
    }

    private static void stream(HttpExchange exchange, String text) throws IOException {
        begin(exchange);
        exchange.getResponseBody().write(text.getBytes(StandardCharsets.UTF_8));
    }
}
