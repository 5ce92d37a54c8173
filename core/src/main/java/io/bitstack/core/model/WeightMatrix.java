package io.bitstack.core.model;

import io.bitstack.core.kernel.RowPool;

/** One weight matrix W (m × n) as the forward pass uses it: dense or compressed. Immutable and safe for many threads. */
public interface WeightMatrix {
    /** m. */
    int rows();

    /** n. */
    int columns();

    /** Overwrites {@code y} (tokens × m, from offset 0) with x·Wᵀ. */
    void multiply(SharedInput x, float[] y, RowPool pool);

    /** Row {@code row} (an embedding look-up), written to {@code out[offset … offset + n)}. */
    void row(int row, float[] out, int offset);
}
