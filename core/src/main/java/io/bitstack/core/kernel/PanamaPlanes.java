package io.bitstack.core.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** The Vector API's loops over sign planes. */
final class PanamaPlanes {
    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_256;
    private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_256;
    private static final VectorSpecies<Byte> BYTES = ByteVector.SPECIES_64;
    private static final int LANES = 8;

    /** One bit to the bottom of each byte of a word: what {@link Long#expand} needs to spread a plane's bits. */
    private static final long BYTE_BOTTOMS = 0x0101010101010101L;

    /** The same for four bits. */
    private static final long NIBBLE_BOTTOMS = 0x1111111111111111L;

    private static final int NIBBLE_LEVEL = 4;

    /** Lane i shifts nibble i down to bit 0. */
    private static final IntVector NIBBLE_TO_BOTTOM =
            IntVector.broadcast(INTS, 0).addIndex(1).mul(4);

    private static final VarHandle CODES = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private PanamaPlanes() {}

    static void multiply(SignPlanes w, float[] x, int xOffset, float[] y, int yOffset, int from, int to) {
        if (w.level() <= NIBBLE_LEVEL) {
            nibblePlanes(w, x, xOffset, y, yOffset, from, to);
        } else {
            bytePlanes(w, x, xOffset, y, yOffset, from, to);
        }
    }

    /** Up to four planes: codes of four bits, sixteen to a word, and a table that fits two registers. */
    private static void nibblePlanes(SignPlanes w, float[] x, int xOffset, float[] y, int yOffset, int from, int to) {
        int level = w.level();
        // Planes that are not there are read as the first one and spread nowhere.
        MemorySegment plane0 = w.plane(0);
        MemorySegment plane1 = level > 1 ? w.plane(1) : plane0;
        MemorySegment plane2 = level > 2 ? w.plane(2) : plane0;
        MemorySegment plane3 = level > 3 ? w.plane(3) : plane0;
        long to0 = NIBBLE_BOTTOMS << (level - 1);
        long to1 = level > 1 ? NIBBLE_BOTTOMS << (level - 2) : 0;
        long to2 = level > 2 ? NIBBLE_BOTTOMS << (level - 3) : 0;
        long to3 = level > 3 ? NIBBLE_BOTTOMS : 0;
        float[] table = Arrays.copyOf(w.table(), 2 * LANES);
        IntVector low = PanamaKernels.load(table, 0).reinterpretAsInts();
        IntVector high = PanamaKernels.load(table, LANES).reinterpretAsInts();
        int wholeWords = w.columns() / 64;
        for (int i = from; i < to; i++) {
            long at = (long) i * w.words() * Long.BYTES;
            FloatVector sum0 = FloatVector.zero(FLOATS);
            FloatVector sum1 = FloatVector.zero(FLOATS);
            int column = xOffset;
            for (int word = 0; word < wholeWords; word++, at += Long.BYTES) {
                long bits0 = plane0.get(ScalarKernels.WORD, at);
                long bits1 = plane1.get(ScalarKernels.WORD, at);
                long bits2 = plane2.get(ScalarKernels.WORD, at);
                long bits3 = plane3.get(ScalarKernels.WORD, at);
                for (int shift = 0; shift < 64; shift += 16, column += 16) {
                    long codes = Long.expand(bits0 >>> shift, to0)
                            | Long.expand(bits1 >>> shift, to1)
                            | Long.expand(bits2 >>> shift, to2)
                            | Long.expand(bits3 >>> shift, to3);
                    sum0 = entries((int) codes, low, high).fma(PanamaKernels.load(x, column), sum0);
                    sum1 = entries((int) (codes >>> 32), low, high).fma(PanamaKernels.load(x, column + LANES), sum1);
                }
            }
            float rest = 0;
            for (int j = 64 * wholeWords; j < w.columns(); j++) {
                rest += table[ScalarKernels.code(w, i, j)] * x[xOffset + j];
            }
            y[yOffset + i] = w.rowScale(i) * (PanamaKernels.total(sum0.add(sum1)) + rest);
        }
    }

    /** The table's entries for eight codes of four bits each, the first lowest. */
    private static FloatVector entries(int codes, IntVector low, IntVector high) {
        IntVector index = IntVector.broadcast(INTS, codes).lanewise(VectorOperators.LSHR, NIBBLE_TO_BOTTOM);
        IntVector within = index.and(LANES - 1);
        return within.selectFrom(low)
                .blend(within.selectFrom(high), index.and(LANES).compare(VectorOperators.NE, 0))
                .reinterpretAsFloats();
    }

    /** More planes: codes of a byte, each looked up in the table. */
    private static void bytePlanes(SignPlanes w, float[] x, int xOffset, float[] y, int yOffset, int from, int to) {
        float[] table = Arrays.copyOf(w.table(), 1 << SignPlanes.MAX_LEVEL);
        byte[] codes = new byte[64];
        for (int i = from; i < to; i++) {
            long rowOffsetBytes = (long) i * w.words() * Long.BYTES;
            float sum0 = 0;
            float sum1 = 0;
            float sum2 = 0;
            float sum3 = 0;
            for (int word = 0; word < w.words(); word++) {
                spread(w, rowOffsetBytes + (long) word * Long.BYTES, codes);
                int at = xOffset + 64 * word;
                int columns = Math.min(64, w.columns() - 64 * word);
                int j = 0;
                for (; j + 4 <= columns; j += 4) {
                    sum0 = Math.fma(table[codes[j] & 0xFF], x[at + j], sum0);
                    sum1 = Math.fma(table[codes[j + 1] & 0xFF], x[at + j + 1], sum1);
                    sum2 = Math.fma(table[codes[j + 2] & 0xFF], x[at + j + 2], sum2);
                    sum3 = Math.fma(table[codes[j + 3] & 0xFF], x[at + j + 3], sum3);
                }
                for (; j < columns; j++) {
                    sum0 = Math.fma(table[codes[j] & 0xFF], x[at + j], sum0);
                }
            }
            y[yOffset + i] = w.rowScale(i) * ((sum0 + sum1) + (sum2 + sum3));
        }
    }

    static void decode(SignPlanes w, float[] columnScale, int from, int to, float[] out) {
        float[] table = w.table();
        byte[] codes = new byte[64];
        int[] indexes = new int[LANES];
        for (int i = from; i < to; i++) {
            long rowOffsetBytes = (long) i * w.words() * Long.BYTES;
            int row = (i - from) * w.columns();
            float rowScale = w.rowScale(i);
            for (int word = 0; word < w.words(); word++) {
                spread(w, rowOffsetBytes + (long) word * Long.BYTES, codes);
                int columns = Math.min(64, w.columns() - 64 * word);
                int at = 64 * word;
                int j = 0;
                for (; j + LANES <= columns; j += LANES) {
                    gathered(codes, j, table, indexes)
                            .mul(PanamaKernels.load(columnScale, at + j))
                            .mul(rowScale)
                            .intoArray(out, row + at + j);
                }
                for (; j < columns; j++) {
                    out[row + at + j] = table[codes[j] & 0xFF] * columnScale[at + j] * rowScale;
                }
            }
        }
    }

    private static IntVector index(byte[] codes, int at) {
        return (IntVector)
                ByteVector.fromArray(BYTES, codes, at).convertShape(VectorOperators.ZERO_EXTEND_B2I, INTS, 0);
    }

    private static FloatVector gathered(byte[] codes, int at, float[] table, int[] indexes) {
        index(codes, at).intoArray(indexes, 0);
        return FloatVector.fromArray(FLOATS, table, 0, indexes, 0);
    }

    /** The codes of 64 columns, one a byte. */
    private static void spread(SignPlanes w, long offsetBytes, byte[] codes) {
        int level = w.level();
        long c0 = 0;
        long c1 = 0;
        long c2 = 0;
        long c3 = 0;
        long c4 = 0;
        long c5 = 0;
        long c6 = 0;
        long c7 = 0;
        for (int p = 0; p < level; p++) {
            long bits = w.plane(p).get(ScalarKernels.WORD, offsetBytes);
            long bottoms = BYTE_BOTTOMS << (level - 1 - p);
            c0 |= Long.expand(bits, bottoms);
            c1 |= Long.expand(bits >>> 8, bottoms);
            c2 |= Long.expand(bits >>> 16, bottoms);
            c3 |= Long.expand(bits >>> 24, bottoms);
            c4 |= Long.expand(bits >>> 32, bottoms);
            c5 |= Long.expand(bits >>> 40, bottoms);
            c6 |= Long.expand(bits >>> 48, bottoms);
            c7 |= Long.expand(bits >>> 56, bottoms);
        }
        CODES.set(codes, 0, c0);
        CODES.set(codes, 8, c1);
        CODES.set(codes, 16, c2);
        CODES.set(codes, 24, c3);
        CODES.set(codes, 32, c4);
        CODES.set(codes, 40, c5);
        CODES.set(codes, 48, c6);
        CODES.set(codes, 56, c7);
    }
}
