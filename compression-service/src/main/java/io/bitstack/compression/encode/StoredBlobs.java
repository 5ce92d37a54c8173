package io.bitstack.compression.encode;

import io.bitstack.core.model.BlobSource;
import io.bitstack.core.stack.BlobStore;
import io.bitstack.core.stack.Digest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Blobs read from a store and verified, each once, and kept for as long as this object is. */
public final class StoredBlobs implements BlobSource {
    private final BlobStore store;
    private final Map<Digest, MemorySegment> held = new ConcurrentHashMap<>();

    public StoredBlobs(BlobStore store) {
        this.store = store;
    }

    @Override
    public MemorySegment segment(Digest digest) {
        return held.computeIfAbsent(digest, name -> {
            try {
                return MemorySegment.ofArray(store.read(name, Integer.MAX_VALUE));
            } catch (IOException e) {
                throw new UncheckedIOException(e.getMessage(), e);
            }
        });
    }
}
