package io.bitstack.core.codec;

import io.bitstack.core.kernel.KernelProvider;
import io.bitstack.core.kernel.Kernels;
import io.bitstack.core.kernel.RowPool;

/** Multiplication of many tokens at once: decode a tile of rows into cache, then one matrix product. */
final class RowDecoder {
    /** From this many tokens on a decoded tile pays. */
    static final int TILED_FROM_TOKENS = 3;

    private static final int TILE_ROWS = 32;
    private static final KernelProvider KERNELS = Kernels.active();

    /** Decoded rows: scratch of each thread that grows when it has to. */
    private static final ThreadLocal<float[]> TILE = ThreadLocal.withInitial(() -> new float[0]);

    private RowDecoder() {}

    /** A coded matrix in the transformed basis. */
    interface Rows {
        /** Writes rows [from, to) densely to {@code out}. */
        void decode(int from, int to, float[] out);

        /** Called when {@code y} has the products of rows [from, to). */
        default void finish(int from, int to) {}
    }

    /** {@code y = x·Wᵀ} for {@code x} (tokens × columns) in the transformed basis and W (rows × columns) decoded by tiles. */
    static void multiply(Rows decoder, int rows, int columns, float[] x, int tokens, float[] y, RowPool pool) {
        pool.forRows(rows, TILE_ROWS, (from, to) -> {
            float[] tile = tile(TILE_ROWS * columns);
            for (int row = from; row < to; row += TILE_ROWS) {
                int height = Math.min(TILE_ROWS, to - row);
                decoder.decode(row, row + height, tile);
                KERNELS.multiplyTransposed(x, 0, columns, tile, 0, columns, y, row, rows, tokens, height, columns);
                decoder.finish(row, row + height);
            }
        });
    }

    private static float[] tile(int size) {
        float[] held = TILE.get();
        if (held.length < size) {
            held = new float[size];
            TILE.set(held);
        }
        return held;
    }
}
