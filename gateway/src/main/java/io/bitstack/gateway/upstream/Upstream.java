package io.bitstack.gateway.upstream;

import io.bitstack.gateway.error.GatewayCode;
import io.bitstack.gateway.watch.Traces;
import io.bitstack.service.ApiException;
import io.micrometer.tracing.Span;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.Method;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.apache.hc.core5.http.message.BasicClassicHttpRequest;
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

    private final KeptConnections connections;
    private final List<MediaType> streamed;
    private final Traces traces;

    Upstream(KeptConnections connections, GatewayMvcProperties properties, Traces traces) {
        this.connections = connections;
        this.traces = traces;
        this.streamed = properties.getStreamingMediaTypes();
    }

    /**
     * Sends a request and returns when the answer begins; its body is read, and has to be closed, by the caller.
     *
     * @param timeout how long the answer may take until it begins, or until it goes on
     * @throws ConnectFailedException when nothing was sent
     * @throws ApiException when the answer did not begin
     */
    public UpstreamAnswer send(HttpMethod method, URI uri, HttpHeaders headers, byte[] body, Duration timeout) {
        HttpHost host = host(uri);
        ClassicHttpRequest request = request(method, host, target(uri), headers, body);
        boolean mayBeRepeated = Method.isSafe(method.name());
        return exchange(host, request, new UpstreamCall(connections, host, request, mayBeRepeated, timeout), timeout);
    }

    /**
     * The same for what need not be computed for nobody, and may be asked of another server while nothing of the answer was handed on: returns when the first
     * bytes of a streamed answer are there, or the whole of any other.
     *
     * @param wait ends the waiting when the client leaves, or whoever holds it says so
     * @param path of the server, as it is sent
     * @throws ConnectFailedException when nothing was sent
     * @throws NotBegunException when the connection broke before the first byte, or the waiting was ended
     * @throws ApiException when the answer did not begin in time, or the client has left
     */
    public BegunAnswer begin(
            Wait wait, HttpMethod method, URI server, String path, HttpHeaders headers, byte[] body, Duration timeout) {
        HttpHost host = host(server);
        ClassicHttpRequest request = request(method, host, path, headers, body);
        UpstreamCall call = new UpstreamCall(connections, host, request, true, timeout);
        return begin(wait, call::cancel, () -> exchange(host, request, call, timeout));
    }

    /**
     * The same for a server that is asked in another way.
     *
     * @param cancel ends the asking, and later the answer itself, from any thread
     * @param asking returns when the answer's head is here
     */
    public BegunAnswer begin(Wait wait, Runnable cancel, Supplier<UpstreamAnswer> asking) {
        wait.endBy(cancel);
        try {
            return watched(wait, asking);
        } catch (ApiException e) {
            if (wait.hasClientLeft()) {
                throw new ApiException(GatewayCode.UPSTREAM_FAILED, "the client left before an answer came", e);
            }
            throw e;
        }
    }

    /** The client is looked after until the answer has begun. */
    private BegunAnswer watched(Wait wait, Supplier<UpstreamAnswer> asking) {
        wait.watched(true);
        connections.deadlines().add(wait);
        try {
            return BegunAnswer.of(asking.get(), streamed);
        } finally {
            connections.deadlines().remove(wait);
            wait.watched(false);
        }
    }

    private static ClassicHttpRequest request(
            HttpMethod method, HttpHost host, String target, HttpHeaders headers, byte[] body) {
        ClassicHttpRequest request = new BasicClassicHttpRequest(method.name(), host, target);
        request.addHeader(HttpHeaders.HOST, host.toHostString());
        headers.forEach((name, values) -> {
            if (!OWN_HEADERS.contains(name.toLowerCase(Locale.ROOT))) {
                values.forEach(value -> request.addHeader(name, value));
            }
        });
        if (!request.containsHeader(HttpHeaders.USER_AGENT)) {
            request.addHeader(HttpHeaders.USER_AGENT, "bitstack-gateway");
        }
        if (body.length > 0) {
            request.setEntity(new ByteArrayEntity(body, null));
        }
        if (body.length > 0 || !Method.isSafe(method.name())) {
            request.addHeader(HttpHeaders.CONTENT_LENGTH, body.length);
        }
        return request;
    }

    /** Without the query, which may hold what nobody else is to read. */
    private static String path(ClassicHttpRequest request) {
        String target = request.getPath();
        int query = target.indexOf('?');
        return query < 0 ? target : target.substring(0, query);
    }

    private static String target(URI uri) {
        String path = uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
        return uri.getRawQuery() == null ? path : path + "?" + uri.getRawQuery();
    }

    /** Where a server answers. */
    static HttpHost host(URI uri) {
        return new HttpHost(uri.getScheme(), uri.getHost(), uri.getPort());
    }

    private UpstreamAnswer exchange(HttpHost host, ClassicHttpRequest request, UpstreamCall call, Duration timeout) {
        // What the server behind records belongs below this, until its answer begins.
        Span span = traces.ask(
                host.toHostString(),
                request,
                (carrier, name, value) -> Objects.requireNonNull(carrier).setHeader(name, value));
        try {
            return call.ask();
        } catch (ConnectException e) {
            throw new ConnectFailedException("the service for " + path(request) + " cannot be reached", e);
        } catch (SocketTimeoutException e) {
            throw new ApiException(
                    GatewayCode.UPSTREAM_TIMEOUT,
                    "no answer to " + path(request) + " began within " + timeout.toSeconds() + " s",
                    e);
        } catch (IOException e) {
            throw new NotBegunException(
                    "the connection for " + path(request) + " broke before an answer came; try again", e);
        } finally {
            span.end();
        }
    }
}
