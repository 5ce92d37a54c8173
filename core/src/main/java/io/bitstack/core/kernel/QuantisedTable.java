package io.bitstack.core.kernel;

import java.nio.ByteBuffer;

/**
 * A table of reconstruction values as bytes, for shuffles that look up sixteen entries at once: value c is about {@code smallest + unit · (32 · coarse[u] +
 * fine[l][u])}, where u is the upper four bits of the code c (all of them, if there are no more) and l the others.
 *
 * <p>A table of up to sixteen values has fine ones alone, of 7 bits: the unit is chosen so that the values come close to multiples of it.
 * A larger one has about a thousand steps: fine values reach across the widest set of codes with the same upper bits.
 *
 * @param unit the value of one step; 0 for a table that has the same value everywhere
 * @param smallest the value of zero steps
 * @param coarse 0 to 31, in steps of 32
 * @param fine 0 to 127
 */
record QuantisedTable(float unit, float smallest, int[] coarse, int[][] fine) {
    private static final int ENTRIES = 16;
    private static final int FINE_TABLES = 16;
    private static final int COARSE_STEP = 32;
    private static final int MOST_COARSE = 31;
    private static final int MOST_FINE = 127;
    /** Steps of a large table from its smallest value to its largest. */
    private static final int MOST_STEPS = COARSE_STEP * MOST_COARSE + COARSE_STEP - 1;
    /** A coarse value is up to 31 steps below the smallest that it stands for, and steps are rounded. */
    private static final int MOST_SPREAD = MOST_FINE - COARSE_STEP;

    private static final int UNITS_TRIED = 64;

    /** @param table 2 to 256 values, a power of two */
    static QuantisedTable of(float[] table) {
        float smallest = table[0];
        float largest = table[0];
        for (float value : table) {
            smallest = Math.min(smallest, value);
            largest = Math.max(largest, value);
        }
        float range = largest - smallest;
        if (table.length <= ENTRIES) {
            return small(table, smallest, range);
        }
        int each = table.length / ENTRIES;
        float spread = 0;
        for (int u = 0; u < ENTRIES; u++) {
            spread = Math.max(spread, spread(table, u * each, each));
        }
        float unit = Math.max(range / MOST_STEPS, spread / MOST_SPREAD);
        int[] coarse = new int[ENTRIES];
        int[][] fine = new int[FINE_TABLES][ENTRIES];
        for (int u = 0; u < ENTRIES; u++) {
            int least = Integer.MAX_VALUE;
            for (int l = 0; l < each; l++) {
                fine[l][u] = steps(table[u * each + l], smallest, unit);
                least = Math.min(least, fine[l][u]);
            }
            coarse[u] = Math.min(least / COARSE_STEP, MOST_COARSE);
            for (int l = 0; l < each; l++) {
                fine[l][u] = Math.min(fine[l][u] - COARSE_STEP * coarse[u], MOST_FINE);
            }
        }
        return new QuantisedTable(unit, smallest, coarse, fine);
    }

    private static float spread(float[] table, int from, int length) {
        float smallest = table[from];
        float largest = table[from];
        for (int i = from; i < from + length; i++) {
            smallest = Math.min(smallest, table[i]);
            largest = Math.max(largest, table[i]);
        }
        return largest - smallest;
    }

    /** Seven bits alone: of some units, that with the least squared error. */
    private static QuantisedTable small(float[] table, float smallest, float range) {
        float best = range / MOST_FINE;
        double least = Double.POSITIVE_INFINITY;
        for (int i = 0; i < UNITS_TRIED; i++) {
            float unit = range / (MOST_FINE - 0.5f * i);
            double error = 0;
            for (float value : table) {
                double rest = value - (smallest + unit * steps(value, smallest, unit));
                error += rest * rest;
            }
            if (error < least) {
                least = error;
                best = unit;
            }
        }
        int[][] fine = new int[FINE_TABLES][ENTRIES];
        for (int u = 0; u < table.length; u++) {
            fine[0][u] = steps(table[u], smallest, best);
        }
        return new QuantisedTable(best, smallest, new int[ENTRIES], fine);
    }

    private static int steps(float value, float smallest, float unit) {
        return unit > 0 ? Math.round((value - smallest) / unit) : 0;
    }

    /** The coarse values, then the fine ones, a byte each. */
    void write(ByteBuffer out) {
        for (int value : coarse) {
            out.put((byte) value);
        }
        for (int[] values : fine) {
            for (int value : values) {
                out.put((byte) value);
            }
        }
    }

    static int writtenBytes() {
        return ENTRIES + FINE_TABLES * ENTRIES;
    }

    /** What value c of the table has become. */
    float value(int c, int level) {
        int lower = Math.max(level - 4, 0);
        int u = c >> lower;
        return smallest + unit * (COARSE_STEP * coarse[u] + fine[c - (u << lower)][u]);
    }
}
