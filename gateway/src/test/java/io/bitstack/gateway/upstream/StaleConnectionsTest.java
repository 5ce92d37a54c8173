package io.bitstack.gateway.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.hc.client5.http.classic.methods.HttpGet;
import org.apache.hc.client5.http.classic.methods.HttpPost;
import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.protocol.HttpClientContext;
import org.apache.hc.core5.http.NoHttpResponseException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A server that answers the first request of its first connection, and closes that connection when it has read the second. */
class StaleConnectionsTest {
    private static final byte[] ANSWER =
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}".getBytes(StandardCharsets.US_ASCII);

    private final AtomicInteger requests = new AtomicInteger();
    private ServerSocket server;
    private CloseableHttpClient client;
    private CompletableFuture<Void> serving;

    @BeforeEach
    void start() throws IOException {
        server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
        client = HttpClients.custom().setRetryStrategy(new StaleConnections()).build();
        serving = CompletableFuture.runAsync(this::serve);
    }

    @AfterEach
    void stop() throws IOException {
        client.close();
        server.close();
        serving.join();
    }

    private void serve() {
        try {
            try (Socket first = server.accept()) {
                readHead(first);
                first.getOutputStream().write(ANSWER);
                readHead(first);
            }
            while (true) {
                try (Socket next = server.accept()) {
                    readHead(next);
                    next.getOutputStream().write(ANSWER);
                }
            }
        } catch (IOException e) {
            // The test is over and has closed the server.
            assertThat(server.isClosed()).isTrue();
        }
    }

    private void readHead(Socket connection) throws IOException {
        StringBuilder head = new StringBuilder();
        while (!head.toString().endsWith("\r\n\r\n")) {
            int next = connection.getInputStream().read();
            if (next < 0) {
                throw new IOException("the connection ended");
            }
            head.append((char) next);
        }
        requests.incrementAndGet();
    }

    private int send(HttpUriRequestBase request, HttpClientContext context) throws IOException {
        return client.execute(request, context, answer -> {
            answer.getEntity().getContent().readAllBytes();
            return answer.getCode();
        });
    }

    private HttpGet get() {
        return new HttpGet("http://127.0.0.1:" + server.getLocalPort() + "/");
    }

    private HttpPost post() {
        return new HttpPost("http://127.0.0.1:" + server.getLocalPort() + "/");
    }

    @Test
    void whatMayHaveChangedSomethingIsNotSentAgain() throws IOException {
        send(get(), HttpClientContext.create());
        assertThatThrownBy(() -> send(post(), HttpClientContext.create())).isInstanceOf(NoHttpResponseException.class);
        assertThat(requests).hasValue(2);
    }

    @Test
    void whatOnlyReadsIsSentAgain() throws IOException {
        send(get(), HttpClientContext.create());
        assertThat(send(get(), HttpClientContext.create())).isEqualTo(200);
        assertThat(requests).hasValue(3);
    }

    @Test
    void whatIsSaidToChangeNothingIsSentAgain() throws IOException {
        send(get(), HttpClientContext.create());
        HttpClientContext context = HttpClientContext.create();
        context.setAttribute(StaleConnections.WITHOUT_EFFECTS, true);
        assertThat(send(post(), context)).isEqualTo(200);
        assertThat(requests).hasValue(3);
    }
}
