package io.bitstack.compression.settings;

import io.bitstack.core.stack.BlobStoreSettings;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;

/**
 * Settings under {@code bitstack}.
 *
 * @param internalToken the secret that the services of one platform share
 * @param registryUrl where the registry answers
 * @param blobs where blobs are kept
 */
@ConfigurationProperties("bitstack")
public record CompressionSettings(
        @Nullable String internalToken,
        @Nullable URI registryUrl,
        @Nullable Sources compression,
        @Nullable BlobStoreSettings blobs) {

    /** @param allowedDirectories below these, and nowhere else, files may be read */
    public record Sources(@Nullable List<Path> allowedDirectories) {}

    /** The internal token. @throws IllegalStateException if none is set: the service does not run without one */
    public String requiredToken() {
        if (internalToken == null || internalToken.isBlank()) {
            throw new IllegalStateException(
                    "bitstack.internal-token is not set; set BITSTACK_INTERNAL_TOKEN to the secret that the services share");
        }
        return internalToken;
    }

    /** The registry's URL. @throws IllegalStateException if none is set */
    public URI requiredRegistryUrl() {
        if (registryUrl == null || registryUrl.toString().isBlank()) {
            throw new IllegalStateException("bitstack.registry-url is not set; set BITSTACK_REGISTRY_URL");
        }
        return registryUrl;
    }

    /** The blob store's settings. @throws IllegalStateException if there are none */
    public BlobStoreSettings requiredBlobs() {
        if (blobs == null) {
            throw new IllegalStateException("bitstack.blobs is not set; set BITSTACK_BLOBS_TYPE to file or s3");
        }
        return blobs;
    }

    public List<Path> allowedDirectories() {
        if (compression == null || compression.allowedDirectories() == null) {
            return List.of();
        }
        return List.copyOf(compression.allowedDirectories());
    }
}
