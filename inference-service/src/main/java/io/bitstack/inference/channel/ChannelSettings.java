package io.bitstack.inference.channel;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How a node that dials out is asked.
 *
 * @param urls the gateways to be asked by, each at an address of its own; none for the one that the node reports to
 * @param spareConnections that are open to each gateway without a request, for the next ones
 * @param maxConnections to each gateway, which is how many requests it may have at the node at a time
 * @param silence after so long without a sign of the gateway a connection is given up; longer than the gateway's ping interval
 * @param longestPause between two tries to open a connection
 */
@ConfigurationProperties("bitstack.node.channel")
public record ChannelSettings(
        @DefaultValue List<URI> urls,
        @DefaultValue("4") int spareConnections,
        @DefaultValue("96") int maxConnections,
        @DefaultValue("40s") Duration silence,
        @DefaultValue("5s") Duration longestPause) {
    private static final int MOST_GATEWAYS = 16;
    private static final int MOST_CONNECTIONS = 1024;

    public ChannelSettings {
        require(urls.size() <= MOST_GATEWAYS, "urls", "at most " + MOST_GATEWAYS, urls.size());
        for (URI url : urls) {
            boolean isHttp = "http".equals(url.getScheme()) || "https".equals(url.getScheme());
            require(isHttp && url.getHost() != null, "urls", "http or https URLs", url);
        }
        require(
                spareConnections >= 1 && spareConnections <= maxConnections,
                "spare-connections",
                "1 to max-connections",
                spareConnections);
        require(maxConnections <= MOST_CONNECTIONS, "max-connections", "at most " + MOST_CONNECTIONS, maxConnections);
        require(silence.isPositive(), "silence", "positive", silence);
        require(longestPause.isPositive(), "longest-pause", "positive", longestPause);
        urls = List.copyOf(urls);
    }

    private static void require(boolean good, String name, String wanted, Object found) {
        if (!good) {
            throw new IllegalArgumentException(
                    "bitstack.node.channel.%s must be %s, not %s".formatted(name, wanted, found));
        }
    }
}
