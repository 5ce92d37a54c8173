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
    private final PreparedInput prepared = new PreparedInput();
    private float[] values = new float[0];
    private int tokens;
    private @Nullable InputTransform preparedBy;

    /** Starts over with {@code tokens} rows of {@code values}, used in place. */
    SharedInput set(float[] values, int tokens) {
        this.values = values;
        this.tokens = tokens;
        this.preparedBy = null;
        return this;
    }

    /** The plain activations, tokens × n from offset 0. */
    public float[] values() {
        return values;
    }

    public int tokens() {
        return tokens;
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
