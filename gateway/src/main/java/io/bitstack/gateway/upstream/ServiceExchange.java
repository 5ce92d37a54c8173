package io.bitstack.gateway.upstream;

import io.bitstack.gateway.settings.GatewaySettings;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpResponse;
import java.util.Objects;
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
    private final Upstream upstream;
    private final Bodies bodies;
    private final GatewaySettings settings;
    private final GatewayMvcProperties properties;

    ServiceExchange(Upstream upstream, Bodies bodies, GatewaySettings settings, GatewayMvcProperties properties) {
        this.upstream = upstream;
        this.bodies = bodies;
        this.settings = settings;
        this.properties = properties;
    }

    @Override
    public ServerResponse exchange(Request request) {
        URI uri = Objects.requireNonNull(request.getUri(), "a route has set the service's address");
        HttpResponse<InputStream> answer;
        try (Bodies.Body body = bodies.read(request.getServerRequest().servletRequest(), settings.maxApiBodyBytes())) {
            answer = upstream.send(
                    request.getMethod(), uri, request.getHeaders(), body.bytes(), settings.serviceTimeout());
        }
        StreamedAnswer response = new StreamedAnswer(answer, properties.getStreamingMediaTypes(), () -> {});
        Head head = new Head(response.statusCode(), HttpHeaders.copyOf(response.headers()));
        request.getResponseConsumers().forEach(consumer -> consumer.accept(head, response));
        return response;
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
