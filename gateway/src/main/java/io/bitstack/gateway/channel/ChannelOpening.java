package io.bitstack.gateway.channel;

import io.bitstack.gateway.upstream.CookielessAnswer;
import io.bitstack.service.channel.ChannelProtocol;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.websocket.DeploymentException;
import jakarta.websocket.server.ServerContainer;
import jakarta.websocket.server.ServerEndpointConfig;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;
import org.springframework.web.servlet.ModelAndView;

/** Turns a request's connection into a WebSocket in the place of an answer. */
final class ChannelOpening extends CookielessAnswer {
    private final ChannelEndpoint endpoint;
    private final String path;
    private final HttpHeaders headers = new HttpHeaders();

    ChannelOpening(ChannelEndpoint endpoint, String path) {
        this.endpoint = endpoint;
        this.path = path;
    }

    @Override
    public HttpStatusCode statusCode() {
        return HttpStatus.SWITCHING_PROTOCOLS;
    }

    @Override
    public HttpHeaders headers() {
        return headers;
    }

    @Override
    public @Nullable ModelAndView writeTo(HttpServletRequest request, HttpServletResponse response, Context context)
            throws ServletException, IOException {
        if (!(request.getServletContext().getAttribute(ServerContainer.class.getName())
                instanceof ServerContainer container)) {
            throw new IllegalStateException("the web server has no WebSockets");
        }
        ServerEndpointConfig config = ServerEndpointConfig.Builder.create(ChannelEndpoint.class, path)
                .subprotocols(List.of(ChannelProtocol.NAME))
                .configurator(new OneEndpoint(endpoint))
                .build();
        try {
            container.upgradeHttpToWebSocket(request, response, config, Map.of());
        } catch (DeploymentException e) {
            throw new ServletException(e);
        }
        return null;
    }

    private static final class OneEndpoint extends ServerEndpointConfig.Configurator {
        private final ChannelEndpoint endpoint;

        OneEndpoint(ChannelEndpoint endpoint) {
            this.endpoint = endpoint;
        }

        @Override
        public <T> T getEndpointInstance(Class<T> type) {
            return type.cast(endpoint);
        }
    }
}
