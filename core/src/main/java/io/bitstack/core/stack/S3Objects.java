package io.bitstack.core.stack;

import io.minio.GetObjectArgs;
import io.minio.GetPresignedObjectUrlArgs;
import io.minio.Http;
import io.minio.ListObjectsArgs;
import io.minio.MinioClient;
import io.minio.PutObjectArgs;
import io.minio.RemoveObjectArgs;
import io.minio.Result;
import io.minio.StatObjectArgs;
import io.minio.errors.ErrorResponseException;
import io.minio.messages.Item;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Objects of a bucket that are not blobs: what is below a prefix, their bytes from any place on, and objects of one's own. Keys are made by
 * the caller, never of a text that came from outside unchecked.
 */
public final class S3Objects {
    /** @param etag without quotes; another content has another one */
    public record Entry(String key, long sizeBytes, String etag) {}

    private static final long PART_BYTES = 16L << 20;

    private final MinioClient client;
    private final MinioClient signer;
    private final String bucket;
    private final S3Bucket itself;
    private final S3Errors errors;

    S3Objects(MinioClient client, MinioClient signer, String bucket, S3Bucket itself, S3Errors errors) {
        this.client = client;
        this.signer = signer;
        this.bucket = bucket;
        this.itself = itself;
        this.errors = errors;
    }

    /** Stores an object, whole or not at all. */
    public void put(String key, byte[] content) throws IOException {
        itself.ensure();
        errors.translating(
                "store object '" + key + "'",
                () -> client.putObject(PutObjectArgs.builder().bucket(bucket).object(key).stream(
                                new ByteArrayInputStream(content), (long) content.length, PART_BYTES)
                        .build()));
    }

    /** An object's length, or empty if there is none. */
    public OptionalLong sizeBytes(String key) throws IOException {
        return errors.translating("look for object '" + key + "'", () -> {
            try {
                return OptionalLong.of(client.statObject(StatObjectArgs.builder()
                                .bucket(bucket)
                                .object(key)
                                .build())
                        .size());
            } catch (ErrorResponseException e) {
                if (S3Errors.isMissingObject(e)) {
                    return OptionalLong.empty();
                }
                throw e;
            }
        });
    }

    /** A URL on the public endpoint to which an object can be sent without keys; made without asking the server. */
    public URI urlToPut(String key, Duration validity) throws IOException {
        itself.ensure();
        return URI.create(errors.translating(
                "sign a URL of object '" + key + "'",
                () -> signer.getPresignedObjectUrl(GetPresignedObjectUrlArgs.builder()
                        .method(Http.Method.PUT)
                        .bucket(bucket)
                        .object(key)
                        .expiry((int) validity.toSeconds(), TimeUnit.SECONDS)
                        .build())));
    }

    /** A range of an object, of whichever content it has now; not empty. */
    public InputStream open(String key, long offsetBytes, long lengthBytes) throws IOException {
        return open(key, null, offsetBytes, lengthBytes);
    }

    /** Deletes all objects whose keys begin with a prefix. */
    public void deleteBelow(String prefix) throws IOException {
        itself.ensure();
        errors.translating("delete what is below '" + prefix + "'", () -> {
            for (Result<Item> result : client.listObjects(ListObjectsArgs.builder()
                    .bucket(bucket)
                    .prefix(prefix)
                    .recursive(true)
                    .build())) {
                client.removeObject(RemoveObjectArgs.builder()
                        .bucket(bucket)
                        .object(result.get().objectName())
                        .build());
            }
            return prefix;
        });
    }

    /**
     * The objects whose keys begin with a prefix, by key.
     *
     * @throws IOException if the server cannot be asked, there are more than {@code most}, or one has no etag
     */
    public List<Entry> list(String prefix, int most) throws IOException {
        List<Entry> entries = new ArrayList<>();
        boolean all = errors.translating("list what is below '" + prefix + "'", () -> {
            for (Result<Item> result : client.listObjects(ListObjectsArgs.builder()
                    .bucket(bucket)
                    .prefix(prefix)
                    .recursive(true)
                    .build())) {
                Item item = result.get();
                if (entries.size() == most) {
                    return false;
                }
                if (!item.isDir()) {
                    String etag = Objects.requireNonNullElse(item.etag(), "");
                    entries.add(new Entry(item.objectName(), item.size(), etag.replace("\"", "")));
                }
            }
            return true;
        });
        if (!all) {
            throw new IOException("there are more than %d objects below '%s'".formatted(most, prefix));
        }
        for (Entry entry : entries) {
            if (entry.etag().isEmpty()) {
                throw new IOException(
                        "the server gives no etag of object '%s', without which a change of it is not seen; store it through S3"
                                .formatted(entry.key()));
            }
        }
        return entries;
    }

    /**
     * A range of an object; not empty.
     *
     * @throws IOException also if the object is not what it was when it was listed
     */
    public InputStream open(Entry entry, long offsetBytes, long lengthBytes) throws IOException {
        return open(entry.key(), entry.etag(), offsetBytes, lengthBytes);
    }

    private InputStream open(String key, @Nullable String etag, long offsetBytes, long lengthBytes) throws IOException {
        InputStream stream = errors.translating(
                "read object '" + key + "'",
                () -> client.getObject(GetObjectArgs.builder()
                        .bucket(bucket)
                        .object(key)
                        .matchETag(etag)
                        .offset(offsetBytes)
                        .length(lengthBytes)
                        .build()));
        return new BoundedInputStream(stream, lengthBytes);
    }
}
