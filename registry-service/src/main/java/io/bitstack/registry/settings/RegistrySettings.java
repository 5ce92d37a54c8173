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
    /**
     * Of the registry itself.
     *
     * @param bootstrapAdminKey without it an admin key is made at the first start and printed once
     * @param bootstrapNodeKey a key for any node; none if blank
     * @param bootstrapJoinToken a reusable join token that is known from the start; none if blank, and one of an earlier start is revoked
     * @param collectionGrace how long something stays that was deleted or that nothing names
     * @param webhookHosts hosts of private networks that webhooks may be sent to all the same
     */
    public record Bootstrap(
            @DefaultValue("") String bootstrapAdminKey,
            @DefaultValue("") String bootstrapNodeKey,
            @DefaultValue("") String bootstrapJoinToken,
            @DefaultValue("24h") Duration collectionGrace,
            @DefaultValue List<String> webhookHosts) {}
}
