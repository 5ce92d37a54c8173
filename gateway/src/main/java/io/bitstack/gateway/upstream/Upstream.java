package io.bitstack.gateway.upstream;

import io.bitstack.gateway.error.GatewayCode;
import io.bitstack.service.ApiException;
import io.micrometer.tracing.Span;
import io.micrometer.tracing.Tracer;
import io.micrometer.tracing.propagation.Propagator;
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
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.cloud.gateway.server.mvc.config.GatewayMvcProperties;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.MediaType;
import org.springframework.stereotype.Component;

/** Sends requests to what is behind the gateway, and tells the ways apart in which that can fail. */
@Component
public class Upstream {
    /** What the connection to the server behind needs to set for itself, and what means one connection only. */
    private static final Set<String> OWN_HEADERS = Set.of(
            "connection",
            "content-length",
            "expect",
            "host",
            "keep-alive",
            "te",
            "transfer-encoding",
            "upgrade",
            // The gateway's own span comes between the client's and the service's.
            "traceparent",
            "tracestate",
            "baggage");

    private static final Logger LOG = LoggerFactory.getLogger(Upstream.class);

    private final HttpClient http;
    private final List<MediaType> streamed;
    private final Tracer tracer;
    private final Propagator propagator;

    Upstream(HttpClient http, GatewayMvcProperties properties, Tracer tracer, ObjectProvider<Propagator> propagator) {
        this.http = http;
        this.tracer = tracer;
        this.propagator = propagator.getIfAvailable(() -> Propagator.NOOP);
        this.streamed = properties.getStreamingMediaTypes();
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
     * The same for what need not be computed for nobody, and may be asked of another server while nothing of the answer was handed on: returns when the first
     * bytes of a streamed answer are there, or the whole of any other.
     *
     * @param wait ends the waiting when the client leaves, or whoever holds it says so
     * @throws ConnectFailedException when nothing was sent
     * @throws NotBegunException when the connection broke before the first byte, or the waiting was ended
     * @throws ApiException when the answer did not begin in time, or the client has left
     */
    public BegunAnswer begin(
            Wait wait, HttpMethod method, URI uri, HttpHeaders headers, byte[] body, Duration timeout) {
        HttpResponse<InputStream> answer = send(method, uri, headers, body, timeout, (sender, request, handler) -> {
            CompletableFuture<HttpResponse<InputStream>> future = sender.sendAsync(request, handler);
            wait.endBy(() -> future.cancel(true));
            return wait.until(future);
        });
        boolean isBegun = false;
        try {
            wait.endBy(() -> close(answer.body()));
            BegunAnswer begun = BegunAnswer.of(answer, wait, streamed);
            isBegun = true;
            return begun;
        } finally {
            if (!isBegun) {
                close(answer.body());
            }
        }
    }

    private static void close(InputStream body) {
        try {
            body.close();
        } catch (IOException e) {
            // What is closed is of no use any more, however closing it went.
            LOG.debug("an answer could not be closed", e);
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
        // What the server behind records belongs below this, until its answer begins.
        Span span = tracer.nextSpan().name("upstream").tag("server.address", uri.getAuthority());
        try (Tracer.SpanInScope _ = tracer.withSpan(span.start())) {
            propagator.inject(
                    span.context(),
                    request,
                    (carrier, name, value) -> Objects.requireNonNull(carrier).setHeader(name, value));
            return sender.send(http, request.build(), BodyHandlers.ofInputStream());
        } catch (ConnectException | HttpConnectTimeoutException e) {
            throw new ConnectFailedException("the service for " + uri.getPath() + " cannot be reached", e);
        } catch (HttpTimeoutException e) {
            throw new ApiException(
                    GatewayCode.UPSTREAM_TIMEOUT,
                    "no answer to " + uri.getPath() + " began within " + timeout.toSeconds() + " s",
                    e);
        } catch (IOException e) {
            throw new NotBegunException(
                    "the connection for " + uri.getPath() + " broke before an answer came; try again", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ApiException(GatewayCode.UPSTREAM_FAILED, "the gateway is stopping", e);
        } finally {
            span.end();
        }
    }
}
