package io.bitstack.gateway.upstream;

import io.bitstack.gateway.identity.AdmittedRoute;
import io.bitstack.gateway.identity.Principal;
import io.bitstack.gateway.registry.RegistryClient;
import io.bitstack.gateway.settings.GatewaySettings;
import io.bitstack.service.ApiException;
import io.bitstack.service.CommonCode;
import io.bitstack.service.access.PlatformService;
import io.bitstack.service.access.Route;
import jakarta.servlet.http.HttpServletRequest;
import java.net.URI;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.cloud.gateway.server.mvc.config.GatewayMvcProperties;
import org.springframework.cloud.gateway.server.mvc.handler.ProxyExchange;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatusCode;
import org.springframework.stereotype.Component;
import org.springframework.web.servlet.function.ServerResponse;

/**
 * How Spring Cloud Gateway asks a service. Its own way reads an answer to the end even when the client is gone, which
 * for an endless stream of events is for ever; this one closes the connection.
 */
@Component
class ServiceExchange implements ProxyExchange {
    private static final Logger LOG = LoggerFactory.getLogger(ServiceExchange.class);

    private final Upstream upstream;
    private final RegistryClient registry;
    private final Bodies bodies;
    private final GatewaySettings settings;
    private final GatewayMvcProperties properties;

    ServiceExchange(
            Upstream upstream,
            RegistryClient registry,
            Bodies bodies,
            GatewaySettings settings,
            GatewayMvcProperties properties) {
        this.upstream = upstream;
        this.registry = registry;
        this.bodies = bodies;
        this.settings = settings;
        this.properties = properties;
    }

    @Override
    public ServerResponse exchange(Request request) {
        URI uri = Objects.requireNonNull(request.getUri(), "a route has set the service's address");
        HttpServletRequest servlet = request.getServerRequest().servletRequest();
        UpstreamAnswer answer;
        refuseEncoded(servlet);
        try (Bodies.Body body = bodies.read(servlet, settings.maxApiBodyBytes())) {
            JsonGuard.check(servlet.getContentType(), body.bytes());
            answer = upstream.send(
                    request.getMethod(), uri, request.getHeaders(), body.bytes(), settings.serviceTimeout());
        }
        audit(servlet, answer.status());
        StreamedAnswer response = StreamedAnswer.of(answer, properties.getStreamingMediaTypes());
        Head head = new Head(response.statusCode(), HttpHeaders.copyOf(response.headers()));
        request.getResponseConsumers().forEach(consumer -> consumer.accept(head, response));
        return response;
    }

    /** A body that unpacks to many times its size would pass every bound on bodies. */
    private static void refuseEncoded(HttpServletRequest request) {
        String encoding = request.getHeader(HttpHeaders.CONTENT_ENCODING);
        if (encoding != null && !encoding.equalsIgnoreCase("identity")) {
            throw new ApiException(
                    CommonCode.REQUEST_INVALID, "bodies are taken as they are, not in '" + encoding + "'");
        }
    }

    /** The registry writes its own changes down, in the transaction that makes them; those of other services are reported to it. */
    private void audit(HttpServletRequest request, int status) {
        Route route = AdmittedRoute.of(request);
        if (route.isAudited() && status / 100 == 2 && route.service() == PlatformService.COMPRESSION) {
            String pattern = route.pattern().getPatternString();
            String principal = Principal.of(request).identity().headerValue();
            try {
                registry.audit(principal, request.getMethod() + " " + pattern, request.getRequestURI());
            } catch (ApiException e) {
                // The change is made, and its answer must say so; the log keeps what the registry could not.
                LOG.error("not in the audit log: {} {} {}", principal, request.getMethod(), request.getRequestURI(), e);
            }
        }
    }

    private record Head(HttpStatusCode status, HttpHeaders headers) implements Response {
        @Override
        public HttpStatusCode getStatusCode() {
            return status;
        }

        @Override
        public HttpHeaders getHeaders() {
            return headers;
        }
    }
}
