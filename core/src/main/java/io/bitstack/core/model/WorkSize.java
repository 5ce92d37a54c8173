package io.bitstack.core.model;

import io.bitstack.core.kernel.RowPool;

/** Decides whether a loop is worth waking other threads for. */
final class WorkSize {
    /** Below so many multiply-adds one thread is done before another, though it is awake, has begun (a few microseconds). */
    private static final long SHARED_MULTIPLY_ADDS = 1 << 16;

    private WorkSize() {}

    /** {@code pool} for much work, the caller's thread alone for little. */
    static RowPool poolFor(RowPool pool, long multiplyAdds) {
        return multiplyAdds < SHARED_MULTIPLY_ADDS ? RowPool.SINGLE : pool;
    }

    /** The same for a product of {@code tokens} activations with a weight matrix. */
    static RowPool poolFor(RowPool pool, WeightMatrix matrix, int tokens) {
        return poolFor(pool, (long) matrix.rows() * matrix.columns() * tokens);
    }
}
