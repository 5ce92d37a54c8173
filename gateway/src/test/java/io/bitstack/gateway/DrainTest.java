package io.bitstack.gateway;

import static io.bitstack.gateway.GatewayFixture.INFER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.UncheckedIOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;

/** A gateway that stops lets its streams end, for so long and no longer. */
class DrainTest {
    private static final String CHAT = "/v1/chat/completions";
    private static final String EVENT = "data: {}\n\n";

    @Test
    void streamsEndBeforeTheGatewayDoes() throws Exception {
        Semaphore mayContinue = new Semaphore(0);
        try (StandIn node = streaming(mayContinue);
                GatewayFixture gateway = new GatewayFixture("--spring.lifecycle.timeout-per-shutdown-phase=10m")) {
            Iterator<String> lines = begin(gateway, node);
            CompletableFuture<Void> stopping = CompletableFuture.runAsync(gateway::stop);
            mayContinue.release(2);
            int events = 1;
            while (lines.hasNext()) {
                events += lines.next().startsWith("data:") ? 1 : 0;
            }
            assertThat(events).isEqualTo(3);
            stopping.join();
        }
    }

    @Test
    void aStreamThatNeverEndsIsCutWhenTheTimeIsUp() throws Exception {
        Semaphore never = new Semaphore(0);
        try (StandIn node = streaming(never);
                GatewayFixture gateway = new GatewayFixture("--spring.lifecycle.timeout-per-shutdown-phase=1s")) {
            Iterator<String> lines = begin(gateway, node);
            gateway.stop();
            assertThatThrownBy(() -> lines.forEachRemaining(line -> {})).isInstanceOf(UncheckedIOException.class);
            never.release(2);
        }
    }

    private static StandIn streaming(Semaphore mayContinue) throws Exception {
        return new StandIn().on("POST " + CHAT, exchange -> {
            exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
            exchange.sendResponseHeaders(200, 0);
            for (int i = 0; i < 3; i++) {
                exchange.getResponseBody().write(EVENT.getBytes(StandardCharsets.UTF_8));
                exchange.getResponseBody().flush();
                if (i < 2) {
                    mayContinue.acquireUninterruptibly();
                }
            }
        });
    }

    private static Iterator<String> begin(GatewayFixture gateway, StandIn node) throws Exception {
        gateway.node("n", node.url(), "ready", "demo", 1, 4);
        Iterator<String> lines = gateway.lines(
                        gateway.request(INFER, CHAT).POST(BodyPublishers.ofString("{\"model\":\"demo\"}")))
                .body()
                .iterator();
        assertThat(lines.next()).startsWith("data:");
        return lines;
    }
}
