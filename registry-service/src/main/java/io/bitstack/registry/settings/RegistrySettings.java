package io.bitstack.registry.settings;

import io.bitstack.core.stack.BlobStoreSettings;
import java.time.Duration;
import java.util.List;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Settings under {@code bitstack}.
 *
 * @param blobs where blobs are kept
 */
@ConfigurationProperties("bitstack")
public record RegistrySettings(@DefaultValue Bootstrap registry, BlobStoreSettings blobs) {
    /** A hundred years: what is kept for longer is kept for ever. */
    private static final Duration LONGEST = Duration.ofDays(36_500);

    /**
     * Of the registry itself.
     *
     * @param bootstrapAdminKey without it an admin key is made at the first start and printed once
     * @param bootstrapNodeKey a key for any node; none if blank
     * @param bootstrapJoinToken a reusable join token that is known from the start; none if blank, and one of an earlier start is revoked
     * @param collectionGrace how long something stays that was deleted or that nothing names
     * @param webhookHosts hosts of private networks that webhooks may be sent to all the same
     * @param retention how long is kept what only grows
     */
    public record Bootstrap(
            @DefaultValue("") String bootstrapAdminKey,
            @DefaultValue("") String bootstrapNodeKey,
            @DefaultValue("") String bootstrapJoinToken,
            @DefaultValue("24h") Duration collectionGrace,
            @DefaultValue List<String> webhookHosts,
            @DefaultValue Retention retention) {}

    /**
     * How long is kept what only grows; 0 means for ever.
     *
     * @param deliveries of webhooks, from when they arrived or were given up
     * @param events those that a kept delivery names stay with it
     * @param auditEvents for ever by default: who did what is nothing that a default should forget
     * @param scrubResults what scrubs and checks have found; of each node and stack only the last ones are kept anyway
     * @param interval how often the registry looks for what is over
     */
    public record Retention(
            @DefaultValue("30d") Duration deliveries,
            @DefaultValue("90d") Duration events,
            @DefaultValue("0") Duration auditEvents,
            @DefaultValue("90d") Duration scrubResults,
            @DefaultValue("5m") Duration interval) {
        public Retention {
            require("deliveries", deliveries);
            require("events", events);
            require("audit-events", auditEvents);
            require("scrub-results", scrubResults);
            if (interval.isZero() || interval.isNegative()) {
                throw new IllegalArgumentException(
                        "bitstack.registry.retention.interval is %s; it has to be longer than nothing"
                                .formatted(interval));
            }
        }

        private static void require(String name, Duration retention) {
            if (retention.isNegative() || retention.compareTo(LONGEST) > 0) {
                throw new IllegalArgumentException(
                        "bitstack.registry.retention.%s is %s; it has to be 0, for ever, or up to %d days"
                                .formatted(name, retention, LONGEST.toDays()));
            }
        }
    }
}
