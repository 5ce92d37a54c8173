package io.bitstack.gateway.channel;

import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * Bounds of the connections that nodes open to be asked over them.
 *
 * @param connectionsOfNode that one node may have open, which is how many requests it may have at a time
 * @param connections of all nodes together
 * @param pingInterval how often a connection without news is asked for a sign of life, which also keeps what lies between from forgetting it
 * @param silence after so long without any a connection is given up
 * @param maxAge an unused connection is closed when it is about so old: the node opens another, and shows its key again
 */
@Validated
@ConfigurationProperties("bitstack.gateway.channel")
public record ChannelSettings(
        @DefaultValue("128") @Min(1) @Max(10_000) int connectionsOfNode,
        @DefaultValue("5000") @Min(1) @Max(1_000_000) int connections,
        @DefaultValue("15s") Duration pingInterval,
        @DefaultValue("40s") Duration silence,
        @DefaultValue("5m") Duration maxAge) {
    public ChannelSettings {
        requirePositive("ping-interval", pingInterval);
        requirePositive("max-age", maxAge);
        if (silence.compareTo(pingInterval) <= 0) {
            throw new IllegalArgumentException(
                    "bitstack.gateway.channel.silence (%s) must be longer than ping-interval (%s)"
                            .formatted(silence, pingInterval));
        }
    }

    private static void requirePositive(String name, Duration value) {
        if (!value.isPositive()) {
            throw new IllegalArgumentException(
                    "bitstack.gateway.channel.%s must be positive, not %s".formatted(name, value));
        }
    }
}
