package io.bitstack.core.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Products with signs by tables: for each six columns the 64 sums that their signs can make, for all k rows of the factor, so that a row of
 * signs takes one addition of k numbers for six columns. Tables of some columns at a time, as many as stay in cache, are used by all
 * rows before the next ones are made.
 */
final class SignTables {
    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_256;
    private static final int LANES = 8;
    private static final int GROUP_COLUMNS = 6;
    private static final int SUMS = 1 << GROUP_COLUMNS;
    /** Groups whose tables are made at once. */
    private static final int GROUPS_TOGETHER = 24;

    private static final ValueLayout.OfShort TWO_BYTES =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** Scratch of each thread that grows when it has to. */
    private static final ThreadLocal<SignTables> HELD = ThreadLocal.withInitial(SignTables::new);

    private float[] tables = new float[0];
    private float[] sums = new float[0];
    private float[] columnsOfGroup = new float[0];

    private SignTables() {}

    /** {@link KernelProvider#addSignedProducts}. */
    static void addProducts(
            MemorySegment plane,
            int columns,
            float[] left,
            float[] f,
            int k,
            float[] y,
            int yOffset,
            int from,
            int to) {
        HELD.get().run(plane, columns, left, f, k, y, yOffset, from, to);
    }

    private void run(
            MemorySegment plane,
            int columns,
            float[] left,
            float[] f,
            int k,
            float[] y,
            int yOffset,
            int from,
            int to) {
        int width = (k + LANES - 1) / LANES * LANES;
        int groups = (columns + GROUP_COLUMNS - 1) / GROUP_COLUMNS;
        tables = atLeast(tables, Math.min(groups, GROUPS_TOGETHER) * SUMS * width);
        columnsOfGroup = atLeast(columnsOfGroup, GROUP_COLUMNS * width);
        sums = atLeast(sums, (to - from) * width);
        Arrays.fill(sums, 0, (to - from) * width, 0);
        for (int first = 0; first < groups; first += GROUPS_TOGETHER) {
            int last = Math.min(groups, first + GROUPS_TOGETHER);
            for (int group = first; group < last; group++) {
                make(f, columns, k, width, group, (group - first) * SUMS * width);
            }
            for (int row = from; row < to; row++) {
                long at = (long) row * SignPlanes.words(columns) * Long.BYTES;
                int lane = 0;
                for (; lane + 2 * LANES <= width; lane += 2 * LANES) {
                    addSixteen(plane, at, columns, first, last, width, lane, (row - from) * width + lane);
                }
                for (; lane < width; lane += LANES) {
                    add(plane, at, columns, first, last, width, lane, (row - from) * width + lane);
                }
            }
        }
        for (int row = from; row < to; row++) {
            float sum = 0;
            for (int r = 0; r < k; r++) {
                sum = Math.fma(left[row * k + r], sums[(row - from) * width + r], sum);
            }
            y[yOffset + row] += sum;
        }
    }

    private static float[] atLeast(float[] held, int size) {
        return held.length < size ? new float[size] : held;
    }

    /** The 64 sums of a group: all minus first, then each from one with a bit less. Columns that are not there are 0. */
    private void make(float[] f, int columns, int k, int width, int group, int to) {
        for (int c = 0; c < GROUP_COLUMNS; c++) {
            int column = group * GROUP_COLUMNS + c;
            for (int r = 0; r < width; r++) {
                columnsOfGroup[c * width + r] = column < columns && r < k ? f[r * columns + column] : 0;
            }
        }
        for (int lane = 0; lane < width; lane += LANES) {
            FloatVector none = FloatVector.zero(FLOATS);
            for (int c = 0; c < GROUP_COLUMNS; c++) {
                none = none.sub(FloatVector.fromArray(FLOATS, columnsOfGroup, c * width + lane));
            }
            none.intoArray(tables, to + lane);
            for (int c = 0; c < GROUP_COLUMNS; c++) {
                FloatVector twice = FloatVector.fromArray(FLOATS, columnsOfGroup, c * width + lane)
                        .mul(2);
                for (int signs = 0; signs < 1 << c; signs++) {
                    FloatVector.fromArray(FLOATS, tables, to + signs * width + lane)
                            .add(twice)
                            .intoArray(tables, to + (signs + (1 << c)) * width + lane);
                }
            }
        }
    }

    /** Groups whose signs can be read two bytes at a time: the last group's may end beyond the row. */
    private static int wholeGroups(int columns, int last) {
        return Math.min(last, columns / GROUP_COLUMNS - 1);
    }

    private static int signs(MemorySegment plane, long rowBytes, int group) {
        int bit = group * GROUP_COLUMNS;
        return plane.get(TWO_BYTES, rowBytes + (bit >> 3)) >> (bit & 7) & SUMS - 1;
    }

    private static int lastSigns(MemorySegment plane, long rowBytes, int group, int columns) {
        int signs = 0;
        for (int c = 0; c < GROUP_COLUMNS && group * GROUP_COLUMNS + c < columns; c++) {
            signs |= ScalarKernels.bit(plane, rowBytes, group * GROUP_COLUMNS + c) << c;
        }
        return signs;
    }

    /** Adds what the signs of one row choose from the tables of groups [first, last): eight numbers of each. */
    private void add(
            MemorySegment plane, long rowBytes, int columns, int first, int last, int width, int lane, int sumAt) {
        int whole = wholeGroups(columns, last);
        FloatVector sum = FloatVector.fromArray(FLOATS, sums, sumAt);
        int group = first;
        for (; group < whole; group++) {
            int at = ((group - first) * SUMS + signs(plane, rowBytes, group)) * width + lane;
            sum = sum.add(FloatVector.fromArray(FLOATS, tables, at));
        }
        for (; group < last; group++) {
            int at = ((group - first) * SUMS + lastSigns(plane, rowBytes, group, columns)) * width + lane;
            sum = sum.add(FloatVector.fromArray(FLOATS, tables, at));
        }
        sum.intoArray(sums, sumAt);
    }

    /** Sixteen numbers of each, two groups at a time: one sum would have to wait for every addition. */
    private void addSixteen(
            MemorySegment plane, long rowBytes, int columns, int first, int last, int width, int lane, int sumAt) {
        int whole = wholeGroups(columns, last);
        FloatVector even0 = FloatVector.fromArray(FLOATS, sums, sumAt);
        FloatVector even1 = FloatVector.fromArray(FLOATS, sums, sumAt + LANES);
        FloatVector odd0 = FloatVector.zero(FLOATS);
        FloatVector odd1 = FloatVector.zero(FLOATS);
        int group = first;
        for (; group + 1 < whole; group += 2) {
            int at = ((group - first) * SUMS + signs(plane, rowBytes, group)) * width + lane;
            even0 = even0.add(FloatVector.fromArray(FLOATS, tables, at));
            even1 = even1.add(FloatVector.fromArray(FLOATS, tables, at + LANES));
            int next = ((group + 1 - first) * SUMS + signs(plane, rowBytes, group + 1)) * width + lane;
            odd0 = odd0.add(FloatVector.fromArray(FLOATS, tables, next));
            odd1 = odd1.add(FloatVector.fromArray(FLOATS, tables, next + LANES));
        }
        for (; group < last; group++) {
            int at = ((group - first) * SUMS + lastSigns(plane, rowBytes, group, columns)) * width + lane;
            even0 = even0.add(FloatVector.fromArray(FLOATS, tables, at));
            even1 = even1.add(FloatVector.fromArray(FLOATS, tables, at + LANES));
        }
        even0.add(odd0).intoArray(sums, sumAt);
        even1.add(odd1).intoArray(sums, sumAt + LANES);
    }
}
