package io.bitstack.compression.encode;

import java.util.Locale;

/** What one task of a compression is. */
public enum TaskKind {
    /** A part of the calibration text is sent through a layer; or the model writes its own text, which is done by who leads the compression. */
    CALIBRATE,
    /** One matrix is encoded. */
    ENCODE,
    /** One matrix alone is measured at one of its levels, for the stack order. */
    ORDER,
    /** One prefix is measured, for the curve. */
    EVALUATE;

    /** Whether the whole model is measured. */
    boolean isScore() {
        return this == ORDER || this == EVALUATE;
    }

    /** As the database writes it. */
    public String written() {
        return name().toLowerCase(Locale.ROOT);
    }
}
