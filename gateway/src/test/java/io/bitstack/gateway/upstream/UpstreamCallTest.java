package io.bitstack.gateway.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLSocketFactory;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.NoHttpResponseException;
import org.apache.hc.core5.http.message.BasicClassicHttpRequest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A server that answers the first request of its first connection, and closes that connection when it has read the second. What nobody gave up would be waited for without end: then the test fails, on a
 * thread of its own, since nothing interrupts who reads from a socket.
 */
@Timeout(value = 2, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class UpstreamCallTest {
    private static final String ANSWER = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
    private static final Duration LONG = Duration.ofMinutes(10);

    private final AtomicInteger requests = new AtomicInteger();
    private static final SSLSocketFactory TLS = (SSLSocketFactory) SSLSocketFactory.getDefault();
    private final KeptConnections connections = new KeptConnections(Duration.ofMinutes(2), TLS, Set.of());
    private ServerSocket server;
    private HttpHost host;

    @BeforeEach
    void start() throws IOException {
        server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
        host = new HttpHost("http", "127.0.0.1", server.getLocalPort());
    }

    @AfterEach
    void stop() throws IOException {
        connections.close();
        server.close();
    }

    private CompletableFuture<Void> serve() {
        return CompletableFuture.runAsync(
                () -> {
                    try {
                        try (Socket first = server.accept()) {
                            readHead(first);
                            write(first, ANSWER);
                            readHead(first);
                        }
                        while (true) {
                            try (Socket next = server.accept()) {
                                readHead(next);
                                write(next, ANSWER);
                            }
                        }
                    } catch (IOException e) {
                        // The test is over and has closed the server.
                        assertThat(server.isClosed()).isTrue();
                    }
                },
                task -> Thread.ofVirtual().start(task));
    }

    private static void write(Socket connection, String text) throws IOException {
        connection.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
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

    private UpstreamCall call(String method, boolean mayBeRepeated, Duration patience) {
        BasicClassicHttpRequest request = new BasicClassicHttpRequest(method, host, "/");
        request.addHeader("Host", host.toHostString());
        return new UpstreamCall(connections, host, request, mayBeRepeated, patience);
    }

    private int status(String method, boolean mayBeRepeated) throws IOException {
        UpstreamAnswer answer = call(method, mayBeRepeated, LONG).ask();
        assertThat(answer.body().readAllBytes()).isEqualTo("{}".getBytes(StandardCharsets.US_ASCII));
        return answer.status();
    }

    @Test
    void whatMayHaveChangedSomethingIsNotSentAgain() throws Exception {
        CompletableFuture<Void> serving = serve();
        status("GET", true);
        assertThatThrownBy(() -> status("POST", false)).isInstanceOf(NoHttpResponseException.class);
        assertThat(requests).hasValue(2);
        server.close();
        serving.join();
    }

    @Test
    void whatIsSaidToChangeNothingIsSentAgain() throws Exception {
        CompletableFuture<Void> serving = serve();
        status("GET", true);
        assertThat(status("POST", true)).isEqualTo(200);
        assertThat(requests).hasValue(3);
        server.close();
        serving.join();
    }

    /** Where a request cannot be sent again, whether its connection is still open is looked at before. */
    @Test
    void aConnectionThatTheServerHasClosedIsNotUsedForAChange() throws Exception {
        try (KeptConnections looking = new KeptConnections(Duration.ofMinutes(2), TLS, Set.of(host))) {
            CompletableFuture<Void> first = answerOne();
            BasicClassicHttpRequest get = new BasicClassicHttpRequest("GET", host, "/");
            new UpstreamCall(looking, host, get, true, LONG).ask().body().readAllBytes();
            first.join();
            // A connection is doubtful when it was not used for a while.
            Thread.sleep(600);
            CompletableFuture<Void> second = answerOne();
            BasicClassicHttpRequest post = new BasicClassicHttpRequest("POST", host, "/");
            assertThat(new UpstreamCall(looking, host, post, false, LONG).ask().status())
                    .isEqualTo(200);
            second.join();
        }
    }

    /** Answers one request and closes its connection without having said so. */
    private CompletableFuture<Void> answerOne() {
        return CompletableFuture.runAsync(
                () -> {
                    try (Socket connection = server.accept()) {
                        readHead(connection);
                        write(connection, ANSWER);
                    } catch (IOException e) {
                        throw new AssertionError(e);
                    }
                },
                task -> Thread.ofVirtual().start(task));
    }

    @Test
    void aServerThatDoesNotAnswerIsGivenUp() throws Exception {
        assertThatThrownBy(() -> call("GET", true, Duration.ofMillis(100)).ask())
                .isInstanceOf(SocketTimeoutException.class);
        try (Socket connection = server.accept()) {
            readHead(connection);
            assertThat(connection.getInputStream().read()).as("closed").isNegative();
        } catch (SocketException e) {
            assertThat(e).hasMessageContaining("reset");
        }
    }

    @Test
    void anAnswerThatDoesNotGoOnIsGivenUp() throws Exception {
        UpstreamCall call = call("GET", true, LONG);
        CompletableFuture<Integer> reading = CompletableFuture.supplyAsync(
                () -> {
                    try {
                        return call.ask().body().readAllBytes().length;
                    } catch (IOException e) {
                        throw new CompletionException(e);
                    }
                },
                task -> Thread.ofVirtual().start(task));
        try (Socket connection = server.accept()) {
            readHead(connection);
            write(connection, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{");
            while (!reading.isDone()) {
                call.look(System.nanoTime() + LONG.plusSeconds(1).toNanos());
                Thread.sleep(5);
            }
            assertThatThrownBy(reading::join).hasCauseInstanceOf(SocketTimeoutException.class);
        }
    }

    @Test
    void aCallThatIsGivenUpEndsAtOnce() throws Exception {
        UpstreamCall call = call("GET", true, LONG);
        CompletableFuture<UpstreamAnswer> asking = CompletableFuture.supplyAsync(
                () -> {
                    try {
                        return call.ask();
                    } catch (IOException e) {
                        throw new CompletionException(e);
                    }
                },
                task -> Thread.ofVirtual().start(task));
        try (Socket connection = server.accept()) {
            readHead(connection);
            call.cancel();
            assertThatThrownBy(asking::join).hasCauseInstanceOf(IOException.class);
            assertThat(requests).as("not sent again").hasValue(1);
        }
        assertThatThrownBy(call::ask).hasMessageContaining("given up");
    }

    @Test
    void whereNobodyListensNothingIsSent() throws Exception {
        try (ServerSocket full = new ServerSocket()) {
            full.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            host = new HttpHost("http", "127.0.0.1", full.getLocalPort());
        }
        assertThatThrownBy(() -> call("GET", true, LONG).ask()).isInstanceOf(ConnectException.class);
    }
}
