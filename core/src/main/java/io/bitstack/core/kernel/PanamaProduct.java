package io.bitstack.core.kernel;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The Vector API's matrix product. Panels of sixteen rows of B are transposed into a buffer that stays in cache, against which tiles
 * of four rows of C are held in eight registers. Every element of C is one chain of fused multiply-adds in ascending k, so it does not
 * matter which tile it falls into.
 */
final class PanamaProduct {
    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_256;
    private static final int LANES = 8;
    private static final int PANEL = 2 * LANES;
    private static final int TILE_ROWS = 4;
    private static final int DEPTH = 384;

    /** A transposed panel, and a tile of C beside C for its edges. */
    private record Buffers(float[] panel, float[] edge) {}

    private static final ThreadLocal<Buffers> BUFFERS =
            ThreadLocal.withInitial(() -> new Buffers(new float[PANEL * DEPTH], new float[TILE_ROWS * PANEL]));

    private PanamaProduct() {}

    static void multiplyTransposed(
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
            Arrays.fill(c, cOffset + i * ldc, cOffset + i * ldc + n, 0);
        }
        Buffers buffers = BUFFERS.get();
        for (int start = 0; start < k; start += DEPTH) {
            int depth = Math.min(DEPTH, k - start);
            for (int j = 0; j < n; j += PANEL) {
                int columns = Math.min(PANEL, n - j);
                pack(b, bOffset + j * ldb + start, ldb, columns, depth, buffers.panel);
                for (int i = 0; i < m; i += TILE_ROWS) {
                    int rows = Math.min(TILE_ROWS, m - i);
                    int aAt = aOffset + i * lda + start;
                    int cAt = cOffset + i * ldc + j;
                    if (rows == TILE_ROWS && columns == PANEL) {
                        tile(a, aAt, lda, buffers.panel, c, cAt, ldc, depth);
                    } else {
                        edge(a, aAt, lda, buffers, c, cAt, ldc, depth, rows, columns);
                    }
                }
            }
        }
    }

    /** {@code panel[p][j] = b[j][p]}; columns that are not there are 0. */
    private static void pack(float[] b, int at, int ldb, int columns, int depth, float[] panel) {
        for (int p = 0; p < depth; p += LANES) {
            int count = Math.min(LANES, depth - p);
            for (int j = 0; j < PANEL; j++) {
                int to = p * PANEL + j;
                if (j >= columns) {
                    for (int q = 0; q < count; q++) {
                        panel[to + q * PANEL] = 0;
                    }
                } else {
                    int from = at + j * ldb + p;
                    for (int q = 0; q < count; q++) {
                        panel[to + q * PANEL] = b[from + q];
                    }
                }
            }
        }
    }

    private static void tile(float[] a, int a0, int lda, float[] panel, float[] c, int c0, int ldc, int depth) {
        int a1 = a0 + lda;
        int a2 = a1 + lda;
        int a3 = a2 + lda;
        int c1 = c0 + ldc;
        int c2 = c1 + ldc;
        int c3 = c2 + ldc;
        FloatVector s00 = load(c, c0);
        FloatVector s01 = load(c, c0 + LANES);
        FloatVector s10 = load(c, c1);
        FloatVector s11 = load(c, c1 + LANES);
        FloatVector s20 = load(c, c2);
        FloatVector s21 = load(c, c2 + LANES);
        FloatVector s30 = load(c, c3);
        FloatVector s31 = load(c, c3 + LANES);
        for (int p = 0; p < depth; p++) {
            FloatVector b0 = load(panel, p * PANEL);
            FloatVector b1 = load(panel, p * PANEL + LANES);
            FloatVector x = FloatVector.broadcast(FLOATS, a[a0 + p]);
            s00 = x.fma(b0, s00);
            s01 = x.fma(b1, s01);
            x = FloatVector.broadcast(FLOATS, a[a1 + p]);
            s10 = x.fma(b0, s10);
            s11 = x.fma(b1, s11);
            x = FloatVector.broadcast(FLOATS, a[a2 + p]);
            s20 = x.fma(b0, s20);
            s21 = x.fma(b1, s21);
            x = FloatVector.broadcast(FLOATS, a[a3 + p]);
            s30 = x.fma(b0, s30);
            s31 = x.fma(b1, s31);
        }
        s00.intoArray(c, c0);
        s01.intoArray(c, c0 + LANES);
        s10.intoArray(c, c1);
        s11.intoArray(c, c1 + LANES);
        s20.intoArray(c, c2);
        s21.intoArray(c, c2 + LANES);
        s30.intoArray(c, c3);
        s31.intoArray(c, c3 + LANES);
    }

    /** A tile at an edge of C, row by row, beside C where its columns are too few. */
    private static void edge(
            float[] a,
            int at,
            int lda,
            Buffers buffers,
            float[] c,
            int cAt,
            int ldc,
            int depth,
            int rows,
            int columns) {
        float[] row = buffers.edge;
        for (int i = 0; i < rows; i++) {
            System.arraycopy(c, cAt + i * ldc, row, 0, columns);
            FloatVector s0 = load(row, 0);
            FloatVector s1 = load(row, LANES);
            for (int p = 0; p < depth; p++) {
                FloatVector x = FloatVector.broadcast(FLOATS, a[at + i * lda + p]);
                s0 = x.fma(load(buffers.panel, p * PANEL), s0);
                s1 = x.fma(load(buffers.panel, p * PANEL + LANES), s1);
            }
            s0.intoArray(row, 0);
            s1.intoArray(row, LANES);
            System.arraycopy(row, 0, c, cAt + i * ldc, columns);
        }
    }

    private static FloatVector load(float[] data, int at) {
        return FloatVector.fromArray(FLOATS, data, at);
    }
}
