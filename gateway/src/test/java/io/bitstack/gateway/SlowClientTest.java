package io.bitstack.gateway;

import static io.bitstack.gateway.GatewayFixture.INFER;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Who sends a byte now and then, or does not take what he asked for, is cut off; nobody else notices. Bodies that drip are in {@link HostileRequestTest}. */
class SlowClientTest {
    private static final String CHAT = "/v1/chat/completions";
    private static final int PATIENCE_MILLIS = 60_000;

    private GatewayFixture gateway;

    @BeforeEach
    void start() throws Exception {
        gateway = new GatewayFixture("--bitstack.http.head-timeout=1s", "--server.tomcat.connection-timeout=2s");
    }

    @AfterEach
    void stop() {
        gateway.close();
    }

    private Socket connect() throws IOException {
        Socket client = new Socket(InetAddress.getLoopbackAddress(), gateway.port());
        client.setSoTimeout(PATIENCE_MILLIS);
        return client;
    }

    /** One byte at a time keeps the time between two bytes short; the head's own time ends it. */
    @Test
    void aHeadThatDripsIsCutOff() throws Exception {
        String[] begins = {"G", "GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: "};
        for (String begin : begins) {
            try (Socket client = connect()) {
                client.getOutputStream().write(begin.getBytes(StandardCharsets.US_ASCII));
                assertThat(dripUntilCut(client))
                        .as("bytes that were taken of a head that never ends")
                        .isPositive();
            }
        }
        assertThat(gateway.get("", "/healthz").statusCode()).isEqualTo(200);
    }

    private static int dripUntilCut(Socket client) throws InterruptedException {
        long endNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PATIENCE_MILLIS);
        int dripped = 0;
        while (System.nanoTime() < endNanos) {
            try {
                client.getOutputStream().write('a');
                dripped++;
            } catch (IOException e) {
                return dripped;
            }
            Thread.sleep(100);
        }
        throw new AssertionError("the gateway goes on taking bytes");
    }

    @Test
    void aClientThatSaysNothingIsCutOff() throws Exception {
        try (Socket client = connect()) {
            assertThat(client.getInputStream().read()).isEqualTo(-1);
        }
        try (Socket client = connect()) {
            client.getOutputStream().write("GET /hea".getBytes(StandardCharsets.US_ASCII));
            assertEnds(client);
        }
    }

    private static void assertEnds(Socket client) throws IOException {
        try {
            client.getInputStream().readAllBytes();
        } catch (SocketException e) {
            assertThat(e).hasMessageContaining("reset");
        }
    }

    /** Nor is anything computed for whoever does not read. */
    @Test
    void aClientThatDoesNotReadIsCutOffAndItsNodeStops() throws Exception {
        CountDownLatch hasStopped = new CountDownLatch(1);
        byte[] event = ("data: " + "x".repeat(8000) + "\n\n").getBytes(StandardCharsets.US_ASCII);
        try (StandIn node = new StandIn()) {
            node.on("POST " + CHAT, exchange -> {
                exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
                exchange.sendResponseHeaders(200, 0);
                try {
                    while (true) {
                        exchange.getResponseBody().write(event);
                    }
                } catch (IOException e) {
                    hasStopped.countDown();
                    throw e;
                }
            });
            gateway.node("n", node.url(), "ready", "demo", 1, 4);
            String body = "{\"model\":\"demo\"}";
            try (Socket client = connect()) {
                client.getOutputStream()
                        .write("POST %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n\r\n%s"
                                .formatted(CHAT, INFER, body.length(), body)
                                .getBytes(StandardCharsets.US_ASCII));
                assertThat(hasStopped.await(PATIENCE_MILLIS, TimeUnit.MILLISECONDS))
                        .isTrue();
            }
            awaitNothingRunning();
        }
    }

    private void awaitNothingRunning() throws Exception {
        String idle = "bitstack_gateway_completions_running 0.0";
        long endNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PATIENCE_MILLIS);
        while (!gateway.management("/actuator/prometheus").body().contains(idle)) {
            assertThat(System.nanoTime()).as("the completion never ends").isLessThan(endNanos);
            Thread.sleep(20);
        }
    }
}
