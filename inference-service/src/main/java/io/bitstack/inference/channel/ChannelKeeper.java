package io.bitstack.inference.channel;

import io.bitstack.inference.identity.NodeIdentity;
import io.bitstack.inference.node.ReportTaken;
import io.bitstack.inference.settings.NodeSettings;
import io.bitstack.inference.settings.NodeSettings.Reachable;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.annotation.PreDestroy;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.event.EventListener;
import org.springframework.core.env.Environment;
import org.springframework.stereotype.Component;

/** Of a node that dials out: opens connections to its gateways when they know it, and closes them when it goes. */
@Component
class ChannelKeeper implements SmartLifecycle {
    /** What the last pieces of answers may take that the node has computed already. */
    private static final Duration LAST_PIECES = Duration.ofSeconds(5);

    private final HttpClient http;
    private final List<GatewayChannel> channels;
    private boolean isStarted;

    ChannelKeeper(
            NodeSettings node,
            ChannelSettings settings,
            NodeIdentity identity,
            OwnPort port,
            Environment environment,
            MeterRegistry meters) {
        http = port.client()
                .executor(Executors.newVirtualThreadPerTaskExecutor())
                .build();
        channels = node.reachable() == Reachable.DIAL_OUT
                ? channels(node, settings, identity, port, environment)
                : List.of();
        Gauge.builder(
                        "bitstack.inference.channel.connections",
                        channels,
                        all -> all.stream()
                                .mapToInt(GatewayChannel::connections)
                                .sum())
                .description("connections that are open to gateways to be asked over them")
                .register(meters);
        Gauge.builder(
                        "bitstack.inference.channel.requests",
                        channels,
                        all -> all.stream().mapToInt(GatewayChannel::requests).sum())
                .description("requests that came over them and are worked on")
                .register(meters);
    }

    private List<GatewayChannel> channels(
            NodeSettings node, ChannelSettings settings, NodeIdentity identity, OwnPort port, Environment environment) {
        if (Stream.of("server.ssl.bundle", "server.ssl.key-store", "server.ssl.certificate")
                .anyMatch(environment::containsProperty)) {
            throw new IllegalArgumentException(
                    "bitstack.node.reachable is dial-out, so that nobody but the node itself asks its port: take"
                            + " server.ssl.* out");
        }
        List<String> gateways = settings.urls().isEmpty()
                ? List.of(node.gateway())
                : settings.urls().stream()
                        .map(URI::toString)
                        .map(ChannelKeeper::withoutSlash)
                        .toList();
        return gateways.stream()
                .map(gateway ->
                        new GatewayChannel(new GatewayDialer(gateway, node.name(), identity, http, port), settings))
                .toList();
    }

    private static String withoutSlash(String url) {
        return url.endsWith("/") ? url.substring(0, url.length() - 1) : url;
    }

    /** Before its first report no gateway knows the node, and none would let it in. */
    @EventListener
    void heard(ReportTaken report) {
        synchronized (this) {
            if (isStarted) {
                return;
            }
            isStarted = true;
        }
        channels.forEach(GatewayChannel::start);
    }

    @Override
    public void start() {
        // The first report does that.
    }

    /** Before the web server waits for requests to end, those among them that came over channels. */
    @Override
    public void stop() {
        channels.forEach(GatewayChannel::stop);
    }

    @Override
    public boolean isRunning() {
        return true;
    }

    @PreDestroy
    void end() {
        channels.forEach(channel -> channel.awaitEnd(LAST_PIECES));
        http.shutdownNow();
    }
}
