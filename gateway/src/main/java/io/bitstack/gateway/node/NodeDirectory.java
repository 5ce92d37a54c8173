package io.bitstack.gateway.node;

import io.bitstack.gateway.error.GatewayCode;
import io.bitstack.gateway.settings.GatewaySettings;
import io.bitstack.service.ApiException;
import jakarta.annotation.PostConstruct;
import jakarta.annotation.PreDestroy;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * The list of nodes, fetched from the registry again and again by one thread; requests read the last one, and only one
 * that finds no node in it waits for a newer.
 */
@Component
class NodeDirectory {
    private static final Logger LOG = LoggerFactory.getLogger(NodeDirectory.class);

    private final NodeList list;
    private final NodeTraffic traffic;
    private final NodeLines lines;
    private final Duration refresh;
    private final Duration keep;
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("node-directory").factory());
    private final Object fetching = new Object();
    private volatile @Nullable Fetched last;
    private @Nullable Future<?> task;
    private boolean failing;

    NodeDirectory(NodeList list, NodeTraffic traffic, NodeLines lines, GatewaySettings settings) {
        this.list = list;
        this.traffic = traffic;
        this.lines = lines;
        this.refresh = settings.nodeRefresh();
        this.keep = settings.keepNodes();
    }

    @PostConstruct
    void start() {
        task = thread.scheduleWithFixedDelay(this::fetch, 0, refresh.toMillis(), TimeUnit.MILLISECONDS);
    }

    @PreDestroy
    void stop() {
        if (task != null) {
            task.cancel(true);
        }
        thread.shutdownNow();
    }

    /** All nodes in the order of the registry; throws when the list is too old to be of use. */
    List<NodeView> nodes() {
        Fetched list = last;
        if (list == null || isTooOld(list)) {
            throw new ApiException(
                    GatewayCode.REGISTRY_UNREACHABLE,
                    "the registry does not say which nodes there are; try again in a moment");
        }
        return list.nodes();
    }

    /** Whether the list of nodes is young enough to go by. */
    boolean isKnown() {
        Fetched list = last;
        return list != null && !isTooOld(list);
    }

    private boolean isTooOld(Fetched list) {
        return System.nanoTime() - list.atNanos() > keep.toNanos();
    }

    /**
     * All nodes as the registry lists them now, for a request that the last list cannot serve: a node that has just become
     * ready must not look absent until the next round. There is one fetch at a time, and its list serves all who waited.
     */
    List<NodeView> nodesNow() {
        long askedNanos = System.nanoTime();
        synchronized (fetching) {
            Fetched list = last;
            if (list == null || list.atNanos() - askedNanos < 0) {
                fetch();
            }
        }
        return nodes();
    }

    private void fetch() {
        synchronized (fetching) {
            fetchAlone();
        }
    }

    private void fetchAlone() {
        long beginNanos = System.nanoTime();
        try {
            List<NodeView> nodes = list.fetch();
            last = new Fetched(nodes, beginNanos);
            lines.keepOnly(nodes);
            drainLost(nodes);
            if (failing) {
                LOG.info("the registry lists nodes again: {}", nodes.size());
            }
            failing = false;
        } catch (RuntimeException e) {
            // The next round tries again; until then the last list serves.
            if (!failing) {
                LOG.warn("the list of nodes cannot be fetched, keeping the last one for {}: {}", keep, e.getMessage());
            }
            failing = true;
        }
    }

    /** What is under way at a node that sends no word any more would wait for a machine that may not be there. */
    private void drainLost(List<NodeView> nodes) {
        Set<String> alive = nodes.stream()
                .filter(node -> !node.isLost())
                .map(NodeView::name)
                .collect(Collectors.toSet());
        traffic.busy().stream().filter(name -> !alive.contains(name)).forEach(traffic::lost);
    }

    /** @param atNanos when the fetch began: what happened later may not be in it */
    private record Fetched(List<NodeView> nodes, long atNanos) {}
}
