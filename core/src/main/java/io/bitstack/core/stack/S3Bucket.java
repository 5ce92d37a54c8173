package io.bitstack.core.stack;

import io.minio.BucketExistsArgs;
import io.minio.MakeBucketArgs;
import io.minio.MinioClient;
import io.minio.errors.ErrorResponseException;
import java.io.IOException;

/** A bucket that is made at its first use if it is missing and the keys may make it. */
final class S3Bucket {
    private final MinioClient client;
    private final String name;
    private final String region;
    private final S3Errors errors;
    private volatile boolean seen;

    S3Bucket(MinioClient client, String name, String region, S3Errors errors) {
        this.client = client;
        this.name = name;
        this.region = region;
        this.errors = errors;
    }

    /** Two processes may do this at once: whoever comes second finds the bucket made. */
    void ensure() throws IOException {
        if (seen) {
            return;
        }
        errors.translating("look for or make the bucket", () -> {
            try {
                if (!client.bucketExists(BucketExistsArgs.builder().bucket(name).build())) {
                    client.makeBucket(
                            MakeBucketArgs.builder().bucket(name).region(region).build());
                }
            } catch (ErrorResponseException e) {
                // Keys that may use the objects alone may not ask for the bucket; the request itself will show whether
                // they may.
                if (!S3Errors.isBucketTaken(e) && !S3Errors.isForbidden(e)) {
                    throw e;
                }
            }
            return name;
        });
        seen = true;
    }
}
