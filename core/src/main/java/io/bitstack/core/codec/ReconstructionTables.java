package io.bitstack.core.codec;

import java.util.Arrays;
import java.util.stream.IntStream;

/** The tables T of reconstruction values, fitted to a sample of normalised weights z with importance weights w. */
final class ReconstructionTables {
    private static final int LLOYD_ROUNDS = 40;
    private static final int SPLIT_ROUNDS = 12;

    private ReconstructionTables() {}

    /** A Lloyd–Max quantiser of {@code 2^level} cells, ascending. */
    static float[] joint(float[] z, float[] w, int level) {
        Sorted sorted = Sorted.of(z, w, IntStream.range(0, z.length).toArray());
        int cells = 1 << level;
        double[] values = new double[cells];
        for (int c = 0; c < cells; c++) {
            values[c] = sorted.z[(int) Math.min(z.length - 1L, (long) ((c + 0.5) / cells * z.length))];
        }
        for (int round = 0; round < LLOYD_ROUNDS; round++) {
            int from = 0;
            for (int c = 0; c < cells; c++) {
                int to = c == cells - 1 ? z.length : sorted.firstAbove((values[c] + values[c + 1]) / 2);
                values[c] = sorted.mean(from, Math.max(from, to), values[c]);
                from = Math.max(from, to);
            }
        }
        return rounded(values);
    }

    /**
     * The next level's table: each cell of the codes so far is split in two by weighted two-means; children of cell c are 2c
     * (lower) and 2c + 1.
     *
     * @param previous the table before, whose value an empty cell's children take
     */
    static float[] split(float[] z, float[] w, int[] codes, float[] previous) {
        int cells = previous.length;
        int[][] members = members(codes, cells);
        double[] values = new double[2 * cells];
        for (int c = 0; c < cells; c++) {
            values[2 * c] = previous[c];
            values[2 * c + 1] = previous[c];
            if (members[c].length == 0) {
                continue;
            }
            Sorted sorted = Sorted.of(z, w, members[c]);
            int count = members[c].length;
            double threshold = sorted.mean(0, count, previous[c]);
            values[2 * c] = threshold;
            values[2 * c + 1] = threshold;
            for (int round = 0; round < SPLIT_ROUNDS; round++) {
                int at = sorted.firstAbove(threshold);
                if (at == 0 || at == count) {
                    break;
                }
                values[2 * c] = sorted.mean(0, at, threshold);
                values[2 * c + 1] = sorted.mean(at, count, threshold);
                threshold = (values[2 * c] + values[2 * c + 1]) / 2;
            }
        }
        return rounded(values);
    }

    /**
     * The next level's table without history: every cell is split by the same offset, the weighted mean distance of its members from
     * its value, as in the published method.
     */
    static float[] shift(float[] z, float[] w, int[] codes, float[] previous) {
        double weight = 0;
        double distance = 0;
        for (int i = 0; i < z.length; i++) {
            weight += w[i];
            distance += w[i] * Math.abs((double) z[i] - previous[codes[i]]);
        }
        double offset = weight > 0 ? distance / weight : 0;
        double[] values = new double[2 * previous.length];
        for (int c = 0; c < previous.length; c++) {
            values[2 * c] = previous[c] - offset;
            values[2 * c + 1] = previous[c] + offset;
        }
        return rounded(values);
    }

    private static int[][] members(int[] codes, int cells) {
        int[] counts = new int[cells];
        for (int code : codes) {
            counts[code]++;
        }
        int[][] members = new int[cells][];
        for (int c = 0; c < cells; c++) {
            members[c] = new int[counts[c]];
        }
        int[] filled = new int[cells];
        for (int i = 0; i < codes.length; i++) {
            members[codes[i]][filled[codes[i]]++] = i;
        }
        return members;
    }

    /** To half precision, as the header stores them: encoding sees what decoding will. */
    private static float[] rounded(double[] values) {
        float[] table = new float[values.length];
        for (int c = 0; c < values.length; c++) {
            table[c] = Float.float16ToFloat(Float.floatToFloat16((float) Math.clamp(values[c], -65504, 65504)));
        }
        return table;
    }

    /** Members of a cell by rising z, with prefix sums of w and w·z. */
    private record Sorted(float[] z, double[] weightBefore, double[] momentBefore) {
        static Sorted of(float[] z, float[] w, int[] members) {
            long[] keys = new long[members.length];
            for (int i = 0; i < members.length; i++) {
                int bits = Float.floatToIntBits(z[members[i]]);
                int ordered = bits < 0 ? ~bits : bits ^ Integer.MIN_VALUE;
                keys[i] = ((Integer.toUnsignedLong(ordered) << 32) | members[i]) ^ Long.MIN_VALUE;
            }
            Arrays.sort(keys);
            float[] sorted = new float[keys.length];
            double[] weights = new double[keys.length + 1];
            double[] moments = new double[keys.length + 1];
            for (int i = 0; i < keys.length; i++) {
                int member = (int) keys[i];
                sorted[i] = z[member];
                weights[i + 1] = weights[i] + w[member];
                moments[i + 1] = moments[i] + (double) w[member] * z[member];
            }
            return new Sorted(sorted, weights, moments);
        }

        int firstAbove(double threshold) {
            int low = 0;
            int high = z.length;
            while (low < high) {
                int middle = (low + high) >>> 1;
                if (z[middle] <= threshold) {
                    low = middle + 1;
                } else {
                    high = middle;
                }
            }
            return low;
        }

        double mean(int from, int to, double ifEmpty) {
            double weight = weightBefore[to] - weightBefore[from];
            return weight > 0 ? (momentBefore[to] - momentBefore[from]) / weight : ifEmpty;
        }
    }
}
