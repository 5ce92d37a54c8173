package io.bitstack.compression.encode;

import io.bitstack.core.model.BlobLoader;
import io.bitstack.core.stack.BlobCorruptException;
import io.bitstack.core.stack.BlobNotFoundException;
import io.bitstack.core.stack.BlobStore;
import io.bitstack.core.stack.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.security.MessageDigest;
import java.util.concurrent.CancellationException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Blobs read from a store straight to where they are wanted, and verified on the way; none is kept. Safe for many threads. */
public final class StoredBlocks implements BlobLoader {
    private static final Logger LOG = LoggerFactory.getLogger(StoredBlocks.class);
    private static final int BUFFER_BYTES = 1 << 18;
    /** A measurement reads thousands of blobs over many minutes, and shall not begin anew for one that a store did not give at once. */
    private static final int ATTEMPTS = 4;

    private static final long FIRST_REST_MILLIS = 100;

    private final BlobStore store;

    public StoredBlocks(BlobStore store) {
        this.store = store;
    }

    @Override
    public void load(Digest digest, MemorySegment to) {
        for (int attempt = 1; ; attempt++) {
            try {
                read(digest, to);
                return;
            } catch (BlobNotFoundException e) {
                throw new UncheckedIOException(e.getMessage(), e);
            } catch (IOException e) {
                if (attempt == ATTEMPTS) {
                    throw new UncheckedIOException(e.getMessage(), e);
                }
                LOG.warn("read again after attempt {} of {}: {}", attempt, ATTEMPTS, e.getMessage());
                rest(FIRST_REST_MILLIS << (attempt - 1));
            }
        }
    }

    private static void rest(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancellationException("interrupted while a blob was read");
        }
    }

    private void read(Digest digest, MemorySegment to) throws IOException {
        try (InputStream stream = open(digest, to.byteSize())) {
            MessageDigest hash = Digest.newMessageDigest();
            byte[] buffer = new byte[(int) Math.min(BUFFER_BYTES, Math.max(1, to.byteSize()))];
            long at = 0;
            for (int count = stream.read(buffer); count >= 0; count = stream.read(buffer)) {
                hash.update(buffer, 0, count);
                MemorySegment.copy(MemorySegment.ofArray(buffer), 0, to, at, count);
                at += count;
            }
            Digest actual = Digest.ofHash(hash.digest());
            if (!actual.equals(digest)) {
                throw new BlobCorruptException(digest, actual, at);
            }
        }
    }

    private InputStream open(Digest digest, long sizeBytes) throws IOException {
        try {
            return store.open(digest, 0, sizeBytes);
        } catch (IllegalArgumentException e) {
            throw new IOException("blob %s has fewer than %d bytes".formatted(digest, sizeBytes), e);
        }
    }
}
