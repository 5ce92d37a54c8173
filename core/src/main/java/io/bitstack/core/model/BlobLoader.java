package io.bitstack.core.model;

import io.bitstack.core.stack.Digest;
import java.lang.foreign.MemorySegment;

/** Reads blobs that nobody holds. Safe for many threads. */
@FunctionalInterface
public interface BlobLoader {
    /**
     * Reads a blob and verifies it.
     *
     * @param to as large as the blob; written from its beginning to its end
     * @throws java.io.UncheckedIOException if the blob cannot be read, or is not what its digest says
     */
    void load(Digest digest, MemorySegment to);
}
