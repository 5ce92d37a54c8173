package io.bitstack.gateway.upstream;

import io.bitstack.gateway.error.GatewayCode;
import io.bitstack.service.ApiException;
import io.micrometer.tracing.Span;
import io.micrometer.tracing.Tracer;
import io.micrometer.tracing.propagation.Propagator;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
import org.apache.hc.client5.http.ConnectTimeoutException;
import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.protocol.HttpClientContext;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.apache.hc.core5.util.Timeout;
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

    private final CloseableHttpClient http;
    private final ClientWatch clients;
    private final List<MediaType> streamed;
    private final Tracer tracer;
    private final Propagator propagator;

    Upstream(
            CloseableHttpClient http,
            ClientWatch clients,
            GatewayMvcProperties properties,
            Tracer tracer,
            ObjectProvider<Propagator> propagator) {
        this.http = http;
        this.clients = clients;
        this.tracer = tracer;
        this.propagator = propagator.getIfAvailable(() -> Propagator.NOOP);
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
        return exchange(uri, request(method, uri, headers, body, timeout), new HttpClientContext(), timeout);
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
        HttpUriRequestBase request = request(method, uri, headers, body, timeout);
        HttpClientContext context = new HttpClientContext();
        context.setAttribute(StaleConnections.WITHOUT_EFFECTS, true);
        return begin(wait, request::cancel, () -> exchange(uri, request, context, timeout));
    }

    /**
     * The same for a server that is asked in another way.
     *
     * @param cancel ends the asking, and later the answer itself, from any thread
     * @param asking returns when the answer's head is here
     */
    public BegunAnswer begin(Wait wait, Runnable cancel, Supplier<UpstreamAnswer> asking) {
        wait.endBy(cancel);
        try (ClientWatch.Watched _ = clients.watch(wait)) {
            return BegunAnswer.of(asking.get(), streamed);
        } catch (ApiException e) {
            if (wait.hasClientLeft()) {
                throw new ApiException(GatewayCode.UPSTREAM_FAILED, "the client left before an answer came", e);
            }
            throw e;
        }
    }

    private static HttpUriRequestBase request(
            HttpMethod method, URI uri, HttpHeaders headers, byte[] body, Duration timeout) {
        HttpUriRequestBase request = new HttpUriRequestBase(method.name(), uri);
        headers.forEach((name, values) -> {
            if (!OWN_HEADERS.contains(name.toLowerCase(Locale.ROOT))) {
                values.forEach(value -> request.addHeader(name, value));
            }
        });
        if (body.length > 0) {
            request.setEntity(new ByteArrayEntity(body, null));
        }
        request.setConfig(RequestConfig.custom()
                .setResponseTimeout(Timeout.of(timeout))
                .setConnectionRequestTimeout(Timeout.of(timeout))
                .setProtocolUpgradeEnabled(false)
                .setAuthenticationEnabled(false)
                .build());
        return request;
    }

    /** Where a server answers. */
    static HttpHost host(URI uri) {
        return new HttpHost(uri.getScheme(), uri.getHost(), uri.getPort());
    }

    private UpstreamAnswer exchange(URI uri, HttpUriRequestBase request, HttpClientContext context, Duration timeout) {
        // What the server behind records belongs below this, until its answer begins.
        Span span = tracer.nextSpan().name("upstream").tag("server.address", uri.getAuthority());
        try (Tracer.SpanInScope _ = tracer.withSpan(span.start())) {
            propagator.inject(
                    span.context(),
                    request,
                    (carrier, name, value) -> Objects.requireNonNull(carrier).setHeader(name, value));
            return UpstreamAnswer.of(request, http.executeOpen(host(uri), request, context));
        } catch (ConnectException | ConnectTimeoutException | UnknownHostException | NoRouteToHostException e) {
            throw new ConnectFailedException("the service for " + uri.getPath() + " cannot be reached", e);
        } catch (SocketTimeoutException e) {
            throw new ApiException(
                    GatewayCode.UPSTREAM_TIMEOUT,
                    "no answer to " + uri.getPath() + " began within " + timeout.toSeconds() + " s",
                    e);
        } catch (IOException e) {
            throw new NotBegunException(
                    "the connection for " + uri.getPath() + " broke before an answer came; try again", e);
        } finally {
            span.end();
        }
    }
}
