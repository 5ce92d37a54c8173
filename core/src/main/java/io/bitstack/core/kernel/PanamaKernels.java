package io.bitstack.core.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** The Vector API's loops, on registers of 256 bits, which every x86 server has and AVX-512 machines run as well. */
final class PanamaKernels implements KernelProvider {
    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_256;
    private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_256;
    private static final VectorSpecies<Byte> BYTES = ByteVector.SPECIES_64;
    private static final VectorSpecies<Short> SHORTS = ShortVector.SPECIES_128;
    private static final int LANES = 8;
    /** One bit to the bottom of each byte of a word: what {@link Long#expand} needs to spread a plane's bits. */
    private static final long BYTE_BOTTOMS = 0x0101010101010101L;

    /** The same for four bits. */
    private static final long NIBBLE_BOTTOMS = 0x1111111111111111L;

    private static final int NIBBLE_LEVEL = 4;

    /** Lane i shifts nibble i down to bit 0. */
    private static final IntVector NIBBLE_TO_BOTTOM =
            IntVector.broadcast(INTS, 0).addIndex(1).mul(4);

    /** Lane i shifts bit i up to bit 31. */
    private static final IntVector LEFT_TO_TOP =
            IntVector.broadcast(INTS, 31).sub(IntVector.broadcast(INTS, 0).addIndex(1));

    private static final VarHandle CODES = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final KernelProvider PLAIN = new ScalarKernels();

    @Override
    public String name() {
        return "panama";
    }

    /**
     * The sum of all lanes, in one order. {@code reduceLanes} leaves the order open, and compiled code adds otherwise than the
     * interpreter does, so that the same inputs would not give the same stack.
     */
    private static float total(FloatVector v) {
        return ((v.lane(0) + v.lane(4)) + (v.lane(2) + v.lane(6)))
                + ((v.lane(1) + v.lane(5)) + (v.lane(3) + v.lane(7)));
    }

    /** The same sum in the same order, of lanes in memory. */
    private static float total(float[] x, int at) {
        return ((x[at] + x[at + 4]) + (x[at + 2] + x[at + 6])) + ((x[at + 1] + x[at + 5]) + (x[at + 3] + x[at + 7]));
    }

    @Override
    public float dot(float[] a, int aOffset, float[] b, int bOffset, int length) {
        FloatVector sum0 = FloatVector.zero(FLOATS);
        FloatVector sum1 = FloatVector.zero(FLOATS);
        int i = 0;
        for (; i + 2 * LANES <= length; i += 2 * LANES) {
            sum0 = load(a, aOffset + i).fma(load(b, bOffset + i), sum0);
            sum1 = load(a, aOffset + i + LANES).fma(load(b, bOffset + i + LANES), sum1);
        }
        float sum = total(sum0.add(sum1));
        for (; i < length; i++) {
            sum += a[aOffset + i] * b[bOffset + i];
        }
        return sum;
    }

    @Override
    public void axpy(float alpha, float[] x, int xOffset, float[] y, int yOffset, int length) {
        int i = 0;
        FloatVector factor = FloatVector.broadcast(FLOATS, alpha);
        for (; i + LANES <= length; i += LANES) {
            load(x, xOffset + i).fma(factor, load(y, yOffset + i)).intoArray(y, yOffset + i);
        }
        for (; i < length; i++) {
            y[yOffset + i] += alpha * x[xOffset + i];
        }
    }

    @Override
    public void exponentials(float[] x, int xOffset, float shift, float[] out, int outOffset, int length) {
        int i = 0;
        for (; i + LANES <= length; i += LANES) {
            Exponential.of(load(x, xOffset + i).sub(shift)).intoArray(out, outOffset + i);
        }
        for (; i < length; i++) {
            out[outOffset + i] = (float) Math.exp(x[xOffset + i] - shift);
        }
    }

    @Override
    public void multiplyTransposed(
            float[] a,
            int aOffset,
            int lda,
            float[] b,
            int bOffset,
            int ldb,
            float[] c,
            int cOffset,
            int ldc,
            int m,
            int n,
            int k) {
        float[] lanes = new float[3 * LANES];
        int i = 0;
        for (; i + 4 <= m; i += 4) {
            int j = 0;
            for (; j + 3 <= n; j += 3) {
                tile(a, aOffset + i * lda, lda, b, bOffset + j * ldb, ldb, c, cOffset + i * ldc + j, ldc, k, lanes);
            }
            for (; j < n; j++) {
                for (int r = 0; r < 4; r++) {
                    c[cOffset + (i + r) * ldc + j] = dot(a, aOffset + (i + r) * lda, b, bOffset + j * ldb, k);
                }
            }
        }
        for (; i < m; i++) {
            for (int j = 0; j < n; j++) {
                c[cOffset + i * ldc + j] = dot(a, aOffset + i * lda, b, bOffset + j * ldb, k);
            }
        }
    }

    /** A 4 × 3 tile of C in twelve registers: seven loads for twelve multiply-adds. */
    private static void tile(
            float[] a, int a0, int lda, float[] b, int b0, int ldb, float[] c, int c0, int ldc, int k, float[] lanes) {
        int a1 = a0 + lda;
        int a2 = a1 + lda;
        int a3 = a2 + lda;
        int b1 = b0 + ldb;
        int b2 = b1 + ldb;
        FloatVector s00 = FloatVector.zero(FLOATS);
        FloatVector s01 = s00;
        FloatVector s02 = s00;
        FloatVector s10 = s00;
        FloatVector s11 = s00;
        FloatVector s12 = s00;
        FloatVector s20 = s00;
        FloatVector s21 = s00;
        FloatVector s22 = s00;
        FloatVector s30 = s00;
        FloatVector s31 = s00;
        FloatVector s32 = s00;
        int p = 0;
        for (; p + LANES <= k; p += LANES) {
            FloatVector v0 = load(b, b0 + p);
            FloatVector v1 = load(b, b1 + p);
            FloatVector v2 = load(b, b2 + p);
            FloatVector u = load(a, a0 + p);
            s00 = u.fma(v0, s00);
            s01 = u.fma(v1, s01);
            s02 = u.fma(v2, s02);
            u = load(a, a1 + p);
            s10 = u.fma(v0, s10);
            s11 = u.fma(v1, s11);
            s12 = u.fma(v2, s12);
            u = load(a, a2 + p);
            s20 = u.fma(v0, s20);
            s21 = u.fma(v1, s21);
            s22 = u.fma(v2, s22);
            u = load(a, a3 + p);
            s30 = u.fma(v0, s30);
            s31 = u.fma(v1, s31);
            s32 = u.fma(v2, s32);
        }
        int rest = k - p;
        store(c, c0, s00, s01, s02, a, a0 + p, b, b0 + p, ldb, rest, lanes);
        store(c, c0 + ldc, s10, s11, s12, a, a1 + p, b, b0 + p, ldb, rest, lanes);
        store(c, c0 + 2 * ldc, s20, s21, s22, a, a2 + p, b, b0 + p, ldb, rest, lanes);
        store(c, c0 + 3 * ldc, s30, s31, s32, a, a3 + p, b, b0 + p, ldb, rest, lanes);
    }

    /** Writes one row of a tile: the sums of the lanes and the {@code rest} products that filled no register. */
    private static void store(
            float[] c,
            int at,
            FloatVector s0,
            FloatVector s1,
            FloatVector s2,
            float[] a,
            int aAt,
            float[] b,
            int bAt,
            int ldb,
            int rest,
            float[] lanes) {
        // Through memory: twelve times the lanes of a register are more than the compiler inlines into a tile.
        s0.intoArray(lanes, 0);
        s1.intoArray(lanes, LANES);
        s2.intoArray(lanes, 2 * LANES);
        float x0 = total(lanes, 0);
        float x1 = total(lanes, LANES);
        float x2 = total(lanes, 2 * LANES);
        for (int p = 0; p < rest; p++) {
            x0 += a[aAt + p] * b[bAt + p];
            x1 += a[aAt + p] * b[bAt + ldb + p];
            x2 += a[aAt + p] * b[bAt + 2 * ldb + p];
        }
        c[at] = x0;
        c[at + 1] = x1;
        c[at + 2] = x2;
    }

    @Override
    public void bfloat16Rows(
            MemorySegment w, int columns, float[] x, int xOffset, float[] y, int yOffset, int from, int to) {
        for (int i = from; i < to; i++) {
            long row = (long) i * columns * Short.BYTES;
            FloatVector sum = FloatVector.zero(FLOATS);
            int j = 0;
            for (; j + LANES <= columns; j += LANES) {
                IntVector bits = (IntVector)
                        ShortVector.fromMemorySegment(SHORTS, w, row + (long) j * Short.BYTES, ByteOrder.LITTLE_ENDIAN)
                                .convertShape(VectorOperators.ZERO_EXTEND_S2I, INTS, 0);
                sum = bits.lanewise(VectorOperators.LSHL, 16)
                        .reinterpretAsFloats()
                        .fma(load(x, xOffset + j), sum);
            }
            float total = total(sum);
            for (; j < columns; j++) {
                total += Float.intBitsToFloat(w.get(ScalarKernels.BFLOAT16, row + (long) j * Short.BYTES) << 16)
                        * x[xOffset + j];
            }
            y[yOffset + i] = total;
        }
    }

    @Override
    public void hadamard(float[] x, int offset, int length, int block) {
        if (block < LANES) {
            PLAIN.hadamard(x, offset, length, block);
            return;
        }
        float scale = (float) (1 / Math.sqrt(block));
        for (int start = offset; start < offset + length; start += block) {
            for (int at = start; at < start + block; at += LANES) {
                for (int half = 1; half < LANES; half *= 2) {
                    for (int i = 0; i < LANES; i++) {
                        if ((i & half) == 0) {
                            float sum = x[at + i] + x[at + i + half];
                            x[at + i + half] = x[at + i] - x[at + i + half];
                            x[at + i] = sum;
                        }
                    }
                }
            }
            for (int half = LANES; half < block; half *= 2) {
                for (int pair = start; pair < start + block; pair += 2 * half) {
                    for (int i = pair; i < pair + half; i += LANES) {
                        FloatVector low = load(x, i);
                        FloatVector high = load(x, i + half);
                        low.add(high).intoArray(x, i);
                        low.sub(high).intoArray(x, i + half);
                    }
                }
            }
            for (int i = start; i < start + block; i += LANES) {
                load(x, i).mul(scale).intoArray(x, i);
            }
        }
    }

    @Override
    public void planes(SignPlanes w, float[] x, int xOffset, float[] y, int yOffset, int from, int to) {
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
        IntVector low = load(table, 0).reinterpretAsInts();
        IntVector high = load(table, LANES).reinterpretAsInts();
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
                    sum0 = entries((int) codes, low, high).fma(load(x, column), sum0);
                    sum1 = entries((int) (codes >>> 32), low, high).fma(load(x, column + LANES), sum1);
                }
            }
            float rest = 0;
            for (int j = 64 * wholeWords; j < w.columns(); j++) {
                rest += table[ScalarKernels.code(w, i, j)] * x[xOffset + j];
            }
            y[yOffset + i] = w.rowScale(i) * (total(sum0.add(sum1)) + rest);
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

    @Override
    public void decodeRows(SignPlanes w, float[] columnScale, int from, int to, float[] out) {
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
                            .mul(load(columnScale, at + j))
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

    @Override
    public void signedSums(MemorySegment plane, long rowOffsetBytes, float[] f, int columns, int k, float[] out) {
        for (int r = 0; r < k; r++) {
            FloatVector sum = FloatVector.zero(FLOATS);
            int j = 0;
            int at = r * columns;
            for (; j + LANES <= columns; j += LANES) {
                int bits = (int) (plane.get(ScalarKernels.WORD, rowOffsetBytes + (long) (j / 64) * Long.BYTES) >>> j);
                // A clear bit means minus: move its complement into the sign bit of its lane.
                IntVector flips = IntVector.broadcast(INTS, ~bits)
                        .lanewise(VectorOperators.LSHL, LEFT_TO_TOP)
                        .and(Integer.MIN_VALUE);
                sum = sum.add(load(f, at + j)
                        .reinterpretAsInts()
                        .lanewise(VectorOperators.XOR, flips)
                        .reinterpretAsFloats());
            }
            float total = total(sum);
            for (; j < columns; j++) {
                long bits = plane.get(ScalarKernels.WORD, rowOffsetBytes + (long) (j / 64) * Long.BYTES) >>> j;
                total += (bits & 1) == 1 ? f[at + j] : -f[at + j];
            }
            out[r] = total;
        }
    }

    private static FloatVector load(float[] data, int at) {
        return FloatVector.fromArray(FLOATS, data, at);
    }
}
