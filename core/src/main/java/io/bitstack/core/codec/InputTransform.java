package io.bitstack.core.codec;

import io.bitstack.core.kernel.RowPool;

/** What a codec does to activations before its matrices see them; shared by all matrices that read one input. */
public interface InputTransform {
    /** n, the number of inputs. */
    int columns();

    /** Bytes of memory that this object keeps. */
    long heldBytes();

    /** Transforms {@code tokens} rows of {@code x} (tokens × n, from offset 0) into {@code out}. {@code x} is not changed. */
    void prepare(float[] x, int tokens, PreparedInput out);

    /** The same, many tokens shared out among the pool's threads. */
    default void prepare(float[] x, int tokens, PreparedInput out, RowPool pool) {
        prepare(x, tokens, out);
    }
}
