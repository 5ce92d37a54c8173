package io.bitstack.core.codec;

import io.bitstack.core.kernel.SignPlanes;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** One row of a sign plane: bit j of the row is bit (j mod 64) of word j / 64. */
record SignBits(MemorySegment plane, int row, int columns) {
    static final ValueLayout.OfLong WORD = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    boolean isSet(int column) {
        return ((plane.get(WORD, offset(column)) >>> column) & 1) == 1;
    }

    void set(int column) {
        plane.set(WORD, offset(column), plane.get(WORD, offset(column)) | (1L << column));
    }

    private long offset(int column) {
        return ((long) row * SignPlanes.words(columns) + column / 64) * Long.BYTES;
    }
}
