package io.bitstack.compression.encode;

import io.bitstack.core.stack.Descriptor;
import java.util.List;
import java.util.Optional;

/**
 * Remembers what was encoded already: inputs and matrices, by a digest of everything that they depend on. It may forget, and may be
 * asked by many threads and processes.
 */
public interface PartMemory {
    /**
     * An encoded part, whose bytes are in the blob store.
     *
     * @param startLevel of a matrix, the level that its first block leads to; 0 for an input
     * @param blobs of a matrix its header and its blocks, of an input its blob
     * @param weightedErrors of a matrix, after each block; empty for an input
     */
    record Part(int startLevel, List<Descriptor> blobs, List<Double> weightedErrors) {
        public Part {
            blobs = List.copyOf(blobs);
            weightedErrors = List.copyOf(weightedErrors);
        }

        long sizeBytes() {
            return blobs.stream().mapToLong(Descriptor::sizeBytes).sum();
        }
    }

    /**
     * A part that is in the blob store.
     *
     * @param reused whether it was there before
     */
    record Stored(Part part, boolean reused) {}

    Optional<Part> find(String key);

    /** Remembers a part; its blobs are in the store already. */
    void keep(String key, Part part);

    /** Remembers nothing. */
    static PartMemory none() {
        return new PartMemory() {
            @Override
            public Optional<Part> find(String key) {
                return Optional.empty();
            }

            @Override
            public void keep(String key, Part part) {}
        };
    }
}
