package io.bitstack.gateway.node;

import io.bitstack.gateway.error.GatewayCode;
import io.bitstack.gateway.settings.GatewaySettings;
import io.bitstack.gateway.upstream.Bodies;
import io.bitstack.gateway.upstream.ConnectFailedException;
import io.bitstack.gateway.upstream.StreamedAnswer;
import io.bitstack.gateway.upstream.Upstream;
import io.bitstack.service.ApiException;
import io.bitstack.service.ClientConnection;
import io.bitstack.service.WatchedConnections;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.springframework.cloud.gateway.server.mvc.config.GatewayMvcProperties;
import org.springframework.context.annotation.Import;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.MediaType;
import org.springframework.stereotype.Component;
import org.springframework.web.servlet.function.ServerRequest;
import org.springframework.web.servlet.function.ServerResponse;
import tools.jackson.databind.json.JsonMapper;

/** Hands completion requests to a node that holds their model, and its answer back as it comes. */
@Component
@Import(WatchedConnections.class)
public class Completions {
    /** Picks a node in a request, and names the node that answered in a response. */
    public static final String NODE_HEADER = "BitStack-Node";

    private static final int SERVICE_UNAVAILABLE = 503;

    private final NodeDirectory directory;
    private final ModelNames names;
    private final Upstream upstream;
    private final Bodies bodies;
    private final JsonMapper json;
    private final GatewaySettings settings;
    private final List<MediaType> streamed;
    private final Map<String, Integer> underWay = new ConcurrentHashMap<>();

    Completions(
            NodeDirectory directory,
            ModelNames names,
            Upstream upstream,
            Bodies bodies,
            JsonMapper json,
            GatewaySettings settings,
            GatewayMvcProperties properties) {
        this.directory = directory;
        this.names = names;
        this.upstream = upstream;
        this.bodies = bodies;
        this.json = json;
        this.settings = settings;
        this.streamed = properties.getStreamingMediaTypes();
    }

    public ServerResponse handle(ServerRequest request) {
        HttpServletRequest servlet = request.servletRequest();
        try (Bodies.Body held = bodies.read(servlet, settings.maxInferenceBodyBytes())) {
            InferenceBody body = InferenceBody.read(held.bytes(), json);
            WantedModel model = names.read(body.model());
            return ask(
                    choose(model, servlet.getHeader(NODE_HEADER)),
                    request.method(),
                    servlet,
                    body.withModel(model.name(), json));
        }
    }

    private List<NodeView> choose(WantedModel model, @Nullable String nodeName) {
        try {
            return order(directory.nodes(), model, nodeName);
        } catch (ApiException noNode) {
            // The last list may be older than the node's last word to the registry.
            return order(directory.nodesNow(), model, nodeName);
        }
    }

    private List<NodeView> order(List<NodeView> nodes, WantedModel model, @Nullable String nodeName) {
        return NodeChoice.order(nodes, model, nodeName, name -> underWay.getOrDefault(name, 0));
    }

    private ServerResponse ask(List<NodeView> nodes, HttpMethod method, HttpServletRequest request, byte[] body) {
        Iterator<NodeView> left = nodes.iterator();
        while (true) {
            NodeView node = left.next();
            begin(node);
            boolean answered = false;
            try {
                HttpResponse<InputStream> answer = upstream.sendFor(
                        ClientConnection.current(),
                        method,
                        target(node, request),
                        headers(node, request),
                        body,
                        settings.nodeTimeout());
                if (answer.statusCode() == SERVICE_UNAVAILABLE && left.hasNext()) {
                    // The node says that it did not take the request, so another one may.
                    answer.body().close();
                    continue;
                }
                answered = true;
                StreamedAnswer response = new StreamedAnswer(answer, streamed, () -> end(node));
                response.headers().set(NODE_HEADER, node.name());
                return response;
            } catch (ConnectFailedException e) {
                if (!left.hasNext()) {
                    throw new ApiException(
                            GatewayCode.NODE_UNREACHABLE,
                            "no connection to node '" + node.name() + "' or any other that is ready; try again",
                            e);
                }
            } catch (IOException e) {
                throw new UncheckedIOException("an answer of node '" + node.name() + "' could not be closed", e);
            } finally {
                if (!answered) {
                    end(node);
                }
            }
        }
    }

    private void begin(NodeView node) {
        underWay.merge(node.name(), 1, Integer::sum);
    }

    private void end(NodeView node) {
        underWay.computeIfPresent(node.name(), (name, count) -> count == 1 ? null : count - 1);
    }

    private static URI target(NodeView node, HttpServletRequest request) {
        return node.url().resolve(request.getRequestURI());
    }

    private static HttpHeaders headers(NodeView node, HttpServletRequest request) {
        HttpHeaders headers = new HttpHeaders();
        headers.setBearerAuth(node.accessToken());
        headers.setContentType(MediaType.APPLICATION_JSON);
        String accept = request.getHeader(HttpHeaders.ACCEPT);
        if (accept != null) {
            headers.set(HttpHeaders.ACCEPT, accept);
        }
        return headers;
    }
}
