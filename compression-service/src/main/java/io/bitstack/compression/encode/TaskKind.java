package io.bitstack.compression.encode;

import java.util.Locale;

/** What one task of a compression is. */
public enum TaskKind {
    /** The model's own calibration text; done by who leads the compression. */
    CALIBRATE,
    /** One matrix is encoded. */
    ENCODE,
    /** One matrix alone is measured at one of its levels, for the stack order. */
    ORDER,
    /** One prefix is measured, for the curve. */
    EVALUATE;

    /** As the database writes it. */
    public String written() {
        return name().toLowerCase(Locale.ROOT);
    }
}
