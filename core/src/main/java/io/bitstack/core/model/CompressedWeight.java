package io.bitstack.core.model;

import io.bitstack.core.codec.CompressedMatrix;
import io.bitstack.core.kernel.RowPool;

/** A weight matrix of a stack, at the level that is held. */
record CompressedWeight(CompressedMatrix matrix) implements WeightMatrix {
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
        matrix.multiply(x.preparedBy(matrix.input(), pool), x.tokens(), y, WorkSize.poolFor(pool, this, x.tokens()));
    }

    @Override
    public void row(int row, float[] out, int offset) {
        matrix.row(row, out, offset);
    }
}
