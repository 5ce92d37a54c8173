package io.bitstack.gateway;

import static io.bitstack.gateway.GatewayFixture.INFER;
import static io.bitstack.gateway.GatewayFixture.PUBLISHER;
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

/** Who sends a byte now and then, or does not take what he asked for, is cut off; nobody else notices. */
class SlowClientTest {
    private static final String CHAT = "/v1/chat/completions";
    private static final int PATIENCE_MILLIS = (int) GatewayFixture.PATIENCE.toMillis();

    private GatewayFixture gateway;

    @BeforeEach
    void start() throws Exception {
        gateway = new GatewayFixture(
                "--bitstack.http.head-timeout=1s",
                "--server.tomcat.connection-timeout=2s",
                "--bitstack.gateway.limits.body-timeout=1s");
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
                dripUntilCut(client);
            }
        }
        awaitAnswered();
    }

    /** A head that is sent at once is answered, unless this machine stops for a second in the middle of it. */
    private void awaitAnswered() throws Exception {
        long endNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PATIENCE_MILLIS);
        while (true) {
            try {
                assertThat(gateway.get("", "/healthz").statusCode()).isEqualTo(200);
                return;
            } catch (IOException e) {
                assertThat(System.nanoTime()).as("nobody is answered: " + e).isLessThan(endNanos);
            }
        }
    }

    /** The body's own time ends it too. */
    @Test
    void aBodyThatDripsIsCutOff() throws Exception {
        try (Socket client = connect()) {
            client.getOutputStream()
                    .write(("POST /api/v1/models HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + PUBLISHER
                                    + "\r\nContent-Length: 100000\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            Thread dripping = Thread.ofVirtual().start(() -> {
                try {
                    dripUntilCut(client);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
            String answer = new String(client.getInputStream().readNBytes(12), StandardCharsets.US_ASCII);
            assertThat(answer).isEqualTo("HTTP/1.1 408");
            dripping.interrupt();
            dripping.join();
        }
        assertThat(gateway.registry.asked)
                .filteredOn(asked -> asked.path().equals("/api/v1/models"))
                .isEmpty();
    }

    private static void dripUntilCut(Socket client) throws InterruptedException {
        long endNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PATIENCE_MILLIS);
        while (System.nanoTime() < endNanos) {
            try {
                client.getOutputStream().write('a');
            } catch (IOException e) {
                return;
            }
            Thread.sleep(50);
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
