package io.bitstack.gateway.node;

import io.bitstack.gateway.upstream.Wait;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** What this gateway has at each node: requests under way, and how quick the node was of late. Requests at a node that is lost are ended at once. */
@Component
class NodeTraffic implements NodeChoice.Seen {
    private static final Logger LOG = LoggerFactory.getLogger(NodeTraffic.class);
    /** How much the latest first token counts. */
    private static final double NEWEST = 0.2;

    private static final int MOST_NODES = 10_000;

    private final Map<String, Set<Wait>> underWay = new ConcurrentHashMap<>();
    private final Map<String, Double> firstTokenNanos = new ConcurrentHashMap<>();

    @Override
    public int underWay(String node) {
        Set<Wait> waits = underWay.get(node);
        return waits == null ? 0 : waits.size();
    }

    @Override
    public double firstTokenNanos(String node) {
        return firstTokenNanos.getOrDefault(node, 0.0);
    }

    void begin(String node, Wait wait) {
        underWay.compute(node, (_, waits) -> {
            Set<Wait> known = waits == null ? ConcurrentHashMap.newKeySet() : waits;
            known.add(wait);
            return known;
        });
    }

    void end(String node, Wait wait) {
        underWay.computeIfPresent(node, (_, waits) -> {
            waits.remove(wait);
            return waits.isEmpty() ? null : waits;
        });
    }

    void sawFirstToken(String node, long nanos) {
        if (firstTokenNanos.size() < MOST_NODES || firstTokenNanos.containsKey(node)) {
            firstTokenNanos.merge(node, (double) nanos, (before, now) -> before + NEWEST * (now - before));
        }
    }

    /** A node is lost: whoever waits for it asks another, and whoever reads from it hears that it broke off. */
    void lost(String node) {
        Set<Wait> waits = underWay.getOrDefault(node, Set.of());
        if (!waits.isEmpty()) {
            LOG.warn("node {} is lost with {} requests under way", node, waits.size());
            waits.forEach(Wait::end);
        }
        firstTokenNanos.remove(node);
    }

    /** The nodes at which something is under way. */
    Set<String> busy() {
        return Set.copyOf(underWay.keySet());
    }
}
