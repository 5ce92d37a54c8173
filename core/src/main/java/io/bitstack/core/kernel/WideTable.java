package io.bitstack.core.kernel;

import java.nio.ByteBuffer;

/**
 * A table of reconstruction values as whole numbers, for shuffles that look up 64 entries at once: value c is about {@code smallest + unit ·
 * (highStep · high[u] + low[c])}, where u is the upper six bits of the code c (all of them, if there are no more).
 *
 * <p>A table of up to 32 values has low ones alone, of 8 bits: the unit is chosen so that the values come close to multiples of it. One of 64
 * has 16 bits. A larger one has more than ten: low values reach across the widest set of codes with the same upper bits.
 *
 * @param unit the value of one step; 0 for a table that has the same value everywhere
 * @param smallest the value of zero steps
 * @param highStep what a high value is worth, in steps
 * @param high 0 to 255
 * @param low 0 to 255, one for each value
 */
record WideTable(float unit, float smallest, int highStep, int[] high, int[] low) {
    /** What native kernels read: small tables are repeated, so that a code's upper bits do no harm. */
    private static final int LOW_ENTRIES = 256;

    private static final int HIGH_ENTRIES = 64;
    private static final int HIGH_BITS = 6;
    private static final int NARROW_VALUES = 32;
    private static final int LARGEST = 255;
    private static final int HIGH_STEP = 256;
    /** Of tables of more than 64 values. */
    private static final int PRECISE_HIGH_STEP = 64;

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
        return table.length <= NARROW_VALUES ? narrow(table, smallest, range) : wide(table, smallest, range);
    }

    private static WideTable wide(float[] table, float smallest, float range) {
        int highStep = table.length > HIGH_ENTRIES ? PRECISE_HIGH_STEP : HIGH_STEP;
        int each = Math.max(1, table.length / HIGH_ENTRIES);
        float spread = 0;
        for (int u = 0; u < table.length / each; u++) {
            float least = table[u * each];
            float most = least;
            for (int c = u * each; c < (u + 1) * each; c++) {
                least = Math.min(least, table[c]);
                most = Math.max(most, table[c]);
            }
            spread = Math.max(spread, most - least);
        }
        // A high value is up to a step below the least that it stands for, and steps are rounded.
        int mostLow = each == 1 ? LARGEST : LARGEST - highStep - 1;
        float unit = Math.max(range / (highStep * LARGEST + mostLow), spread / mostLow);
        int[] high = new int[HIGH_ENTRIES];
        int[] low = new int[table.length];
        for (int u = 0; u < table.length / each; u++) {
            int least = Integer.MAX_VALUE;
            for (int c = u * each; c < (u + 1) * each; c++) {
                low[c] = steps(table[c], smallest, unit);
                least = Math.min(least, low[c]);
            }
            high[u] = Math.min(least / highStep, LARGEST);
            for (int c = u * each; c < (u + 1) * each; c++) {
                low[c] = Math.clamp(low[c] - highStep * (long) high[u], 0, LARGEST);
            }
        }
        return new WideTable(unit, smallest, highStep, high, low);
    }

    /** Eight bits alone: of some units, that with the least squared error. */
    private static WideTable narrow(float[] table, float smallest, float range) {
        WideTable best = narrowWith(table, smallest, range / LARGEST);
        double least = best.squaredError(table);
        for (int i = 1; i < UNITS_TRIED; i++) {
            WideTable tried = narrowWith(table, smallest, range / (LARGEST - 0.5f * i));
            double error = tried.squaredError(table);
            if (error < least) {
                least = error;
                best = tried;
            }
        }
        return best;
    }

    private static WideTable narrowWith(float[] table, float smallest, float unit) {
        int[] low = new int[table.length];
        for (int c = 0; c < table.length; c++) {
            low[c] = Math.clamp(steps(table[c], smallest, unit), 0, LARGEST);
        }
        return new WideTable(unit, smallest, HIGH_STEP, new int[HIGH_ENTRIES], low);
    }

    private static int steps(float value, float smallest, float unit) {
        return unit > 0 ? Math.round((value - smallest) / unit) : 0;
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
        return smallest + unit * (highStep * high[c >> lowerBits()] + low[c]);
    }

    private int lowerBits() {
        return Math.max(0, Integer.numberOfTrailingZeros(low.length) - HIGH_BITS);
    }

    /**
     * The low bytes, then the high ones, where a shuffle finds them by its lowest six bits: the upper six bits of a code come first, a
     * seventh plane's bit is bit 6, an eighth's bit 7.
     */
    void write(ByteBuffer out) {
        for (int i = 0; i < LOW_ENTRIES; i++) {
            out.put((byte) low[code(i % low.length)]);
        }
        int highs = Math.min(HIGH_ENTRIES, low.length);
        for (int i = 0; i < HIGH_ENTRIES; i++) {
            out.put((byte) high[i % highs]);
        }
    }

    /** The code whose bits a shuffle sees as {@code index}. */
    private int code(int index) {
        int upper = index % HIGH_ENTRIES;
        int seventh = index >> HIGH_BITS & 1;
        int eighth = index >> (HIGH_BITS + 1);
        return switch (lowerBits()) {
            case 0 -> index;
            case 1 -> 2 * upper + seventh;
            default -> 4 * upper + 2 * seventh + eighth;
        };
    }

    static int writtenBytes() {
        return LOW_ENTRIES + HIGH_ENTRIES;
    }
}
