package io.bitstack.core.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What every blob store keeps to. */
public abstract class BlobStoreContract {
    protected abstract BlobStore store() throws IOException;

    /** Changes the stored bytes behind the store's back, keeping their number. */
    protected abstract void corrupt(Digest digest) throws IOException;

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 13, 65, 100_000})
    void whatIsPutComesBack(int size) throws IOException {
        byte[] content = new byte[size];
        new Random(size).nextBytes(content);
        Descriptor descriptor = store().put(ByteBuffer.wrap(content));
        assertThat(descriptor).isEqualTo(new Descriptor(Digest.of(content), size));
        assertThat(store().put(ByteBuffer.wrap(content))).isEqualTo(descriptor);
        assertThat(store().sizeBytes(descriptor.digest())).hasValue(size);
        assertThat(store().read(descriptor.digest(), size)).isEqualTo(content);
    }

    @Test
    void rangesAreExactAndBounded() throws IOException {
        BlobStore store = store();
        Digest digest = put(store, "0123456789");
        try (var part = store.open(digest, 3, 4)) {
            assertThat(part.readAllBytes()).asString(StandardCharsets.US_ASCII).isEqualTo("3456");
        }
        try (var empty = store.open(digest, 10, 0)) {
            assertThat(empty.read()).isEqualTo(-1);
        }
        assertThatThrownBy(() -> store.open(digest, 3, 8)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> store.open(digest, -1, 2)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void whatIsNotThereIsNotFound() throws IOException {
        BlobStore store = store();
        Digest digest = Digest.of("never stored".getBytes(StandardCharsets.UTF_8));
        assertThat(store.sizeBytes(digest)).isEmpty();
        assertThatThrownBy(() -> store.open(digest, 0, 0)).isInstanceOf(BlobNotFoundException.class);
        assertThatThrownBy(() -> store.read(digest, 10)).isInstanceOf(BlobNotFoundException.class);
    }

    @Test
    void corruptBytesAreNeverRead() throws IOException {
        BlobStore store = store();
        Digest digest = put(store, "precious bytes");
        corrupt(digest);
        assertThatThrownBy(() -> store.read(digest, 100)).isInstanceOf(BlobCorruptException.class);
    }

    @Test
    void aBlobAboveTheLimitIsNotRead() throws IOException {
        BlobStore store = store();
        Digest digest = put(store, "0123456789");
        assertThatThrownBy(() -> store.read(digest, 9)).hasMessageContaining("more than 9");
    }

    @Test
    void whatIsPutAgainIsAsNew() throws Exception {
        BlobStore store = store();
        BlobInventory inventory = (BlobInventory) store;
        Digest digest = put(store, "wanted once more");
        Instant first = inventory.find(digest).orElseThrow().storedAt();
        Thread.sleep(1100); // S3 knows whole seconds
        put(store, "wanted once more");
        assertThat(inventory.find(digest).orElseThrow().storedAt()).isAfter(first);
        assertThat(store.read(digest, 100)).asString(StandardCharsets.US_ASCII).isEqualTo("wanted once more");
        inventory.delete(digest);
        assertThat(inventory.find(digest)).isEmpty();
        assertThat(put(store, "wanted once more")).isEqualTo(digest);
    }

    private static Digest put(BlobStore store, String content) throws IOException {
        return store.put(ByteBuffer.wrap(content.getBytes(StandardCharsets.US_ASCII)))
                .digest();
    }
}
