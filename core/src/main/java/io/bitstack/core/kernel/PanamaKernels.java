package io.bitstack.core.kernel;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * The Vector API's loops, on registers of 256 bits, which every x86 server has; products with few planes on registers of 512 bits where there
 * are such.
 */
final class PanamaKernels implements KernelProvider {
    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_256;
    private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_256;
    private static final VectorSpecies<Short> SHORTS = ShortVector.SPECIES_128;
    private static final int LANES = 8;
    /** Lane i shifts bit i up to bit 31. */
    private static final IntVector LEFT_TO_TOP =
            IntVector.broadcast(INTS, 31).sub(IntVector.broadcast(INTS, 0).addIndex(1));

    private static final KernelProvider PLAIN = new ScalarKernels();

    private final boolean wide;

    PanamaKernels() {
        this(WidePlanes.areFast());
    }

    /** @param wide whether planes of few levels are multiplied on registers of 512 bits, for processors that have them */
    PanamaKernels(boolean wide) {
        this.wide = wide;
    }

    @Override
    public String name() {
        return "panama";
    }

    /**
     * The sum of all lanes, in one order. {@code reduceLanes} leaves the order open, and compiled code adds otherwise than the
     * interpreter does, so that the same inputs would not give the same stack.
     */
    static float total(FloatVector v) {
        return ((v.lane(0) + v.lane(4)) + (v.lane(2) + v.lane(6)))
                + ((v.lane(1) + v.lane(5)) + (v.lane(3) + v.lane(7)));
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
        if (i < length) {
            VectorMask<Float> rest = FLOATS.indexInRange(i, length);
            Exponential.of(FloatVector.fromArray(FLOATS, x, xOffset + i, rest).sub(shift))
                    .intoArray(out, outOffset + i, rest);
        }
    }

    @Override
    public void gate(float[] gate, float[] up, int from, int to) {
        int i = from;
        for (; i + LANES <= to; i += LANES) {
            gated(load(gate, i), load(up, i)).intoArray(gate, i);
        }
        if (i < to) {
            VectorMask<Float> rest = FLOATS.indexInRange(i, to);
            gated(FloatVector.fromArray(FLOATS, gate, i, rest), FloatVector.fromArray(FLOATS, up, i, rest))
                    .intoArray(gate, i, rest);
        }
    }

    private static FloatVector gated(FloatVector gate, FloatVector up) {
        return gate.div(Exponential.of(gate.neg()).add(1)).mul(up);
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
        PanamaProduct.multiplyTransposed(a, aOffset, lda, b, bOffset, ldb, c, cOffset, ldc, m, n, k);
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
    public void prepare(float[] x, int tokens, float[] columnScale, PlaneInput out) {
        ScalarKernels.scale(x, tokens, columnScale, out);
        if (wide) {
            int n = columnScale.length;
            out.needArranged(tokens, n);
            for (int t = 0; t < tokens; t++) {
                WidePlanes.arrange(x, t * n, columnScale, out.arranged, WidePlanes.arrangedFloats(n) * t);
            }
        }
    }

    @Override
    public void planes(SignPlanes w, PlaneInput x, int token, float[] y, int yOffset, int from, int to) {
        if (wide && w.level() <= WidePlanes.MOST_LEVELS) {
            WidePlanes.multiply(w, x.arranged, WidePlanes.arrangedFloats(w.columns()) * token, y, yOffset, from, to);
            return;
        }
        PanamaPlanes.multiply(w, x.values, token * w.columns(), y, yOffset, from, to);
    }

    @Override
    public void addSide(float[] side, int rank, float[] u, int uOffset, float[] y, int yOffset, int from, int to) {
        for (int i = from; i < to; i++) {
            float sum = y[yOffset + i];
            for (int q = 0; q < rank; q++) {
                sum = Math.fma(side[i * rank + q], u[uOffset + q], sum);
            }
            y[yOffset + i] = sum;
        }
    }

    @Override
    public void decodeRows(SignPlanes w, float[] columnScale, int from, int to, float[] out) {
        PanamaPlanes.decode(w, columnScale, from, to, out);
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

    @Override
    public void addSignedProducts(
            MemorySegment plane,
            int columns,
            float[] left,
            float[] f,
            int k,
            float[] y,
            int yOffset,
            int from,
            int to) {
        SignTables.addProducts(plane, columns, left, f, k, y, yOffset, from, to);
    }

    static FloatVector load(float[] data, int at) {
        return FloatVector.fromArray(FLOATS, data, at);
    }
}
