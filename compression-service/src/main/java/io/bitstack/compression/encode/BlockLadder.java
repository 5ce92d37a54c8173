package io.bitstack.compression.encode;

import io.bitstack.core.codec.EncodedMatrix;

/**
 * What ordering needs to know of an encoded matrix, whose blocks are in the store by then.
 *
 * @param startLevel the level the first block leads to
 * @param blockBytes bytes of each block
 * @param weightedErrors for each block, tr(R·H·Rᵀ) of the residual R that is left once it is held
 */
record BlockLadder(int startLevel, int[] blockBytes, double[] weightedErrors) {
    static BlockLadder of(EncodedMatrix matrix) {
        return new BlockLadder(
                matrix.startLevel(),
                matrix.blocks().stream().mapToInt(block -> block.length).toArray(),
                matrix.weightedErrors());
    }

    int blocks() {
        return blockBytes.length;
    }
}
