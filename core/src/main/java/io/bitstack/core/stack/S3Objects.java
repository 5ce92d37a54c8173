package io.bitstack.core.stack;

import io.minio.GetObjectArgs;
import io.minio.ListObjectsArgs;
import io.minio.MinioClient;
import io.minio.Result;
import io.minio.messages.Item;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;

/** Objects of a bucket that are not blobs: what is below a prefix, and their bytes from any place on. */
public final class S3Objects {
    /** @param etag without quotes; another content has another one */
    public record Entry(String key, long sizeBytes, String etag) {}

    private final MinioClient client;
    private final String bucket;
    private final S3Errors errors;

    S3Objects(MinioClient client, String bucket, S3Errors errors) {
        this.client = client;
        this.bucket = bucket;
        this.errors = errors;
    }

    /**
     * The objects whose keys begin with a prefix, by key.
     *
     * @throws IOException if the server cannot be asked, or there are more than {@code most}
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
                    entries.add(new Entry(
                            item.objectName(), item.size(), item.etag().replace("\"", "")));
                }
            }
            return true;
        });
        if (!all) {
            throw new IOException("there are more than %d objects below '%s'".formatted(most, prefix));
        }
        return entries;
    }

    /**
     * The bytes of an object from {@code offsetBytes}, which is less than its size, to its end.
     *
     * @throws IOException also if the object is not what it was when it was listed
     */
    public InputStream open(Entry entry, long offsetBytes) throws IOException {
        InputStream stream = errors.translating(
                "read object '" + entry.key() + "'",
                () -> client.getObject(GetObjectArgs.builder()
                        .bucket(bucket)
                        .object(entry.key())
                        .matchETag(entry.etag())
                        .offset(offsetBytes)
                        .build()));
        return new BoundedInputStream(stream, entry.sizeBytes() - offsetBytes);
    }
}
