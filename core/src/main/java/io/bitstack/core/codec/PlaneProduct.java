package io.bitstack.core.codec;

import io.bitstack.core.kernel.RowPool;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The loop over the rows of a nested matrix as an object that is used again and again, so that no product allocates one. */
final class PlaneProduct implements RowPool.Body {
    private @Nullable NestedMatrix matrix;
    private @Nullable PreparedInput x;
    private int tokens;
    private float[] y = new float[0];

    PlaneProduct of(NestedMatrix matrix, PreparedInput x, int tokens, float[] y) {
        this.matrix = matrix;
        this.x = x;
        this.tokens = tokens;
        this.y = y;
        return this;
    }

    /** Lets go of the matrix: planes that are no longer held must not be kept in memory by the last product with them. */
    void done() {
        matrix = null;
        x = null;
    }

    @Override
    public void run(int from, int to) {
        Objects.requireNonNull(matrix).multiplyRows(Objects.requireNonNull(x), tokens, y, from, to);
    }
}
