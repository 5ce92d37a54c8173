package io.bitstack.gateway.channel;

import io.bitstack.gateway.error.GatewayCode;
import io.bitstack.service.ApiException;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.websocket.CloseReason.CloseCodes;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/** The connections that nodes have opened to this gateway, by the nodes' names. */
@Component
public class Channels implements SmartLifecycle {
    private static final Logger LOG = LoggerFactory.getLogger(Channels.class);

    private final ChannelSettings settings;
    private final Map<String, NodeChannel> byNode = new ConcurrentHashMap<>();
    private final Counter opened;
    private final Counter lost;
    private volatile Set<String> members = Set.of();
    private volatile boolean isRunning;
    private volatile boolean isStopping;

    Channels(ChannelSettings settings, MeterRegistry meters) {
        this.settings = settings;
        this.opened = Counter.builder("bitstack.gateway.channel.opened")
                .description("connections that nodes opened to be asked over them")
                .register(meters);
        this.lost = Counter.builder("bitstack.gateway.channel.lost")
                .description("of these, those that were not closed by this gateway")
                .register(meters);
        Gauge.builder("bitstack.gateway.channel.connections", this, Channels::size)
                .description("connections that nodes have open to be asked over them")
                .register(meters);
        Gauge.builder("bitstack.gateway.channel.busy", this, Channels::busy)
                .description("of these, those with a request")
                .register(meters);
    }

    /** Whether a node can be asked over a connection of its own right now. */
    public boolean isOpen(String node) {
        NodeChannel channel = byNode.get(node);
        return channel != null && channel.size() > 0;
    }

    /** The nodes that belong to the platform: the connections of all others are closed, and they may open none. */
    public void keepOnly(Set<String> nodes) {
        members = Set.copyOf(nodes);
        byNode.forEach((node, channel) -> {
            if (!members.contains(node)) {
                channel.connections()
                        .forEach(connection ->
                                connection.close(CloseCodes.VIOLATED_POLICY, "the node was revoked or removed"));
                byNode.computeIfPresent(node, (_, same) -> same.size() == 0 ? null : same);
            }
        });
    }

    /** Throws when a node may not open a connection. */
    void requireRoom(String node) {
        if (isStopping) {
            throw new ApiException(GatewayCode.GATEWAY_BUSY, "the gateway is stopping; try again in a moment");
        }
        if (!members.contains(node)) {
            throw new ApiException(
                    GatewayCode.NODE_NOT_FOUND,
                    "there is no node '" + node + "' that may be asked; report first, and try again in a moment");
        }
        NodeChannel channel = byNode.get(node);
        if ((channel != null && channel.size() >= settings.connectionsOfNode()) || size() >= settings.connections()) {
            throw new ApiException(
                    GatewayCode.GATEWAY_BUSY,
                    "node '%s', or all nodes together, have as many connections open as they may".formatted(node));
        }
    }

    void add(NodeConnection connection) {
        String node = connection.node();
        int now = byNode.computeIfAbsent(node, _ -> new NodeChannel()).add(connection, settings.connectionsOfNode());
        if (now == 0 || isStopping || !members.contains(node)) {
            connection.close(CloseCodes.TRY_AGAIN_LATER, "there are too many, or the gateway is stopping");
            return;
        }
        opened.increment();
        if (now == 1) {
            LOG.info("node {} has opened its channel", node);
        }
    }

    /** A connection is not to be used any more. */
    boolean remove(NodeConnection connection, String why) {
        NodeChannel channel = byNode.get(connection.node());
        int left = channel == null ? -1 : channel.remove(connection);
        if (left == 0) {
            LOG.info("node {} has no connection open any more: {}", connection.node(), why);
        }
        return left >= 0;
    }

    /** A connection was closed by the node, or broke. */
    void gone(NodeConnection connection, String why) {
        if (remove(connection, why)) {
            lost.increment();
        }
    }

    void free(NodeConnection connection) {
        NodeChannel channel = byNode.get(connection.node());
        if (isStopping) {
            connection.close(CloseCodes.GOING_AWAY, "the gateway is stopping");
        } else if (channel != null) {
            channel.free(connection);
        }
    }

    /** A connection of a node that is free, or becomes so in time. */
    Optional<NodeConnection> take(String node, Duration patience) throws InterruptedException {
        NodeChannel channel = members.contains(node)
                ? byNode.computeIfAbsent(node, _ -> new NodeChannel())
                : byNode.getOrDefault(node, new NodeChannel());
        return channel.take(patience);
    }

    /** Gives up connections without a sign of life, asks the others for one, and has old ones opened anew. */
    void look() {
        byNode.values().forEach(channel -> {
            channel.connections().forEach(this::look);
            channel.retire(connection -> connection.age().compareTo(settings.maxAge()) > 0)
                    .ifPresent(old -> old.close(CloseCodes.GOING_AWAY, "the connection is old; open another"));
        });
    }

    private void look(NodeConnection connection) {
        if (connection.isSilentFor(settings.silence())) {
            lost.increment();
            connection.close(CloseCodes.GOING_AWAY, "no sign of life for " + settings.silence());
        } else {
            connection.pingAfter(settings.pingInterval());
        }
    }

    private int size() {
        return byNode.values().stream().mapToInt(NodeChannel::size).sum();
    }

    private int busy() {
        return byNode.values().stream().mapToInt(NodeChannel::busy).sum();
    }

    @Override
    public void start() {
        isRunning = true;
    }

    /** Before the web server waits for requests to end: those over channels end like the others, and nodes go to another gateway. */
    @Override
    public void stop() {
        isStopping = true;
        byNode.values().forEach(channel -> {
            for (Optional<NodeConnection> idle = channel.retire(_ -> true);
                    idle.isPresent();
                    idle = channel.retire(_ -> true)) {
                idle.get().close(CloseCodes.GOING_AWAY, "the gateway is stopping");
            }
        });
        isRunning = false;
    }

    @Override
    public boolean isRunning() {
        return isRunning;
    }
}
