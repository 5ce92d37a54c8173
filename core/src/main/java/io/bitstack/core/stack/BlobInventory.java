package io.bitstack.core.stack;

import java.io.IOException;
import java.time.Instant;

/** What a collector of garbage needs of a blob store beside {@link BlobStore}. */
public interface BlobInventory {
    /**
     * A blob that is stored.
     *
     * @param storedAt by the store's clock
     */
    record Stored(Digest digest, long sizeBytes, Instant storedAt) {}

    /** Takes each stored blob in turn. */
    interface Visitor {
        void visit(Stored blob) throws IOException;
    }

    /** Shows every stored blob, in no order; what is not named like a blob is passed over. */
    void visitAll(Visitor visitor) throws IOException;

    /** Removes a blob; does nothing if it is not there. Only a collector that holds the blob's row locked calls this. */
    void delete(Digest digest) throws IOException;
}
