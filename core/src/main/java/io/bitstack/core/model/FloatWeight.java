package io.bitstack.core.model;

import io.bitstack.core.kernel.Kernels;
import io.bitstack.core.kernel.RowPool;
import io.bitstack.core.tensor.FloatMatrix;

/** A weight matrix on the heap: what a decoded matrix is put in as. */
record FloatWeight(FloatMatrix matrix) implements WeightMatrix {
    /** Divides the numbers of rows that large models have into as many parts as threads take. */
    private static final int GRAIN = 64;

    @Override
    public int rows() {
        return matrix.rows();
    }

    @Override
    public int columns() {
        return matrix.columns();
    }

    @Override
    public void multiply(SharedInput x, float[] y, RowPool pool) {
        int n = columns();
        float[] rows = x.rows(n);
        int stride = x.stride(n);
        WorkSize.poolFor(pool, this, x.tokens())
                .forRows(
                        rows(),
                        GRAIN,
                        (from, to) -> Kernels.active()
                                .multiplyTransposed(
                                        rows,
                                        0,
                                        stride,
                                        matrix.data(),
                                        from * n,
                                        n,
                                        y,
                                        from,
                                        rows(),
                                        x.tokens(),
                                        to - from,
                                        n));
    }

    @Override
    public void row(int row, float[] out, int offset) {
        System.arraycopy(matrix.data(), row * columns(), out, offset, columns());
    }
}
