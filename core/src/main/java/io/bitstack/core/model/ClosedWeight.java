package io.bitstack.core.model;

import io.bitstack.core.kernel.RowPool;

/** A weight matrix that is not in memory. */
record ClosedWeight(String name, int rows, int columns) implements WeightMatrix {
    @Override
    public void multiply(SharedInput x, float[] y, RowPool pool) {
        throw closed();
    }

    @Override
    public void row(int row, float[] out, int offset) {
        throw closed();
    }

    private IllegalStateException closed() {
        return new IllegalStateException("'%s' is used while it is not open".formatted(name));
    }
}
