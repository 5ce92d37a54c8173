package io.bitstack.compression.fetch;

import io.bitstack.core.stack.BlobStoreSettings;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Settings under {@code bitstack.compression.fetch}.
 *
 * @param workDirectory where fetched models are kept while their job is unfinished; absent: below the system's temporary directory
 * @param hubUrl the Hugging Face-compatible hub; none: no model is fetched from one
 * @param hubToken what the hub wants to see for private models; sent to the hub's own host alone
 * @param allowedHosts hosts beside the hub's that may be asked although their addresses are not public
 * @param s3 the S3 server that has models; absent: none is fetched from S3
 * @param s3Prefixes what clients may name, each {@code bucket} or {@code bucket/prefix}; none allows nothing
 * @param maxModelBytes the largest model that is fetched or read from S3
 * @param cacheBytes what is kept on the disk of a model that is read from S3, for each job; fewer where the disk has no room
 * @param readTimeout how long a server may send nothing
 * @param tries how often one file is tried, each time from where the last try ended
 * @param tryRest the rest before a file is tried again
 */
@ConfigurationProperties("bitstack.compression.fetch")
record FetchSettings(
        @Nullable Path workDirectory,
        @Nullable URI hubUrl,
        @Nullable String hubToken,
        @DefaultValue List<String> allowedHosts,
        @Nullable BlobStoreSettings s3,
        @DefaultValue List<String> s3Prefixes,
        @DefaultValue("549755813888") long maxModelBytes,
        @DefaultValue("34359738368") long cacheBytes,
        @DefaultValue("30s") Duration readTimeout,
        @DefaultValue("5") int tries,
        @DefaultValue("2s") Duration tryRest) {
    /** What is asked of S3 at a time. */
    static final int BLOCK_BYTES = 8 << 20;

    /** Blocks that several threads read at the same time have to be there together. */
    private static final long LEAST_CACHE_BYTES = 32L * BLOCK_BYTES;

    FetchSettings {
        if (cacheBytes < LEAST_CACHE_BYTES) {
            throw new IllegalArgumentException("bitstack.compression.fetch.cache-bytes must be at least %d, not %d"
                    .formatted(LEAST_CACHE_BYTES, cacheBytes));
        }
    }

    /** Without the token. */
    @Override
    public String toString() {
        return "FetchSettings[workDirectory=%s, hubUrl=%s]".formatted(workDirectory, hubUrl);
    }
}
