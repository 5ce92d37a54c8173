package io.bitstack.core.codec;

import io.bitstack.core.kernel.KernelProvider;
import io.bitstack.core.kernel.Kernels;

/**
 * R, a block-diagonal orthonormal matrix: random signs from a seed, then a Hadamard transform of each block
 * (DESIGN of the nested codec, step 2). Block 1 means no rotation at all.
 */
record Rotation(int columns, int block, long seed, float[] signs) {
    /** Larger blocks cost additions at run time and make the weights no more Gaussian. */
    private static final int LARGEST_BLOCK = 128;

    static Rotation of(int columns, int block, long seed) {
        float[] signs = new float[columns];
        SplitMix64 random = new SplitMix64(seed);
        for (int j = 0; j < columns; j++) {
            signs[j] = block == 1 || random.next() >= 0 ? 1 : -1;
        }
        return new Rotation(columns, block, seed, signs);
    }

    /** The largest power of two that divides n, at most 128. */
    static int blockFor(int columns) {
        return Math.min(LARGEST_BLOCK, Integer.lowestOneBit(columns));
    }

    /** {@code x ← R·x} for the row of n values at {@code offset}. */
    void apply(float[] x, int offset) {
        if (block == 1) {
            return;
        }
        for (int j = 0; j < columns; j++) {
            x[offset + j] *= signs[j];
        }
        KERNELS.hadamard(x, offset, columns, block);
    }

    /** {@code x ← Rᵀ·x}, the inverse. */
    void undo(float[] x, int offset) {
        if (block == 1) {
            return;
        }
        KERNELS.hadamard(x, offset, columns, block);
        for (int j = 0; j < columns; j++) {
            x[offset + j] *= signs[j];
        }
    }

    private static final KernelProvider KERNELS = Kernels.active();
}
