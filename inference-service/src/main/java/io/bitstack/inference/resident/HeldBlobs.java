package io.bitstack.inference.resident;

import io.bitstack.core.kernel.MappedFile;
import io.bitstack.core.stack.Descriptor;
import io.bitstack.core.stack.Digest;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Blobs that are mapped into memory. Each is mapped alone, so that letting go of it gives its bytes back to the system at once.
 * Equal blobs are held once and counted. {@link ResidentModel} guards all changes; segments may be looked up meanwhile.
 */
final class HeldBlobs {
    private static final class Held {
        final Mapping mapping;
        int uses;

        Held(Mapping mapping) {
            this.mapping = mapping;
        }
    }

    /** Looked up by readers of the weights while the guarded model changes. */
    private final Map<Digest, Held> held = new ConcurrentHashMap<>();

    private long heldBytes;

    /** Bytes of all mapped blobs. */
    long heldBytes() {
        return heldBytes;
    }

    /** @throws IllegalStateException if the blob is not held */
    MemorySegment segment(Digest digest) {
        Held found = held.get(digest);
        if (found == null) {
            throw new IllegalStateException("blob %s is not held".formatted(digest));
        }
        return found.mapping.segment();
    }

    /** Adds a use of a blob that is held already. @return whether it is */
    boolean use(Digest digest) {
        Held found = held.get(digest);
        if (found != null) {
            found.uses++;
        }
        return found != null;
    }

    /** Takes a verified mapping over, with one use. */
    void add(Descriptor blob, Mapping mapping) {
        Held added = new Held(mapping);
        added.uses = 1;
        if (held.put(blob.digest(), added) != null) {
            throw new IllegalStateException("blob %s is held already".formatted(blob.digest()));
        }
        heldBytes += blob.sizeBytes();
    }

    /**
     * Puts another mapping of the same bytes in the place of one that has gone bad. Whoever reads the old one goes on reading it.
     *
     * @return what gives the old one back when nobody reads it any more, or null if the blob is not held
     */
    @Nullable
    Runnable replace(Digest digest, Mapping mapping) {
        Held before = held.get(digest);
        if (before == null) {
            return null;
        }
        Held now = new Held(mapping);
        now.uses = before.uses;
        held.put(digest, now);
        return before.mapping.unmap();
    }

    boolean holds(Digest digest) {
        return held.containsKey(digest);
    }

    /** Ends one use; the last one unmaps the blob. */
    void release(Digest digest) {
        Held found = held.get(digest);
        if (found == null) {
            throw new IllegalStateException("blob %s is not held".formatted(digest));
        }
        found.uses--;
        if (found.uses == 0) {
            held.remove(digest);
            heldBytes -= found.mapping.segment().byteSize();
            found.mapping.unmap().run();
        }
    }

    /** Unmaps everything; for a model that never came to be. */
    void close() {
        held.values().forEach(one -> one.mapping.unmap().run());
        held.clear();
        heldBytes = 0;
    }

    /** A blob in memory, and what gives its bytes back. */
    record Mapping(MemorySegment segment, Runnable unmap) {
        /**
         * Maps a file and compares its bytes with its name.
         *
         * @return null if they differ; then nothing stays mapped
         */
        static @Nullable Mapping verified(Path file, Descriptor blob) throws IOException {
            MappedFile mapped = MappedFile.open(file);
            boolean kept = false;
            try {
                MemorySegment segment = mapped.segment();
                kept = segment.byteSize() == blob.sizeBytes()
                        && Digest.of(segment.asByteBuffer()).equals(blob.digest());
                return kept ? new Mapping(segment, mapped::close) : null;
            } finally {
                if (!kept) {
                    mapped.close();
                }
            }
        }
    }
}
