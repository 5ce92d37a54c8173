package io.bitstack.gateway.node;

import io.bitstack.gateway.error.GatewayCode;
import io.bitstack.gateway.settings.GatewaySettings.Preference;
import io.bitstack.service.ApiException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

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
        List<NodeView> good = good(nodes, wish);
        if (good.size() == 1) {
            return good;
        }
        double best = best(good);
        List<Candidate> candidates = new ArrayList<>(good.size());
        for (NodeView node : good) {
            boolean isKnown = known.isPresent() && known.get().equals(node.name()) && node.bpw() >= best - slackBpw;
            int load = Math.max(node.waiting(), seen.underWay(node.name()));
            candidates.add(new Candidate(node, isKnown, load, seen.firstTokenNanos(node.name()) * (1 + load)));
        }
        candidates.sort(wish.prefer() == Preference.QUALITY ? Candidate.BY_QUALITY : Candidate.BY_LATENCY);
        return candidates.stream().map(Candidate::node).toList();
    }

    /**
     * A node and what decides about it, which is read once: it changes while nodes are compared.
     *
     * @param isKnown whether it holds the conversation's beginning and is good enough
     * @param waitNanos how long its first token will take: who has a queue takes that much longer; who was never asked is asked once, to know
     */
    private record Candidate(NodeView node, boolean isKnown, int load, double waitNanos) {
        private static final Comparator<Candidate> KNOWN_FIRST = Comparator.comparing(candidate -> !candidate.isKnown);
        private static final Comparator<Candidate> BEST_FIRST =
                Comparator.comparingDouble(candidate -> -candidate.node.bpw());
        private static final Comparator<Candidate> BY_NAME = Comparator.comparing(candidate -> candidate.node.name());

        static final Comparator<Candidate> BY_QUALITY = KNOWN_FIRST
                .thenComparing(BEST_FIRST)
                .thenComparingInt(Candidate::load)
                .thenComparing(BY_NAME);
        static final Comparator<Candidate> BY_LATENCY = KNOWN_FIRST
                .thenComparingDouble(Candidate::waitNanos)
                .thenComparing(BEST_FIRST)
                .thenComparing(BY_NAME);
    }

    private static double best(List<NodeView> nodes) {
        double best = 0;
        for (NodeView node : nodes) {
            best = Math.max(best, node.bpw());
        }
        return best;
    }

    private static List<NodeView> good(List<NodeView> nodes, Wish wish) {
        List<NodeView> ready = ready(holding(nodes, wish), wish);
        List<NodeView> good = select(ready, node -> node.bpw() >= wish.minBpw());
        if (good.isEmpty()) {
            throw new ApiException(
                    GatewayCode.QUALITY_NOT_AVAILABLE,
                    "no ready node holds %s bits per weight of model '%s'; the best one holds %s"
                            .formatted(wish.minBpw(), wish.model(), best(ready)));
        }
        return good;
    }

    private static List<NodeView> holding(List<NodeView> nodes, Wish wish) {
        String nodeName = wish.nodeName();
        List<NodeView> named =
                nodeName == null ? nodes : select(nodes, node -> node.name().equals(nodeName));
        if (nodeName != null && named.isEmpty()) {
            throw new ApiException(
                    GatewayCode.NODE_NOT_FOUND, "there is no node '" + nodeName + "'; GET /api/v1/nodes lists them");
        }
        List<NodeView> holding = select(named, wish.model()::isHeldBy);
        if (holding.isEmpty()) {
            throw new ApiException(
                    GatewayCode.MODEL_NOT_FOUND,
                    "model '%s' is not on %s; GET /v1/models lists what is served"
                            .formatted(wish.model(), nodeName == null ? "any node" : "node '" + nodeName + "'"));
        }
        return holding;
    }

    private static List<NodeView> ready(List<NodeView> holding, Wish wish) {
        List<NodeView> ready = select(holding, NodeView::isReady);
        if (ready.isEmpty()) {
            // A late word is not yet a lost node: where there is no other it is worth a try, and says itself if it is
            // not ready.
            ready = select(holding, NodeView::isLate);
        }
        if (ready.isEmpty()) {
            throw new ApiException(
                    GatewayCode.MODEL_NOT_READY,
                    "no node that holds model '" + wish.model() + "' is ready yet; try again in a moment");
        }
        return ready;
    }

    private static List<NodeView> select(List<NodeView> nodes, Predicate<NodeView> which) {
        List<NodeView> selected = new ArrayList<>(nodes.size());
        for (NodeView node : nodes) {
            if (which.test(node)) {
                selected.add(node);
            }
        }
        return selected;
    }
}
