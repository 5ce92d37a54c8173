package io.bitstack.gateway;

import static io.bitstack.gateway.GatewayFixture.INFER;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Connections to nodes are kept and used again; one that the node has closed in the meantime is no failure. */
class KeptConnectionTest {
    private static final String CHAT = "/v1/chat/completions";
    private static final String ANSWER =
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";

    @Test
    void aConnectionIsUsedAgainAndOneThatWasClosedIsNotMissed() throws Exception {
        try (GatewayFixture gateway = new GatewayFixture();
                ServerSocket node = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            node.setSoTimeout(60_000);
            gateway.node("n", URI.create("http://127.0.0.1:" + node.getLocalPort()), "ready", "demo", 1, 4);
            try (Socket first = ask(gateway, node)) {
                CompletableFuture<HttpResponse<String>> second = post(gateway);
                assertThat(answerNext(first)).as("the same connection").isTrue();
                assertThat(second.join().statusCode()).isEqualTo(200);
            }
            try (Socket next = ask(gateway, node)) {
                assertThat(next.isConnected()).isTrue();
            }
        }
    }

    /** Sends a request, which comes on a new connection, and answers it. */
    private static Socket ask(GatewayFixture gateway, ServerSocket node) throws Exception {
        CompletableFuture<HttpResponse<String>> asked = post(gateway);
        Socket connection = node.accept();
        assertThat(answerNext(connection)).isTrue();
        assertThat(asked.join().statusCode()).isEqualTo(200);
        return connection;
    }

    private static CompletableFuture<HttpResponse<String>> post(GatewayFixture gateway) {
        return CompletableFuture.supplyAsync(() -> {
            try {
                return gateway.post(INFER, CHAT, "{\"model\":\"demo\"}");
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
    }

    /** Takes a request, which ends with its body, and answers it; false if the connection ends before. */
    private static boolean answerNext(Socket connection) throws IOException {
        StringBuilder request = new StringBuilder();
        while (!request.toString().endsWith("{\"model\":\"demo\"}")) {
            int next = connection.getInputStream().read();
            if (next < 0) {
                return false;
            }
            request.append((char) next);
        }
        connection.getOutputStream().write(ANSWER.getBytes(StandardCharsets.US_ASCII));
        return true;
    }
}
