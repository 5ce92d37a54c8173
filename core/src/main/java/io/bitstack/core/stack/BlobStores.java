package io.bitstack.core.stack;

import java.io.IOException;
import java.net.URI;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Opens the blob store that the settings name. */
public final class BlobStores {
    private static final String DEFAULT_REGION = "us-east-1";

    private BlobStores() {}

    /**
     * Checks the settings; an S3 server is first asked when a blob is.
     *
     * @throws IllegalArgumentException if a setting is missing or not understood; the message names it
     */
    public static BlobStore open(BlobStoreSettings settings) throws IOException {
        String type = required(settings.type(), "type", "to file or s3");
        return switch (type) {
            case "file" ->
                new FileBlobStore(required(settings.directory(), "directory", "to the directory that keeps the blobs"));
            case "s3" -> {
                URI endpoint = endpoint(settings.endpoint(), "endpoint");
                yield new S3BlobStore(
                        endpoint,
                        outside(settings, endpoint),
                        required(settings.bucket(), "bucket", "to the bucket that keeps the blobs"),
                        required(settings.accessKey(), "access-key", "to the S3 server's access key"),
                        required(settings.secretKey(), "secret-key", "to the S3 server's secret key"),
                        Objects.requireNonNullElse(present(settings.region()), DEFAULT_REGION));
            }
            default ->
                throw new IllegalArgumentException("bitstack.blobs.type is '%s'; set it to file or s3".formatted(type));
        };
    }

    /**
     * Objects of a bucket that are not blobs.
     *
     * @param settings of the S3 server; their bucket does not matter
     * @throws IllegalArgumentException if a setting is missing or not understood; the message names it
     */
    public static S3Objects objects(BlobStoreSettings settings, String bucket) {
        URI endpoint = endpoint(settings.endpoint(), "endpoint");
        return S3BlobStore.objects(
                endpoint,
                outside(settings, endpoint),
                bucket,
                required(settings.accessKey(), "access-key", "to the S3 server's access key"),
                required(settings.secretKey(), "secret-key", "to the S3 server's secret key"),
                Objects.requireNonNullElse(present(settings.region()), DEFAULT_REGION));
    }

    private static URI outside(BlobStoreSettings settings, URI endpoint) {
        return present(settings.publicEndpoint()) == null
                ? endpoint
                : endpoint(settings.publicEndpoint(), "public-endpoint");
    }

    private static URI endpoint(@Nullable URI setting, String name) {
        URI endpoint = required(setting, name, "to the S3 server's URL");
        boolean http = "http".equals(endpoint.getScheme()) || "https".equals(endpoint.getScheme());
        boolean bare = endpoint.getRawPath() == null || endpoint.getRawPath().length() <= 1;
        if (!http
                || endpoint.getHost() == null
                || !bare
                || endpoint.getRawQuery() != null
                || endpoint.getUserInfo() != null) {
            throw new IllegalArgumentException(
                    "bitstack.blobs.%s is not http(s)://host[:port]; set it to the S3 server's URL without a path or keys"
                            .formatted(name));
        }
        return endpoint;
    }

    private static <T> T required(@Nullable T value, String name, String what) {
        T present = present(value);
        if (present == null) {
            throw new IllegalArgumentException("bitstack.blobs.%s is not set; set it %s".formatted(name, what));
        }
        return present;
    }

    private static <T> @Nullable T present(@Nullable T value) {
        return value == null || value.toString().isBlank() ? null : value;
    }
}
