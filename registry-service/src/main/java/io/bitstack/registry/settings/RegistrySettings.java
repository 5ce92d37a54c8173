package io.bitstack.registry.settings;

import io.bitstack.core.stack.BlobStoreSettings;
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
     * Keys that are known from the start.
     *
     * @param bootstrapAdminKey without it an admin key is made at the first start and printed once
     * @param bootstrapNodeKey a key for any node; none if blank
     */
    public record Bootstrap(
            @DefaultValue("") String bootstrapAdminKey,
            @DefaultValue("") String bootstrapNodeKey) {}
}
