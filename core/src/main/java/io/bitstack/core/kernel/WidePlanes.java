package io.bitstack.core.kernel;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Sign planes of up to four levels times activations, on registers of 512 bits: one load of 512 columns per plane, the bits transposed to
 * codes of four bits in registers, sixteen codes at a time looked up in a table that one register holds. Eight rows at a time, whose
 * codes lie in a buffer between the two steps; words that fill no block of 512 columns are taken from all eight together.
 *
 * <p>No arrays of vectors, and loops that are small: the compiler would put vectors on the heap otherwise.
 */
final class WidePlanes {
    static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_512;
    static final VectorSpecies<Integer> INTS = IntVector.SPECIES_512;
    static final VectorSpecies<Long> LONGS = LongVector.SPECIES_512;
    static final int MOST_LEVELS = 4;
    static final int BLOCK_WORDS = 8;
    static final int BLOCK_COLUMNS = 512;
    static final int LANES = 16;
    /** Neighbouring columns of one lane of a block. */
    static final int LANE_COLUMNS = 32;

    private static final int ROWS = 8;

    private static final long ODD = 0x5555555555555555L;
    private static final long PAIRS = 0x3333333333333333L;

    private WidePlanes() {}

    /** Whether this processor has registers of 512 bits that the JVM uses. */
    static boolean areFast() {
        return FloatVector.SPECIES_PREFERRED.length() >= LANES;
    }

    /** Floats of one token's activations as {@link #arrange} lays them out. */
    static int arrangedFloats(int columns) {
        int words = SignPlanes.words(columns);
        return BLOCK_COLUMNS * (words / BLOCK_WORDS + words % BLOCK_WORDS);
    }

    /**
     * Register c of a block holds column c of each of its sixteen lanes' 32 neighbours; of a word that fills no block, column c of its
     * first and of its second half by turns, for eight rows.
     */
    static void arrange(float[] x, int xOffset, float[] scale, float[] out, int outAt) {
        int words = SignPlanes.words(scale.length);
        int blocks = words / BLOCK_WORDS;
        for (int part = 0; part < blocks + words % BLOCK_WORDS; part++) {
            boolean block = part < blocks;
            int first = block ? part * BLOCK_COLUMNS : 64 * (BLOCK_WORDS * blocks + part - blocks);
            int to = outAt + part * BLOCK_COLUMNS;
            for (int lane = 0; lane < LANES; lane++) {
                int from = first + LANE_COLUMNS * (block ? lane : lane % 2);
                int count = Math.clamp(scale.length - from, 0, LANE_COLUMNS);
                for (int c = 0; c < count; c++) {
                    out[to + c * LANES + lane] = x[xOffset + from + c] * scale[from + c];
                }
                for (int c = count; c < LANE_COLUMNS; c++) {
                    out[to + c * LANES + lane] = 0;
                }
            }
        }
    }

    /** Rows [from, to); {@code x} is what {@link #arrange} made, from {@code xAt} on. */
    static void multiply(SignPlanes w, float[] x, int xAt, float[] y, int yOffset, int from, int to) {
        int words = w.words();
        int blocks = words / BLOCK_WORDS;
        Buffers buffers = Buffers.of(blocks + words % BLOCK_WORDS);
        // Repeated, so that bits of planes that are not there do no harm.
        float[] table = buffers.table;
        for (int i = 0; i < LANES; i++) {
            table[i] = w.table()[i % w.table().length];
        }
        for (int row = from; row < to; row += ROWS) {
            int rows = Math.min(ROWS, to - row);
            nibbles(w, row, rows, buffers);
            for (int i = 0; i < rows; i += 4) {
                fourRows(buffers.codes, i, blocks, x, xAt, table, buffers.sums, i * LANES);
            }
            tails(buffers.codes, blocks, words % BLOCK_WORDS, x, xAt, table, buffers.sums, ROWS * LANES);
            for (int i = 0; i < rows; i++) {
                y[yOffset + row + i] = w.rowScale(row + i) * buffers.total(i);
            }
        }
    }

    /** The codes of all columns of some rows: registers of a block, row by row; then those of a word of all rows. */
    private static void nibbles(SignPlanes w, int row, int rows, Buffers buffers) {
        int level = w.level();
        int words = w.words();
        int blocks = words / BLOCK_WORDS;
        // Planes that are not there are read as the last one and count for nothing.
        MemorySegment plane0 = w.plane(level - 1);
        MemorySegment plane1 = w.plane(Math.max(level - 2, 0));
        MemorySegment plane2 = w.plane(Math.max(level - 3, 0));
        MemorySegment plane3 = w.plane(Math.max(level - 4, 0));
        for (int i = 0; i < rows; i++) {
            long at = (long) (row + i) * words * Long.BYTES;
            for (int k = 0; k < blocks; k++, at += BLOCK_WORDS * Long.BYTES) {
                transpose(
                        load(plane0, at),
                        load(plane1, at),
                        load(plane2, at),
                        load(plane3, at),
                        buffers.codes,
                        (4 * ROWS * k + i) * BLOCK_WORDS,
                        ROWS * BLOCK_WORDS);
            }
        }
        long[] eight = buffers.eight;
        for (int word = blocks * BLOCK_WORDS; word < words; word++) {
            for (int i = 0; i < ROWS; i++) {
                long at = ((long) (row + Math.min(i, rows - 1)) * words + word) * Long.BYTES;
                eight[i] = plane0.get(ScalarKernels.WORD, at);
                eight[ROWS + i] = plane1.get(ScalarKernels.WORD, at);
                eight[2 * ROWS + i] = plane2.get(ScalarKernels.WORD, at);
                eight[3 * ROWS + i] = plane3.get(ScalarKernels.WORD, at);
            }
            transpose(
                    LongVector.fromArray(LONGS, eight, 0),
                    LongVector.fromArray(LONGS, eight, ROWS),
                    LongVector.fromArray(LONGS, eight, 2 * ROWS),
                    LongVector.fromArray(LONGS, eight, 3 * ROWS),
                    buffers.codes,
                    (4 * ROWS * blocks + 4 * (word - blocks * BLOCK_WORDS)) * BLOCK_WORDS,
                    BLOCK_WORDS);
        }
    }

    /** Four registers of codes, {@code stride} apart: nibble i of register r is that of column 4i + r. {@code b0}: least significant. */
    private static void transpose(
            LongVector b0, LongVector b1, LongVector b2, LongVector b3, long[] codes, int at, int stride) {
        LongVector p0 = below(b0, b1, ODD, 1);
        LongVector p1 = above(b0, b1, ODD, 1);
        LongVector p2 = below(b2, b3, ODD, 1);
        LongVector p3 = above(b2, b3, ODD, 1);
        below(p0, p2, PAIRS, 2).intoArray(codes, at);
        below(p1, p3, PAIRS, 2).intoArray(codes, at + stride);
        above(p0, p2, PAIRS, 2).intoArray(codes, at + 2 * stride);
        above(p1, p3, PAIRS, 2).intoArray(codes, at + 3 * stride);
    }

    /** One step of transposing a matrix of bits: those of {@code lo} that stay, and those of {@code hi} that move up beside them. */
    static LongVector below(LongVector lo, LongVector hi, long mask, int shift) {
        return hi.lanewise(VectorOperators.LSHL, shift).lanewise(VectorOperators.BITWISE_BLEND, lo, mask);
    }

    /** The other half: those of {@code lo} that move down, and those of {@code hi} that stay. */
    static LongVector above(LongVector lo, LongVector hi, long mask, int shift) {
        return hi.lanewise(VectorOperators.BITWISE_BLEND, lo.lanewise(VectorOperators.LSHR, shift), mask);
    }

    static LongVector load(MemorySegment plane, long at) {
        return LongVector.fromMemorySegment(LONGS, plane, at, ByteOrder.LITTLE_ENDIAN);
    }

    /** The lanes' sums of products of four rows, from {@code row} on, over whole blocks. */
    private static void fourRows(
            long[] codes, int row, int blocks, float[] x, int xAt, float[] table, float[] sums, int sumsAt) {
        IntVector entries = FloatVector.fromArray(FLOATS, table, 0).reinterpretAsInts();
        FloatVector s0 = FloatVector.zero(FLOATS);
        FloatVector s1 = FloatVector.zero(FLOATS);
        FloatVector s2 = FloatVector.zero(FLOATS);
        FloatVector s3 = FloatVector.zero(FLOATS);
        for (int register = 0; register < 4 * blocks; register++) {
            int at = (register * ROWS + row) * BLOCK_WORDS;
            IntVector c0 = LongVector.fromArray(LONGS, codes, at).reinterpretAsInts();
            IntVector c1 = LongVector.fromArray(LONGS, codes, at + BLOCK_WORDS).reinterpretAsInts();
            IntVector c2 =
                    LongVector.fromArray(LONGS, codes, at + 2 * BLOCK_WORDS).reinterpretAsInts();
            IntVector c3 =
                    LongVector.fromArray(LONGS, codes, at + 3 * BLOCK_WORDS).reinterpretAsInts();
            int first = xAt + (register >> 2) * BLOCK_COLUMNS + (register & 3) * LANES;
            for (int j = first; j < first + BLOCK_COLUMNS; j += 4 * LANES) {
                FloatVector activations = FloatVector.fromArray(FLOATS, x, j);
                s0 = c0.selectFrom(entries).reinterpretAsFloats().fma(activations, s0);
                s1 = c1.selectFrom(entries).reinterpretAsFloats().fma(activations, s1);
                s2 = c2.selectFrom(entries).reinterpretAsFloats().fma(activations, s2);
                s3 = c3.selectFrom(entries).reinterpretAsFloats().fma(activations, s3);
                c0 = c0.lanewise(VectorOperators.LSHR, 4);
                c1 = c1.lanewise(VectorOperators.LSHR, 4);
                c2 = c2.lanewise(VectorOperators.LSHR, 4);
                c3 = c3.lanewise(VectorOperators.LSHR, 4);
            }
        }
        s0.intoArray(sums, sumsAt);
        s1.intoArray(sums, sumsAt + LANES);
        s2.intoArray(sums, sumsAt + 2 * LANES);
        s3.intoArray(sums, sumsAt + 3 * LANES);
    }

    /** The sums over words that fill no block, two lanes for each of eight rows. */
    private static void tails(
            long[] codes, int blocks, int tails, float[] x, int xAt, float[] table, float[] sums, int sumsAt) {
        IntVector entries = FloatVector.fromArray(FLOATS, table, 0).reinterpretAsInts();
        FloatVector sum = FloatVector.zero(FLOATS);
        for (int register = 0; register < 4 * tails; register++) {
            int at = (4 * ROWS * blocks + register) * BLOCK_WORDS;
            IntVector c = LongVector.fromArray(LONGS, codes, at).reinterpretAsInts();
            int first = xAt + (blocks + (register >> 2)) * BLOCK_COLUMNS + (register & 3) * LANES;
            for (int j = first; j < first + BLOCK_COLUMNS; j += 4 * LANES) {
                sum = c.selectFrom(entries).reinterpretAsFloats().fma(FloatVector.fromArray(FLOATS, x, j), sum);
                c = c.lanewise(VectorOperators.LSHR, 4);
            }
        }
        sum.intoArray(sums, sumsAt);
    }

    /** Codes of eight rows, and sums of their lanes: of each row's whole blocks, and of all rows' other words. */
    private static final class Buffers {
        private static final ThreadLocal<Buffers> HELD = ThreadLocal.withInitial(Buffers::new);

        final float[] table = new float[LANES];
        final long[] eight = new long[4 * ROWS];
        final float[] sums = new float[(ROWS + 1) * LANES];
        long[] codes = new long[0];

        static Buffers of(int parts) {
            Buffers held = HELD.get();
            if (held.codes.length < 4 * ROWS * BLOCK_WORDS * parts) {
                held.codes = new long[4 * ROWS * BLOCK_WORDS * parts];
            }
            return held;
        }

        /** Of one row, in one order. */
        float total(int row) {
            float sum = sums[ROWS * LANES + 2 * row] + sums[ROWS * LANES + 2 * row + 1];
            for (int i = row * LANES; i < (row + 1) * LANES; i++) {
                sum += sums[i];
            }
            return sum;
        }
    }
}
