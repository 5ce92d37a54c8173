package io.bitstack.core.model;

import io.bitstack.core.codec.InputTransform;
import io.bitstack.core.codec.PreparedInput;
import io.bitstack.core.kernel.RowPool;
import org.jspecify.annotations.Nullable;

/**
 * Activations that several matrices are multiplied with. What a codec does to them first is done once for all matrices that
 * have the same transform. Belongs to one forward pass at a time.
 */
public final class SharedInput {
    /** From so many tokens on rows are spread: below, all of them fit what a cache holds of one set. */
    private static final int SPREAD_FROM_TOKENS = 16;
    /** Rows that begin a multiple of this apart share few sets of a cache. */
    private static final int CROWDED_COLUMNS = 1024;
    /** A cache line. */
    private static final int APART = 16;

    private final PreparedInput prepared = new PreparedInput();
    /** The values with rows {@link #stride} apart, or nothing yet. */
    private float[] spread = new float[0];

    private boolean isSpread;
    private float[] values = new float[0];
    private int tokens;
    private @Nullable InputTransform preparedBy;

    /** Starts over with {@code tokens} rows of {@code values}, used in place. */
    SharedInput set(float[] values, int tokens) {
        this.values = values;
        this.tokens = tokens;
        this.preparedBy = null;
        this.isSpread = false;
        return this;
    }

    /** The plain activations, tokens × n from offset 0. */
    public float[] values() {
        return values;
    }

    public int tokens() {
        return tokens;
    }

    /** Elements from one row of {@link #rows} to the next, of an input with so many columns. */
    int stride(int columns) {
        return tokens >= SPREAD_FROM_TOKENS && columns % CROWDED_COLUMNS == 0 ? columns + APART : columns;
    }

    /** The plain activations, {@link #stride} from one token to the next: such that rows do not drive each other out of a cache in a matrix product. */
    float[] rows(int columns) {
        int stride = stride(columns);
        if (stride == columns) {
            return values;
        }
        if (!isSpread) {
            if (spread.length < tokens * stride) {
                spread = new float[tokens * stride];
            }
            for (int t = 0; t < tokens; t++) {
                System.arraycopy(values, t * columns, spread, t * stride, columns);
            }
            isSpread = true;
        }
        return spread;
    }

    /** The activations as {@code transform} prepares them, from the last call if that had the same transform. */
    @SuppressWarnings("ReferenceEquality") // the very same transform: an equal one would be prepared once more, no harm
    public PreparedInput preparedBy(InputTransform transform, RowPool pool) {
        if (preparedBy != transform) {
            transform.prepare(values, tokens, prepared, pool);
            preparedBy = transform;
        }
        return prepared;
    }
}
