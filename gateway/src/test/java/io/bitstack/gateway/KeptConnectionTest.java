package io.bitstack.gateway;

import static io.bitstack.gateway.GatewayFixture.INFER;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Connections to nodes are kept and used again; one that the node has closed in the meantime is no failure. */
class KeptConnectionTest {
    private static final String CHAT = "/v1/chat/completions";
    private static final String BODY = "{\"model\":\"demo\"}";
    private static final byte[] ANSWER =
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
                    .getBytes(StandardCharsets.US_ASCII);

    /** A node that answers whatever comes, on any number of connections, until they are closed. */
    private static final class Node implements AutoCloseable {
        private final ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
        private final List<Socket> connections = new CopyOnWriteArrayList<>();
        private final AtomicInteger answered = new AtomicInteger();

        Node() throws IOException {
            Thread.ofVirtual().start(this::accept);
        }

        private void accept() {
            try {
                while (true) {
                    Socket connection = server.accept();
                    connections.add(connection);
                    Thread.ofVirtual().start(() -> answer(connection));
                }
            } catch (IOException e) {
                // The test is over.
            }
        }

        private void answer(Socket connection) {
            try {
                while (takesRequest(connection)) {
                    answered.incrementAndGet();
                    connection.getOutputStream().write(ANSWER);
                }
            } catch (IOException e) {
                // The test has closed the connection.
            }
        }

        /** Takes a request, which ends with its body; false if the connection ends before. */
        private static boolean takesRequest(Socket connection) throws IOException {
            StringBuilder request = new StringBuilder();
            while (!request.toString().endsWith(BODY)) {
                int next = connection.getInputStream().read();
                if (next < 0) {
                    return false;
                }
                request.append((char) next);
            }
            return true;
        }

        void closeConnections() throws IOException {
            for (Socket connection : connections) {
                connection.close();
            }
        }

        @Override
        public void close() throws IOException {
            server.close();
            closeConnections();
        }
    }

    @Test
    void aConnectionIsUsedAgainAndOneThatWasClosedIsNotMissed() throws Exception {
        try (GatewayFixture gateway = new GatewayFixture();
                Node node = new Node()) {
            gateway.node("n", URI.create("http://127.0.0.1:" + node.server.getLocalPort()), "ready", "demo", 1, 4);
            // A connection is given back a moment after its client was answered: whoever asks in that moment takes
            // another.
            int asked = 0;
            do {
                assertThat(asked).as("answered on a connection of its own each").isLessThan(100);
                assertThat(gateway.post(INFER, CHAT, BODY).statusCode()).isEqualTo(200);
                asked++;
            } while (node.connections.size() == asked);
            assertThat(node.answered).hasValue(asked);

            int before = node.connections.size();
            node.closeConnections();
            assertThat(gateway.post(INFER, CHAT, BODY).statusCode()).isEqualTo(200);
            assertThat(node.connections).hasSizeGreaterThan(before);
        }
    }
}
