package io.bitstack.inference.pull;

import static org.assertj.core.api.Assertions.assertThat;

import io.bitstack.core.stack.Descriptor;
import io.bitstack.core.stack.Digest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a cache knows of its blobs after a restart. */
class BlobCacheTest {
    private static final int QUOTA_BYTES = 3;

    @TempDir
    Path directory;

    private BlobCache open() throws IOException {
        return new BlobCache(directory, QUOTA_BYTES);
    }

    /** A blob of one byte that came a while ago. */
    private static Descriptor put(BlobCache cache, String content, long atMillis) throws IOException {
        byte[] bytes = content.getBytes(StandardCharsets.US_ASCII);
        Descriptor blob = new Descriptor(Digest.of(bytes), bytes.length);
        cache.put(blob, bytes);
        Files.setLastModifiedTime(cache.file(blob.digest()), FileTime.fromMillis(atMillis));
        return blob;
    }

    @Test
    void whatWasUnusedTheLongestIsGivenUpFirst() throws IOException {
        Descriptor second;
        Descriptor first;
        Descriptor third;
        try (BlobCache cache = open()) {
            second = put(cache, "b", 2000);
            first = put(cache, "a", 1000);
            third = put(cache, "c", 3000);
        }
        try (BlobCache cache = open()) {
            cache.makeRoom(1);
            assertThat(cache.all()).containsExactlyInAnyOrder(second, third);
            assertThat(cache.file(first.digest())).doesNotExist();
            cache.makeRoom(2);
            assertThat(cache.all()).containsExactly(third);
        }
    }

    @Test
    void whatWasOfUseForLongAfterItCameIsNotUnusedSinceThen() throws IOException {
        Descriptor longUsed;
        Descriptor tried;
        Descriptor now;
        try (BlobCache cache = open()) {
            longUsed = put(cache, "a", 1000);
            tried = put(cache, "b", 2000);
            now = put(cache, "c", 3000);
        }
        try (BlobCache cache = open()) {
            cache.use(List.of(longUsed.digest()), 1);
            cache.use(List.of(now.digest()), 1);
        }
        try (BlobCache cache = open()) {
            cache.use(List.of(now.digest()), 1);
            cache.makeRoom(1);
            assertThat(cache.all()).containsExactlyInAnyOrder(longUsed, now);
            assertThat(cache.file(tried.digest())).doesNotExist();
        }
    }
}
