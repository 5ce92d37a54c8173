package io.bitstack.compression.encode;

/**
 * What ordering needs to know of an encoded matrix, whose blocks are in the store by then.
 *
 * @param startLevel the level the first block leads to
 * @param blockBytes bytes of each block
 * @param weightedErrors for each block, tr(R·H·Rᵀ) of the residual R that is left once it is held
 */
record BlockLadder(int startLevel, int[] blockBytes, double[] weightedErrors) {
    static BlockLadder of(PartMemory.Part part) {
        return new BlockLadder(
                part.startLevel(),
                part.blobs().stream()
                        .skip(1)
                        .mapToInt(block -> Math.toIntExact(block.sizeBytes()))
                        .toArray(),
                part.weightedErrors().stream().mapToDouble(Double::doubleValue).toArray());
    }

    int blocks() {
        return blockBytes.length;
    }
}
