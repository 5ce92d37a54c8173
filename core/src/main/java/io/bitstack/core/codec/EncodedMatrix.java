package io.bitstack.core.codec;

import java.util.List;

/**
 * A matrix as its codec stores it.
 *
 * @param startLevel the level the first block leads to
 * @param header the matrix header blob
 * @param blocks the blocks, from the first on
 * @param weightedErrors for each block, tr(R·H·Rᵀ) of the residual R that is left once it is held: the expected squared
 *     error of the outputs, summed over rows
 */
public record EncodedMatrix(int startLevel, byte[] header, List<byte[]> blocks, double[] weightedErrors) {
    public int levels() {
        return startLevel + blocks.size() - 1;
    }
}
