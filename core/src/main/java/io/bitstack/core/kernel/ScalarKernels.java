package io.bitstack.core.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** The plain loops: the oracle of every other provider, and what runs where there is no other. */
final class ScalarKernels implements KernelProvider {
    static final ValueLayout.OfLong WORD = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfShort BFLOAT16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    @Override
    public String name() {
        return "scalar";
    }

    @Override
    public float dot(float[] a, int aOffset, float[] b, int bOffset, int length) {
        float sum = 0;
        for (int i = 0; i < length; i++) {
            sum += a[aOffset + i] * b[bOffset + i];
        }
        return sum;
    }

    @Override
    public void axpy(float alpha, float[] x, int xOffset, float[] y, int yOffset, int length) {
        for (int i = 0; i < length; i++) {
            y[yOffset + i] += alpha * x[xOffset + i];
        }
    }

    @Override
    public void exponentials(float[] x, int xOffset, float shift, float[] out, int outOffset, int length) {
        for (int i = 0; i < length; i++) {
            out[outOffset + i] = (float) Math.exp(x[xOffset + i] - shift);
        }
    }

    @Override
    public void gate(float[] gate, float[] up, int from, int to) {
        for (int i = from; i < to; i++) {
            gate[i] = (float) (gate[i] / (1 + Math.exp(-gate[i])) * up[i]);
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
        for (int i = 0; i < m; i++) {
            for (int j = 0; j < n; j++) {
                c[cOffset + i * ldc + j] = dot(a, aOffset + i * lda, b, bOffset + j * ldb, k);
            }
        }
    }

    @Override
    public void bfloat16Rows(
            MemorySegment w, int columns, float[] x, int xOffset, float[] y, int yOffset, int from, int to) {
        for (int i = from; i < to; i++) {
            float sum = 0;
            long row = (long) i * columns * Short.BYTES;
            for (int j = 0; j < columns; j++) {
                sum += Float.intBitsToFloat(w.get(BFLOAT16, row + (long) j * Short.BYTES) << 16) * x[xOffset + j];
            }
            y[yOffset + i] = sum;
        }
    }

    @Override
    public void hadamard(float[] x, int offset, int length, int block) {
        float scale = (float) (1 / Math.sqrt(block));
        for (int start = offset; start < offset + length; start += block) {
            for (int half = 1; half < block; half *= 2) {
                for (int pair = start; pair < start + block; pair += 2 * half) {
                    for (int i = pair; i < pair + half; i++) {
                        float sum = x[i] + x[i + half];
                        x[i + half] = x[i] - x[i + half];
                        x[i] = sum;
                    }
                }
            }
            for (int i = start; i < start + block; i++) {
                x[i] *= scale;
            }
        }
    }

    @Override
    public void prepare(float[] x, int tokens, float[] columnScale, PlaneInput out) {
        scale(x, tokens, columnScale, out);
    }

    static void scale(float[] x, int tokens, float[] columnScale, PlaneInput out) {
        int n = columnScale.length;
        out.needValues(tokens * n);
        for (int t = 0; t < tokens; t++) {
            for (int j = 0; j < n; j++) {
                out.values[t * n + j] = x[t * n + j] * columnScale[j];
            }
        }
    }

    @Override
    public void planes(SignPlanes w, PlaneInput x, int token, float[] y, int yOffset, int from, int to) {
        float[] table = w.table();
        int xOffset = token * w.columns();
        for (int i = from; i < to; i++) {
            float sum = 0;
            for (int j = 0; j < w.columns(); j++) {
                sum += table[code(w, i, j)] * x.values[xOffset + j];
            }
            y[yOffset + i] = w.rowScale(i) * sum;
        }
    }

    @Override
    public void addSide(float[] side, int rank, float[] u, int uOffset, float[] y, int yOffset, int from, int to) {
        for (int i = from; i < to; i++) {
            float sum = y[yOffset + i];
            for (int q = 0; q < rank; q++) {
                sum += side[i * rank + q] * u[uOffset + q];
            }
            y[yOffset + i] = sum;
        }
    }

    @Override
    public void decodeRows(SignPlanes w, float[] columnScale, int from, int to, float[] out) {
        for (int i = from; i < to; i++) {
            for (int j = 0; j < w.columns(); j++) {
                out[(i - from) * w.columns() + j] = w.table()[code(w, i, j)] * columnScale[j] * w.rowScale(i);
            }
        }
    }

    @Override
    public void signedSums(MemorySegment plane, long rowOffsetBytes, float[] f, int columns, int k, float[] out) {
        for (int r = 0; r < k; r++) {
            float sum = 0;
            for (int j = 0; j < columns; j++) {
                float value = f[r * columns + j];
                sum += bit(plane, rowOffsetBytes, j) == 1 ? value : -value;
            }
            out[r] = sum;
        }
    }

    static int code(SignPlanes w, int row, int column) {
        long rowOffsetBytes = (long) row * w.words() * Long.BYTES;
        int code = 0;
        for (int p = 0; p < w.level(); p++) {
            code = 2 * code + bit(w.plane(p), rowOffsetBytes, column);
        }
        return code;
    }

    static int bit(MemorySegment plane, long rowOffsetBytes, int column) {
        return (int) (plane.get(WORD, rowOffsetBytes + (long) (column / 64) * Long.BYTES) >>> column) & 1;
    }
}
