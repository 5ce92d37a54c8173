package io.bitstack.gateway.node;

import io.bitstack.gateway.identity.Principal;
import io.bitstack.gateway.limit.RateLimits;
import io.bitstack.gateway.limit.RunningCompletions;
import io.bitstack.gateway.settings.GatewaySettings;
import io.bitstack.gateway.upstream.Bodies;
import io.bitstack.gateway.upstream.StreamedAnswer;
import io.bitstack.service.ApiException;
import io.bitstack.service.RequestIds;
import io.bitstack.service.WatchedConnections;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.springframework.context.annotation.Import;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;

/** Hands completion requests to a node that holds their model, and its answer back as it comes. */
@Component
@Import({WatchedConnections.class, RequestIds.class})
class Completions {
    private final NodeDirectory directory;
    private final ModelNames names;
    private final NodeCalls calls;
    private final NodeTraffic traffic;
    private final Conversations conversations;
    private final RateLimits limits;
    private final RunningCompletions running;
    private final Bodies bodies;
    private final JsonMapper json;
    private final GatewaySettings settings;

    Completions(
            NodeDirectory directory,
            ModelNames names,
            NodeCalls calls,
            NodeTraffic traffic,
            Conversations conversations,
            RateLimits limits,
            RunningCompletions running,
            Bodies bodies,
            JsonMapper json,
            GatewaySettings settings) {
        this.directory = directory;
        this.names = names;
        this.calls = calls;
        this.traffic = traffic;
        this.conversations = conversations;
        this.limits = limits;
        this.running = running;
        this.bodies = bodies;
        this.json = json;
        this.settings = settings;
    }

    /** @param response says what is left of the caller's limits, whether the request is answered or refused */
    void answer(HttpServletRequest request, HttpServletResponse response) throws IOException {
        ask(request, response).write(response);
    }

    private StreamedAnswer ask(HttpServletRequest request, HttpServletResponse response) {
        String owner = Principal.of(request).id();
        String address = RateLimits.address(request);
        limits.requireTokens(owner, address, response);
        Runnable leave = running.enter(owner, address, response);
        boolean isAnswered = false;
        try (Bodies.Body held = bodies.read(request, settings.maxInferenceBodyBytes())) {
            InferenceBody body = InferenceBody.read(held.bytes());
            WantedModel model = names.read(body.model());
            Wish wish = Wish.read(request, model, settings.routing());
            List<NodeView> nodes = choose(wish, conversations.node(owner, body));
            StreamedAnswer answer = calls.ask(nodes, request, body.withModel(model.name(), json), new NodeCalls.Told() {
                @Override
                public void begun(NodeView node) {
                    conversations.answered(owner, body, node.name());
                }

                @Override
                public void ended(long tokens) {
                    limits.usedTokens(owner, address, tokens);
                    leave.run();
                }
            });
            isAnswered = true;
            return answer;
        } finally {
            if (!isAnswered) {
                leave.run();
            }
        }
    }

    private List<NodeView> choose(Wish wish, Optional<String> known) {
        try {
            return order(directory.nodes(), wish, known);
        } catch (ApiException noNode) {
            // The last list may be older than the node's last word to the registry.
            return order(directory.nodesNow(), wish, known);
        }
    }

    private List<NodeView> order(List<NodeView> nodes, Wish wish, Optional<String> known) {
        return NodeChoice.order(nodes, wish, traffic, known, settings.routing().affinitySlackBpw());
    }
}
