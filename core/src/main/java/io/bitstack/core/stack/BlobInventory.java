package io.bitstack.core.stack;

import java.io.IOException;
import java.time.Instant;
import java.util.Optional;

/** What a collector of garbage needs of a blob store beside {@link BlobStore}. */
public interface BlobInventory {
    /**
     * A blob that is stored.
     *
     * @param storedAt when it was stored last, by the store's clock: {@link BlobStore#put} of a blob that is there makes it as new
     */
    record Stored(Digest digest, long sizeBytes, Instant storedAt) {}

    /** A blob that the store holds. */
    Optional<Stored> find(Digest digest) throws IOException;

    /** Takes each stored blob in turn. */
    interface Visitor {
        void visit(Stored blob) throws IOException;
    }

    /** Shows every stored blob, in no order; what is not named like a blob is passed over. */
    void visitAll(Visitor visitor) throws IOException;

    /** Removes a blob; does nothing if it is not there. Only a collector that holds the blob's row locked calls this. */
    void delete(Digest digest) throws IOException;
}
