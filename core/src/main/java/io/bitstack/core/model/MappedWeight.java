package io.bitstack.core.model;

import io.bitstack.core.kernel.KernelProvider;
import io.bitstack.core.kernel.Kernels;
import io.bitstack.core.kernel.RowPool;
import io.bitstack.core.tensor.DType;
import java.lang.foreign.MemorySegment;

/** A weight matrix as the checkpoint holds it, converted a few rows at a time while it is multiplied with. */
record MappedWeight(int rows, int columns, DType dtype, MemorySegment data) implements WeightMatrix {
    private static final int TILE_ROWS = 48;

    @Override
    public void multiply(SharedInput x, float[] y, RowPool pool) {
        KernelProvider kernel = Kernels.active();
        RowPool workers = WorkSize.poolFor(pool, this, x.tokens());
        if (dtype == DType.BF16 && x.tokens() == 1) {
            workers.forRows(
                    rows, TILE_ROWS, (from, to) -> kernel.bfloat16Rows(data, columns, x.values(), 0, y, 0, from, to));
            return;
        }
        workers.forRows(rows, TILE_ROWS, (from, to) -> {
            float[] tile = new float[Math.min(TILE_ROWS, to - from) * columns];
            for (int row = from; row < to; row += TILE_ROWS) {
                int count = Math.min(TILE_ROWS, to - row);
                dtype.read(data, (long) row * columns * dtype.sizeBytes(), tile, 0, count * columns);
                kernel.multiplyTransposed(
                        x.values(), 0, columns, tile, 0, columns, y, row, rows, x.tokens(), count, columns);
            }
        });
    }

    @Override
    public void row(int row, float[] out, int offset) {
        dtype.read(data, (long) row * columns * dtype.sizeBytes(), out, offset, columns);
    }
}
