package io.bitstack.core.stack;

import java.net.URI;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Which blob store to use; services bind it from {@code bitstack.blobs}. Empty values count as absent.
 *
 * @param type {@code file} or {@code s3}
 * @param directory where the file store keeps its blobs
 * @param endpoint where the S3 server answers this process
 * @param publicEndpoint where the same server answers those who are given URLs; absent: {@code endpoint}
 * @param region absent: {@code us-east-1}, which servers other than AWS take
 */
public record BlobStoreSettings(
        @Nullable String type,
        @Nullable Path directory,
        @Nullable URI endpoint,
        @Nullable URI publicEndpoint,
        @Nullable String bucket,
        @Nullable String accessKey,
        @Nullable String secretKey,
        @Nullable String region) {

    public static BlobStoreSettings ofDirectory(Path directory) {
        return new BlobStoreSettings("file", directory, null, null, null, null, null, null);
    }

    /** Without the keys. */
    @Override
    public String toString() {
        return "BlobStoreSettings[type=%s, directory=%s, endpoint=%s, publicEndpoint=%s, bucket=%s, region=%s]"
                .formatted(type, directory, endpoint, publicEndpoint, bucket, region);
    }
}
