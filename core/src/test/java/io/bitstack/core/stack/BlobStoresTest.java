package io.bitstack.core.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BlobStoresTest {
    @Test
    void aDirectoryOpensAsFileStore(@TempDir Path directory) throws IOException {
        BlobStore store = BlobStores.open(BlobStoreSettings.ofDirectory(directory.resolve("new")));
        assertThat(store).isInstanceOf(FileBlobStore.class);
        assertThat(directory.resolve("new")).isDirectory();
    }

    @Test
    void whatIsMissingOrNotUnderstoodIsNamed() {
        refused("bitstack.blobs.type is 'ftp'", "ftp", "http://s3", "bucket");
        refused("bitstack.blobs.directory is not set", "file", null, null);
        refused("bitstack.blobs.endpoint is not set", "s3", "", "bucket");
        refused("bitstack.blobs.bucket is not set", "s3", "http://s3:9000", " ");
        refused("bitstack.blobs.endpoint is not http(s)", "s3", "ftp://s3", "bucket");
        refused("bitstack.blobs.endpoint is not http(s)", "s3", "http://s3/path", "bucket");
        refused("bitstack.blobs.endpoint is not http(s)", "s3", "http://key:word@s3", "bucket");
    }

    @Test
    void settingsDoNotTellTheKeys() {
        assertThat(settings("s3", "http://s3", "bucket").toString()).doesNotContain("topsecret", "accesskey");
    }

    private static void refused(String message, String type, @Nullable String endpoint, @Nullable String bucket) {
        assertThatThrownBy(() -> BlobStores.open(settings(type, endpoint, bucket)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message)
                .hasMessageNotContaining("topsecret");
    }

    private static BlobStoreSettings settings(String type, @Nullable String endpoint, @Nullable String bucket) {
        return new BlobStoreSettings(
                type,
                null,
                endpoint == null ? null : URI.create(endpoint),
                null,
                bucket,
                "accesskey",
                "topsecret",
                null);
    }
}
