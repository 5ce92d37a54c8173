package io.bitstack.gateway.node;

import io.bitstack.gateway.error.GatewayCode;
import io.bitstack.service.ApiException;
import java.util.Comparator;
import java.util.List;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/** Decides which nodes may answer a request, and in which order they are tried. */
final class NodeChoice {
    private NodeChoice() {}

    /**
     * The ready nodes that hold a model: best quality first, then the least busy.
     *
     * @param nodeName the only node that may answer; null for any
     * @param requestsUnderWay how many requests this gateway has at a node of this name; it knows that sooner than the
     *     node's report says it
     */
    static List<NodeView> order(
            List<NodeView> nodes,
            WantedModel model,
            @Nullable String nodeName,
            ToIntFunction<String> requestsUnderWay) {
        List<NodeView> named = nodes.stream()
                .filter(node -> nodeName == null || node.name().equals(nodeName))
                .toList();
        if (nodeName != null && named.isEmpty()) {
            throw new ApiException(
                    GatewayCode.NODE_NOT_FOUND, "there is no node '" + nodeName + "'; GET /api/v1/nodes lists them");
        }
        List<NodeView> holding = named.stream().filter(model::isHeldBy).toList();
        if (holding.isEmpty()) {
            throw new ApiException(
                    GatewayCode.MODEL_NOT_FOUND,
                    "model '%s' is not on %s; GET /v1/models lists what is served"
                            .formatted(model, nodeName == null ? "any node" : "node '" + nodeName + "'"));
        }
        List<NodeView> ready = holding.stream()
                .filter(NodeView::isReady)
                .sorted(Comparator.comparingDouble(NodeView::bpw)
                        .reversed()
                        .thenComparingInt(node -> Math.max(node.waiting(), requestsUnderWay.applyAsInt(node.name())))
                        .thenComparing(NodeView::name))
                .toList();
        if (ready.isEmpty()) {
            throw new ApiException(
                    GatewayCode.MODEL_NOT_READY,
                    "no node that holds model '" + model + "' is ready yet; try again in a moment");
        }
        return ready;
    }
}
