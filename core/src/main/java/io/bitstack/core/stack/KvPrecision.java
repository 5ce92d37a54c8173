package io.bitstack.core.stack;

import java.util.Locale;

/** How the keys and values of a KV cache are kept: one vector for each token, layer and key head. */
public enum KvPrecision {
    /** One byte an element and a binary32 scale for each vector: a little more than half the bytes of binary16. */
    INT8(1, Float.BYTES),
    /** binary16: what nodes serve with unless told otherwise. Numbers beyond the largest half become it. */
    HALF(Short.BYTES, 0),
    /** binary32: what measurements and calibration use, so that they see the weights and nothing else. */
    SINGLE(Float.BYTES, 0);

    private final int elementBytes;
    private final int scaleBytes;

    KvPrecision(int elementBytes, int scaleBytes) {
        this.elementBytes = elementBytes;
        this.scaleBytes = scaleBytes;
    }

    /** What settings and requests call it: {@code int8}, {@code half}, {@code single}. */
    public String wire() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Bytes of one key or one value of one head. */
    public long vectorBytes(int headSize) {
        return (long) elementBytes * headSize + scaleBytes;
    }
}
