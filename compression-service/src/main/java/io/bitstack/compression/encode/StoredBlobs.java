package io.bitstack.compression.encode;

import io.bitstack.core.model.BlobSource;
import io.bitstack.core.stack.BlobStore;
import io.bitstack.core.stack.Digest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Blobs read from a store and verified. Those asked for last are kept, within a bound, so that a stack is never held whole but by weights that
 * are in use. Safe for many threads.
 */
public final class StoredBlobs implements BlobSource {
    private static final long MOST_KEPT_BYTES = 256L << 20;

    private final BlobStore store;
    private final long mostKeptBytes;
    private final Map<Digest, MemorySegment> kept = new LinkedHashMap<>();
    private long keptBytes;

    public StoredBlobs(BlobStore store) {
        this(store, MOST_KEPT_BYTES);
    }

    StoredBlobs(BlobStore store, long mostKeptBytes) {
        this.store = store;
        this.mostKeptBytes = mostKeptBytes;
    }

    @Override
    public MemorySegment segment(Digest digest) {
        MemorySegment found = recall(digest);
        if (found != null) {
            return found;
        }
        try {
            // Outside of the lock: a store may take its time.
            return keep(digest, MemorySegment.ofArray(store.read(digest, Integer.MAX_VALUE)));
        } catch (IOException e) {
            throw new UncheckedIOException(e.getMessage(), e);
        }
    }

    private synchronized @Nullable MemorySegment recall(Digest digest) {
        MemorySegment found = kept.remove(digest);
        if (found != null) {
            kept.put(digest, found);
        }
        return found;
    }

    private synchronized MemorySegment keep(Digest digest, MemorySegment blob) {
        MemorySegment other = kept.putIfAbsent(digest, blob);
        if (other != null) {
            return other;
        }
        keptBytes += blob.byteSize();
        Iterator<MemorySegment> oldest = kept.values().iterator();
        while (keptBytes > mostKeptBytes && oldest.hasNext()) {
            keptBytes -= oldest.next().byteSize();
            oldest.remove();
        }
        return blob;
    }

    synchronized long keptBytes() {
        return keptBytes;
    }
}
