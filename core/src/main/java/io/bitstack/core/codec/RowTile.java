package io.bitstack.core.codec;

import io.bitstack.core.kernel.KernelProvider;
import io.bitstack.core.kernel.Kernels;
import io.bitstack.core.tensor.FloatMatrix;
import java.util.concurrent.CancellationException;

/**
 * Some rows of a matrix while the codes of one level are chosen for them, so few that they stay in the cache. Works in blocks of columns: what columns of
 * other blocks have to say comes as a matrix product, and within a block a column is a contiguous array.
 *
 * <p>Letters: n columns, w rows of the tile, B columns of a block, D = W' − Ŵ', U upper triangular.
 */
final class RowTile {
    static final int MOST_ROWS = 128;
    private static final int BLOCK_COLUMNS = 64;
    private static final KernelProvider KERNELS = Kernels.active();

    private final FloatMatrix target;
    private final Magnitudes magnitudes;
    private final NestedEncodedInput input;
    private final CodeChoice choice;
    private final byte[] matrixCodes;
    private final int n;
    private int first;
    private int rows;
    private final float[] inverseRowScale = new float[MOST_ROWS];

    /** Codes of the level before and of this one, n × MOST_ROWS. */
    private final byte[] before;

    private final byte[] codes;
    /** What is to be coded with the errors of earlier columns, then D; w × n. */
    private final float[] rest;
    /** A product with the columns of a block, w × n at most. */
    private final float[] product;
    /** Of a block, B × MOST_ROWS: what its columns are to be, and what changed or was missed when they were chosen. */
    private final float[] wanted = new float[BLOCK_COLUMNS * MOST_ROWS];

    private final float[] changes = new float[BLOCK_COLUMNS * MOST_ROWS];
    private final float[] changesByRow = new float[MOST_ROWS * BLOCK_COLUMNS];
    /** Of a column. */
    private final float[] z = new float[MOST_ROWS];

    private final int[] chosen = new int[MOST_ROWS];

    /** @param matrixCodes of the whole matrix, m × n; read by {@link #load} and written by {@link #store} */
    RowTile(
            FloatMatrix target,
            Magnitudes magnitudes,
            NestedEncodedInput input,
            CodeChoice choice,
            byte[] matrixCodes) {
        this.target = target;
        this.magnitudes = magnitudes;
        this.input = input;
        this.choice = choice;
        this.matrixCodes = matrixCodes;
        this.n = target.columns();
        this.before = new byte[n * MOST_ROWS];
        this.codes = new byte[n * MOST_ROWS];
        this.rest = new float[MOST_ROWS * n];
        this.product = new float[MOST_ROWS * n];
    }

    /** Takes up the rows from {@code firstRow} on. */
    void load(int firstRow) {
        first = firstRow;
        rows = Math.min(MOST_ROWS, target.rows() - firstRow);
        for (int i = 0; i < rows; i++) {
            float scale = magnitudes.rowScale()[first + i];
            inverseRowScale[i] = scale > 0 ? 1 / scale : 0;
            for (int j = 0; j < n; j++) {
                before[j * MOST_ROWS + i] = matrixCodes[(first + i) * n + j];
            }
        }
        System.arraycopy(target.data(), first * n, rest, 0, rows * n);
    }

    /** Keeps the codes in the matrix. */
    void store() {
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < n; j++) {
                matrixCodes[(first + i) * n + j] = codes[j * MOST_ROWS + i];
            }
        }
    }

    /** Chooses every code for itself. */
    void round() {
        for (int j = 0; j < n; j++) {
            for (int i = 0; i < rows; i++) {
                wanted[i] = rest[i * n + j];
            }
            chooseColumn(j, 0);
        }
        missed();
    }

    /**
     * Column by column, the error of each pushed onto those not yet coded (GPTQ / LDLQ, arXiv 2210.17323), with UᵀU =
     * (H' + λ·mean diag H'·I)⁻¹.
     */
    void feedBack(double damping) {
        float[] lower = input.feedback(damping);
        for (int from = 0; from < n; from += BLOCK_COLUMNS) {
            requireWanted();
            int to = Math.min(n, from + BLOCK_COLUMNS);
            int width = to - from;
            for (int j = from; j < to; j++) {
                int at = (j - from) * MOST_ROWS;
                for (int i = 0; i < rows; i++) {
                    wanted[at + i] = rest[i * n + j];
                }
                subtractChanges(at, lower, j * n + from, j - from);
                chooseColumn(j, at);
                float inverse = 1 / lower[j * n + j];
                for (int i = 0; i < rows; i++) {
                    float missed = (wanted[at + i] - value(j, i)) * inverse;
                    changes[at + i] = missed;
                    changesByRow[i * width + j - from] = missed;
                }
            }
            if (to < n) {
                KERNELS.multiplyTransposed(
                        changesByRow, 0, width, lower, to * n + from, n, product, 0, n - to, rows, n - to, width);
                for (int i = 0; i < rows; i++) {
                    KERNELS.axpy(-1, product, i * (n - to), rest, i * n + to, n - to);
                }
            }
        }
        missed();
    }

    /**
     * Coordinate descent: each code is chosen anew, best for tr(D·(H' + λ·mean diag H'·I)·Dᵀ) while all others stay. Never makes it
     * larger.
     */
    void descend(double damping) {
        float[] h = input.moment();
        float ridge = (float) (damping * input.meanDiagonal());
        for (int from = 0; from < n; from += BLOCK_COLUMNS) {
            requireWanted();
            int to = Math.min(n, from + BLOCK_COLUMNS);
            int width = to - from;
            KERNELS.multiplyTransposed(rest, 0, n, h, from * n, n, product, 0, width, rows, width, n);
            for (int j = from; j < to; j++) {
                int at = (j - from) * MOST_ROWS;
                for (int i = 0; i < rows; i++) {
                    wanted[at + i] = product[i * width + j - from] + ridge * rest[i * n + j];
                }
                // Here half of the slope of the error; the columns before it in the block have moved since the product.
                subtractChanges(at, h, j * n + from, j - from);
                float step = 1 / (h[j * n + j] + ridge);
                for (int i = 0; i < rows; i++) {
                    float now = value(j, i);
                    changes[at + i] = now;
                    wanted[at + i] = now + step * wanted[at + i];
                }
                chooseColumn(j, at);
                for (int i = 0; i < rows; i++) {
                    float change = value(j, i) - changes[at + i];
                    changes[at + i] = change;
                    rest[i * n + j] -= change;
                }
            }
        }
    }

    /** Whoever does not want the matrix any more interrupts the thread. */
    private static void requireWanted() {
        if (Thread.currentThread().isInterrupted()) {
            throw new CancellationException("interrupted while a matrix was encoded");
        }
    }

    /** tr(D·H'·Dᵀ) of the rows, once codes are chosen. */
    double weightedError() {
        KERNELS.multiplyTransposed(rest, 0, n, input.moment(), 0, n, product, 0, n, rows, n, n);
        double sum = 0;
        for (int at = 0; at < rows * n; at++) {
            sum += (double) product[at] * rest[at];
        }
        return sum;
    }

    /** D, from the codes as they are. */
    private void missed() {
        System.arraycopy(target.data(), first * n, rest, 0, rows * n);
        for (int j = 0; j < n; j++) {
            for (int i = 0; i < rows; i++) {
                rest[i * n + j] -= value(j, i);
            }
        }
    }

    private float value(int j, int i) {
        return choice.table()[codes[j * MOST_ROWS + i] & 0xFF]
                * magnitudes.rowScale()[first + i]
                * magnitudes.columnScale()[j];
    }

    /** Chooses the codes of column j for the values in {@code wanted[at …]}. */
    private void chooseColumn(int j, int at) {
        float inverse = 1 / magnitudes.columnScale()[j];
        for (int i = 0; i < rows; i++) {
            z[i] = wanted[at + i] * inverseRowScale[i] * inverse;
        }
        choice.choose(z, before, j * MOST_ROWS, chosen, rows);
        for (int i = 0; i < rows; i++) {
            codes[j * MOST_ROWS + i] = (byte) chosen[i];
        }
    }

    /** {@code wanted[at …] −= Σ_k factors[factorAt + k] · changes[k · MOST_ROWS …]} for k in [0, count). */
    private void subtractChanges(int at, float[] factors, int factorAt, int count) {
        int k = 0;
        for (; k + 4 <= count; k += 4) {
            float f0 = factors[factorAt + k];
            float f1 = factors[factorAt + k + 1];
            float f2 = factors[factorAt + k + 2];
            float f3 = factors[factorAt + k + 3];
            int from = k * MOST_ROWS;
            for (int i = 0; i < rows; i++) {
                wanted[at + i] -= f0 * changes[from + i]
                        + f1 * changes[from + MOST_ROWS + i]
                        + f2 * changes[from + 2 * MOST_ROWS + i]
                        + f3 * changes[from + 3 * MOST_ROWS + i];
            }
        }
        for (; k < count; k++) {
            for (int i = 0; i < rows; i++) {
                wanted[at + i] -= factors[factorAt + k] * changes[k * MOST_ROWS + i];
            }
        }
    }
}
