package io.bitstack.gateway.node;

import io.bitstack.gateway.error.GatewayCode;
import io.bitstack.gateway.settings.GatewaySettings.Preference;
import io.bitstack.service.ApiException;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** Decides which nodes may answer a request, and in which order they are tried. */
final class NodeChoice {
    private NodeChoice() {}

    /** What this gateway has seen of nodes; it knows that sooner than their reports say it. */
    interface Seen {
        /** How many of its requests are at a node. */
        int underWay(String node);

        /** How long a node took to its first token of late; 0 when that is not known. */
        double firstTokenNanos(String node);
    }

    /**
     * The ready nodes that hold a model, the one to be asked first at the head: the one that holds the conversation's beginning if it is good enough, then by what
     * the request prefers.
     *
     * @param known the node that answered the conversation's beginning
     * @param slackBpw how much less than the best that node may hold
     */
    static List<NodeView> order(List<NodeView> nodes, Wish wish, Seen seen, Optional<String> known, double slackBpw) {
        List<NodeView> ready = ready(nodes, wish);
        double best = ready.stream().mapToDouble(NodeView::bpw).max().orElseThrow();
        Comparator<NodeView> knownFirst = Comparator.comparing(
                node -> !(known.filter(node.name()::equals).isPresent() && node.bpw() >= best - slackBpw));
        return ready.stream()
                .sorted(knownFirst.thenComparing(preferred(wish.prefer(), seen)).thenComparing(NodeView::name))
                .toList();
    }

    private static Comparator<NodeView> preferred(Preference prefer, Seen seen) {
        Comparator<NodeView> quality = Comparator.comparingDouble(NodeView::bpw).reversed();
        if (prefer == Preference.QUALITY) {
            return quality.thenComparingInt(node -> load(node, seen));
        }
        // Whoever has a queue will take that much longer; who was never asked is asked once, to know.
        return Comparator.<NodeView>comparingDouble(node -> seen.firstTokenNanos(node.name()) * (1 + load(node, seen)))
                .thenComparing(quality);
    }

    private static int load(NodeView node, Seen seen) {
        return Math.max(node.waiting(), seen.underWay(node.name()));
    }

    private static List<NodeView> ready(List<NodeView> nodes, Wish wish) {
        String nodeName = wish.nodeName();
        List<NodeView> named = nodes.stream()
                .filter(node -> nodeName == null || node.name().equals(nodeName))
                .toList();
        if (nodeName != null && named.isEmpty()) {
            throw new ApiException(
                    GatewayCode.NODE_NOT_FOUND, "there is no node '" + nodeName + "'; GET /api/v1/nodes lists them");
        }
        List<NodeView> holding = named.stream().filter(wish.model()::isHeldBy).toList();
        if (holding.isEmpty()) {
            throw new ApiException(
                    GatewayCode.MODEL_NOT_FOUND,
                    "model '%s' is not on %s; GET /v1/models lists what is served"
                            .formatted(wish.model(), nodeName == null ? "any node" : "node '" + nodeName + "'"));
        }
        List<NodeView> ready = holding.stream().filter(NodeView::isReady).toList();
        if (ready.isEmpty()) {
            // A late word is not yet a lost node: where there is no other it is worth a try, and says itself if it is
            // not ready.
            ready = holding.stream().filter(NodeView::isLate).toList();
        }
        if (ready.isEmpty()) {
            throw new ApiException(
                    GatewayCode.MODEL_NOT_READY,
                    "no node that holds model '" + wish.model() + "' is ready yet; try again in a moment");
        }
        List<NodeView> good =
                ready.stream().filter(node -> node.bpw() >= wish.minBpw()).toList();
        if (good.isEmpty()) {
            double best = ready.stream().mapToDouble(NodeView::bpw).max().orElse(0);
            throw new ApiException(
                    GatewayCode.QUALITY_NOT_AVAILABLE,
                    "no ready node holds %s bits per weight of model '%s'; the best one holds %s"
                            .formatted(wish.minBpw(), wish.model(), best));
        }
        return good;
    }
}
