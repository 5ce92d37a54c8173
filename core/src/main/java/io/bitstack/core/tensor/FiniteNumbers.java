package io.bitstack.core.tensor;

/** Looks for numbers that are NaN or infinite, many at a time. */
public final class FiniteNumbers {
    private static final int MAGNITUDE = 0x7FFF_FFFF;
    private static final int INFINITE = 0x7F80_0000;

    private FiniteNumbers() {}

    /** Where the first of {@code values[from … to)} is that is NaN or infinite; −1 if none is. */
    public static int firstNotFinite(float[] values, int from, int to) {
        // The largest of all first: a loop without a way out takes many numbers at a time.
        int largest = 0;
        for (int i = from; i < to; i++) {
            largest = Math.max(largest, Float.floatToRawIntBits(values[i]) & MAGNITUDE);
        }
        for (int i = from; largest >= INFINITE && i < to; i++) {
            if (!Float.isFinite(values[i])) {
                return i;
            }
        }
        return -1;
    }
}
