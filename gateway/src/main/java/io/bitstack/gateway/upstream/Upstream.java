package io.bitstack.gateway.upstream;

import io.bitstack.gateway.error.GatewayCode;
import io.bitstack.service.ApiException;
import io.bitstack.service.ClientConnection;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.stereotype.Component;

/** Sends requests to what is behind the gateway, and tells the ways apart in which that can fail. */
@Component
public class Upstream {
    /** What the connection to the server behind needs to set for itself, and what means one connection only. */
    private static final Set<String> OWN_HEADERS = Set.of(
            "connection", "content-length", "expect", "host", "keep-alive", "te", "transfer-encoding", "upgrade");

    /** How often it is looked whether the client is still there. */
    private static final Duration LOOK_AGAIN = Duration.ofMillis(20);

    private final HttpClient http;

    Upstream(HttpClient http) {
        this.http = http;
    }

    /**
     * Sends a request and returns when the answer begins; its body is read, and has to be closed, by the caller.
     *
     * @throws ConnectFailedException when nothing was sent
     * @throws ApiException when the answer did not begin
     */
    public HttpResponse<InputStream> send(
            HttpMethod method, URI uri, HttpHeaders headers, byte[] body, Duration timeout) {
        return send(method, uri, headers, body, timeout, HttpClient::send);
    }

    /**
     * The same for what need not be computed for nobody: gives the request up when the client that it is for has left.
     *
     * @throws ConnectFailedException when nothing was sent
     * @throws ApiException when the answer did not begin
     */
    public HttpResponse<InputStream> sendFor(
            ClientConnection client, HttpMethod method, URI uri, HttpHeaders headers, byte[] body, Duration timeout) {
        return send(method, uri, headers, body, timeout, (sender, request, handler) -> {
            CompletableFuture<HttpResponse<InputStream>> answer = sender.sendAsync(request, handler);
            try {
                return await(answer, client);
            } finally {
                // Closes the connection, which is what the server behind goes by; nothing if there is an answer.
                answer.cancel(true);
            }
        });
    }

    private static HttpResponse<InputStream> await(
            CompletableFuture<HttpResponse<InputStream>> answer, ClientConnection client)
            throws IOException, InterruptedException {
        while (true) {
            try {
                return answer.get(LOOK_AGAIN.toNanos(), TimeUnit.NANOSECONDS);
            } catch (TimeoutException e) {
                if (client.isClosed()) {
                    throw new ApiException(GatewayCode.UPSTREAM_FAILED, "the client left before an answer came", e);
                }
            } catch (ExecutionException e) {
                if (e.getCause() instanceof IOException cause) {
                    throw cause;
                }
                throw new IllegalStateException("a request failed for no reason of the network", e.getCause());
            }
        }
    }

    /** Sends and waits for the answer to begin. */
    private interface Sender {
        HttpResponse<InputStream> send(HttpClient http, HttpRequest request, BodyHandler<InputStream> handler)
                throws IOException, InterruptedException;
    }

    private HttpResponse<InputStream> send(
            HttpMethod method, URI uri, HttpHeaders headers, byte[] body, Duration timeout, Sender sender) {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri).timeout(timeout);
        headers.forEach((name, values) -> {
            if (!OWN_HEADERS.contains(name.toLowerCase(Locale.ROOT))) {
                values.forEach(value -> request.header(name, value));
            }
        });
        request.method(method.name(), body.length == 0 ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(body));
        try {
            return sender.send(http, request.build(), BodyHandlers.ofInputStream());
        } catch (ConnectException | HttpConnectTimeoutException e) {
            throw new ConnectFailedException("the service for " + uri.getPath() + " cannot be reached", e);
        } catch (HttpTimeoutException e) {
            throw new ApiException(
                    GatewayCode.UPSTREAM_TIMEOUT,
                    "no answer to " + uri.getPath() + " began within " + timeout.toSeconds() + " s",
                    e);
        } catch (IOException e) {
            throw new ApiException(
                    GatewayCode.UPSTREAM_FAILED,
                    "the connection for " + uri.getPath() + " broke before an answer came; try again",
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ApiException(GatewayCode.UPSTREAM_FAILED, "the gateway is stopping", e);
        }
    }
}
