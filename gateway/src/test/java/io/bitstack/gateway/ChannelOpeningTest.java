package io.bitstack.gateway;

import static io.bitstack.gateway.GatewayFixture.ADMIN;
import static io.bitstack.gateway.GatewayFixture.ANY_NODE;
import static io.bitstack.gateway.GatewayFixture.INFER;
import static io.bitstack.gateway.GatewayFixture.NODE;
import static io.bitstack.gateway.GatewayFixture.PUBLISHER;
import static io.bitstack.gateway.GatewayFixture.VIEWER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.bitstack.service.channel.AnswerWord;
import io.bitstack.service.channel.ChannelProtocol;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.util.Iterator;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Who may open a node's connections, how many, and what ends them. */
class ChannelOpeningTest {
    private static final String CHAT = "/v1/chat/completions";
    private static final String BODY = "{\"model\":\"demo\"}";
    private static final int GOING_AWAY = 1001;
    private static final int VIOLATED_POLICY = 1008;

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    @AfterEach
    void stop() {
        http.shutdownNow();
    }

    private GatewayFixture gateway(String... settings) throws Exception {
        GatewayFixture gateway = new GatewayFixture(settings);
        gateway.dialOutNode("node-a", "demo", 1, 5);
        return gateway;
    }

    private int refusal(GatewayFixture gateway, String key, String node) {
        Throwable failure =
                catchThrowable(() -> DialledLine.open(http, gateway, key, node).close());
        assertThat(failure).as("%s opens %s", key, node).isInstanceOf(CompletionException.class);
        if (!(failure.getCause() instanceof WebSocketHandshakeException refused)) {
            throw new AssertionError("not refused", failure);
        }
        return refused.getResponse().statusCode();
    }

    /** @param count of connections that are open then: the gateway has one only after the node does */
    private DialledLine open(GatewayFixture gateway, int count) throws Exception {
        DialledLine line = DialledLine.open(http, gateway, NODE, "node-a");
        gateway.awaitMetric("bitstack_gateway_channel_connections %d.0".formatted(count));
        return line;
    }

    @Test
    void onlyTheNodesOwnKeyOpensItsChannel() throws Exception {
        try (GatewayFixture gateway = gateway()) {
            gateway.dialOutNode("node-b", "demo", 1, 5);
            for (String key : new String[] {ADMIN, PUBLISHER, VIEWER, INFER}) {
                assertThat(refusal(gateway, key, "node-a")).as(key).isEqualTo(403);
            }
            assertThat(refusal(gateway, "bsk_nobodys", "node-a")).isEqualTo(401);
            assertThat(refusal(gateway, NODE, "node-b")).as("another's channel").isEqualTo(403);
            assertThat(refusal(gateway, ANY_NODE, "node-of-nobody")).isEqualTo(404);
            DialledLine.open(http, gateway, NODE, "node-a").close();
            DialledLine.open(http, gateway, ANY_NODE, "node-b").close();
        }
    }

    @Test
    void itHasToBeAWebSocketOfOurs() throws Exception {
        try (GatewayFixture gateway = gateway()) {
            HttpResponse<String> plain = gateway.get(NODE, ChannelProtocol.path("node-a"));
            assertThat(plain.statusCode()).as(plain.body()).isEqualTo(426);
            assertThat(plain.body()).contains("WEBSOCKET_REQUIRED").contains(ChannelProtocol.NAME);
            Throwable failure = catchThrowable(() -> http.newWebSocketBuilder()
                    .header("Authorization", "Bearer " + NODE)
                    .subprotocols("another")
                    .buildAsync(
                            URI.create("ws://127.0.0.1:" + gateway.port() + ChannelProtocol.path("node-a")),
                            new WebSocket.Listener() {})
                    .join());
            assertThat(failure.getCause()).isInstanceOf(WebSocketHandshakeException.class);
        }
    }

    @Test
    void connectionsAreBounded() throws Exception {
        try (GatewayFixture gateway = gateway("--bitstack.gateway.channel.connections-of-node=2")) {
            DialledLine first = DialledLine.open(http, gateway, NODE, "node-a");
            DialledLine second = DialledLine.open(http, gateway, NODE, "node-a");
            gateway.awaitMetric("bitstack_gateway_channel_connections 2.0");
            assertThat(refusal(gateway, NODE, "node-a")).isEqualTo(503);
            first.close();
            gateway.awaitMetric("bitstack_gateway_channel_connections 1.0");
            gateway.awaitMetric("bitstack_gateway_channel_lost_total 1.0");
            DialledLine.open(http, gateway, NODE, "node-a").close();
            second.close();
        }
    }

    @Test
    void theConnectionsOfANodeThatWasRevokedAreClosedWithWhatRunsOverThem() throws Exception {
        try (GatewayFixture gateway = gateway();
                DialledLine idle = open(gateway, 1);
                DialledLine busy = open(gateway, 2)) {
            CompletableFuture<HttpResponse<String>> asked = CompletableFuture.supplyAsync(
                    () -> {
                        try {
                            return gateway.post(INFER, CHAT, BODY);
                        } catch (Exception e) {
                            throw new AssertionError(e);
                        }
                    },
                    task -> Thread.ofVirtual().start(task));
            busy.next();
            busy.say(AnswerWord.taken());
            gateway.unlistNode("node-a");
            assertThat(idle.awaitClosed()).isEqualTo(VIOLATED_POLICY);
            busy.awaitClosed();
            assertThat(asked.get(60, TimeUnit.SECONDS).statusCode()).isGreaterThanOrEqualTo(500);
            assertThat(refusal(gateway, ANY_NODE, "node-a")).isEqualTo(404);
        }
    }

    /** Its node opens another, and shows its key again. */
    @Test
    void anOldConnectionIsClosedWhenItIsFree() throws Exception {
        try (GatewayFixture gateway = gateway("--bitstack.gateway.channel.max-age=100ms")) {
            DialledLine idle = DialledLine.open(http, gateway, NODE, "node-a");
            assertThat(idle.awaitClosed()).isEqualTo(GOING_AWAY);
        }
    }

    @Test
    void aConnectionWithoutASignOfLifeIsGivenUp() throws Exception {
        try (GatewayFixture gateway =
                gateway("--bitstack.gateway.channel.ping-interval=100ms", "--bitstack.gateway.channel.silence=20s")) {
            DialledLine alive = DialledLine.open(http, gateway, NODE, "node-a");
            DialledLine deaf = DialledLine.open(http, gateway, NODE, "node-a", true);
            gateway.awaitMetric("bitstack_gateway_channel_lost_total 1.0");
            gateway.awaitMetric("bitstack_gateway_channel_connections 1.0");
            assertThat(alive.closed).isNotDone();
            alive.close();
            deaf.close();
        }
    }

    @Test
    void aGatewayThatStopsLetsStreamsEnd() throws Exception {
        try (GatewayFixture gateway = gateway("--spring.lifecycle.timeout-per-shutdown-phase=10m");
                DialledLine idle = open(gateway, 1);
                DialledLine busy = open(gateway, 2)) {
            CompletableFuture<Iterator<String>> asked =
                    gateway.streaming(gateway.request(INFER, CHAT).POST(BodyPublishers.ofString(BODY)));
            busy.next();
            busy.say(AnswerWord.taken());
            busy.say(AnswerWord.head(200, DialledLine.EVENTS));
            busy.send("data: one\n\n");
            Iterator<String> lines = asked.get(60, TimeUnit.SECONDS);
            assertThat(lines.next()).isEqualTo("data: one");
            assertThat(lines.next()).isEmpty();
            CompletableFuture<Void> stopping = CompletableFuture.runAsync(gateway::stop);
            assertThat(idle.awaitClosed()).isEqualTo(GOING_AWAY);
            busy.send("data: two\n\n");
            busy.say(AnswerWord.end());
            assertThat(lines.next()).isEqualTo("data: two");
            assertThat(lines.next()).isEmpty();
            assertThat(lines.hasNext()).isFalse();
            stopping.get(60, TimeUnit.SECONDS);
        }
    }
}
