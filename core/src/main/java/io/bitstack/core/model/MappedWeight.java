package io.bitstack.core.model;

import io.bitstack.core.kernel.KernelProvider;
import io.bitstack.core.kernel.Kernels;
import io.bitstack.core.kernel.RowPool;
import io.bitstack.core.safetensors.StoredTensor;
import io.bitstack.core.tensor.DType;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** A weight matrix as the checkpoint holds it, converted a few rows at a time while it is multiplied with. */
final class MappedWeight implements WeightMatrix {
    private static final int TILE_ROWS = 64;

    private final int rows;
    private final int columns;
    private final StoredTensor tensor;
    private final @Nullable MemorySegment bfloat16;

    /** @param tensor of shape rows × columns */
    MappedWeight(int rows, int columns, StoredTensor tensor) {
        this.rows = rows;
        this.columns = columns;
        this.tensor = tensor;
        this.bfloat16 = tensor.plain()
                .filter(plain -> plain.dtype() == DType.BF16)
                .map(StoredTensor.Plain::data)
                .orElse(null);
    }

    @Override
    public int rows() {
        return rows;
    }

    @Override
    public int columns() {
        return columns;
    }

    @Override
    public void multiply(SharedInput x, float[] y, RowPool pool) {
        KernelProvider kernel = Kernels.active();
        RowPool workers = WorkSize.poolFor(pool, this, x.tokens());
        MemorySegment data = bfloat16;
        if (data != null && x.tokens() == 1) {
            workers.forRows(
                    rows, TILE_ROWS, (from, to) -> kernel.bfloat16Rows(data, columns, x.values(), 0, y, 0, from, to));
            return;
        }
        float[] tokens = x.rows(columns);
        int stride = x.stride(columns);
        workers.forRows(rows, TILE_ROWS, (from, to) -> {
            float[] tile = new float[Math.min(TILE_ROWS, to - from) * columns];
            for (int row = from; row < to; row += TILE_ROWS) {
                int count = Math.min(TILE_ROWS, to - row);
                tensor.read((long) row * columns, tile, 0, count * columns);
                kernel.multiplyTransposed(
                        tokens, 0, stride, tile, 0, columns, y, row, rows, x.tokens(), count, columns);
            }
        });
    }

    @Override
    public void row(int row, float[] out, int offset) {
        tensor.read((long) row * columns, out, offset, columns);
    }
}
