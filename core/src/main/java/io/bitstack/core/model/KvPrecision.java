package io.bitstack.core.model;

import io.bitstack.core.kernel.KvPage;

/** How keys and values are kept. */
public enum KvPrecision {
    /** binary16, half the bytes: what nodes serve with. Numbers beyond the largest half become it. */
    HALF(Short.BYTES),
    /** binary32: what measurements and calibration use, so that they see the weights and nothing else. */
    SINGLE(Float.BYTES);

    private final int elementBytes;

    KvPrecision(int elementBytes) {
        this.elementBytes = elementBytes;
    }

    int elementBytes() {
        return elementBytes;
    }

    KvPage newPage(int elements) {
        return switch (this) {
            case HALF -> new KvPage.Half(new short[elements]);
            case SINGLE -> new KvPage.Single(new float[elements]);
        };
    }
}
