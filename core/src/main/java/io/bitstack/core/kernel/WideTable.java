package io.bitstack.core.kernel;

import java.nio.ByteBuffer;

/**
 * A table of reconstruction values as whole numbers, for shuffles that look up 64 entries at once: value c is about {@code smallest + unit ·
 * steps[c]}. A table of up to sixteen values has steps of 8 bits, the unit chosen so that the values come close to multiples of it; a larger one
 * has steps of 16 bits.
 *
 * @param unit the value of one step; 0 for a table that has the same value everywhere
 * @param smallest the value of zero steps
 * @param steps one for each value, 0 to 65,535
 */
record WideTable(float unit, float smallest, int[] steps) {
    /** What native kernels read: small tables are repeated, so that a code's upper bits do no harm. */
    private static final int ENTRIES = 256;

    private static final int NARROW_VALUES = 16;
    private static final int MOST_NARROW = 255;
    private static final int MOST_WIDE = 65_535;
    private static final int UNITS_TRIED = 64;

    /** @param table 2 to 256 values, a power of two */
    static WideTable of(float[] table) {
        float smallest = table[0];
        float largest = table[0];
        for (float value : table) {
            smallest = Math.min(smallest, value);
            largest = Math.max(largest, value);
        }
        float range = largest - smallest;
        if (table.length > NARROW_VALUES) {
            return withUnit(table, smallest, range / MOST_WIDE);
        }
        WideTable best = withUnit(table, smallest, range / MOST_NARROW);
        double least = best.squaredError(table);
        for (int i = 1; i < UNITS_TRIED; i++) {
            WideTable tried = withUnit(table, smallest, range / (MOST_NARROW - 0.5f * i));
            double error = tried.squaredError(table);
            if (error < least) {
                least = error;
                best = tried;
            }
        }
        return best;
    }

    private static WideTable withUnit(float[] table, float smallest, float unit) {
        int most = table.length > NARROW_VALUES ? MOST_WIDE : MOST_NARROW;
        int[] steps = new int[table.length];
        for (int c = 0; c < table.length; c++) {
            steps[c] = unit > 0 ? Math.clamp(Math.round((table[c] - smallest) / unit), 0, most) : 0;
        }
        return new WideTable(unit, smallest, steps);
    }

    private double squaredError(float[] table) {
        double error = 0;
        for (int c = 0; c < table.length; c++) {
            double rest = table[c] - value(c);
            error += rest * rest;
        }
        return error;
    }

    /** What value c of the table has become. */
    float value(int c) {
        return smallest + unit * steps[c];
    }

    /** The lower bytes of all steps, then the upper ones. */
    void write(ByteBuffer out) {
        for (int shift = 0; shift < Short.SIZE; shift += Byte.SIZE) {
            for (int i = 0; i < ENTRIES; i++) {
                out.put((byte) (steps[i % steps.length] >> shift));
            }
        }
    }

    static int writtenBytes() {
        return 2 * ENTRIES;
    }
}
