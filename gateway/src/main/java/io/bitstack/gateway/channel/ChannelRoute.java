package io.bitstack.gateway.channel;

import io.bitstack.gateway.error.GatewayCode;
import io.bitstack.gateway.identity.Principal;
import io.bitstack.service.ApiException;
import io.bitstack.service.CommonCode;
import io.bitstack.service.channel.ChannelProtocol;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Arrays;
import java.util.Collections;
import org.springframework.http.HttpHeaders;
import org.springframework.stereotype.Component;
import org.springframework.web.servlet.function.ServerRequest;
import org.springframework.web.servlet.function.ServerResponse;
import tools.jackson.databind.json.JsonMapper;

/** Where nodes open the connections over which they are asked. */
@Component
public class ChannelRoute {
    private static final String VERSION = "13";

    private final Channels channels;
    private final JsonMapper json;

    ChannelRoute(Channels channels, JsonMapper json) {
        this.channels = channels;
        this.json = json;
    }

    /** Answers {@code GET /api/v1/nodes/{name}/channel}; that the key is the node's own was checked before. */
    public ServerResponse open(ServerRequest request) {
        HttpServletRequest servlet = request.servletRequest();
        String node = request.pathVariable("name");
        if (Principal.of(servlet).session() != null) {
            throw new ApiException(CommonCode.FORBIDDEN, "a node opens its channel with its key, not with a session");
        }
        requireWebSocket(servlet);
        channels.requireRoom(node);
        return new ChannelOpening(new ChannelEndpoint(node, json, channels), ChannelProtocol.path(node));
    }

    private static void requireWebSocket(HttpServletRequest request) {
        boolean isWebSocket = "websocket".equalsIgnoreCase(request.getHeader(HttpHeaders.UPGRADE))
                && VERSION.equals(request.getHeader("Sec-WebSocket-Version"))
                && request.getHeader("Sec-WebSocket-Key") != null;
        boolean speaksOurs = Collections.list(request.getHeaders("Sec-WebSocket-Protocol")).stream()
                .flatMap(header -> Arrays.stream(header.split(",")))
                .anyMatch(name -> name.strip().equals(ChannelProtocol.NAME));
        if (!isWebSocket || !speaksOurs) {
            throw new ApiException(
                    GatewayCode.WEBSOCKET_REQUIRED,
                    "open this route as a WebSocket of the protocol '%s'; a proxy in between has to hand 'Upgrade' on"
                            .formatted(ChannelProtocol.NAME));
        }
    }
}
