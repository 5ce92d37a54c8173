package io.bitstack.core.codec;

import io.bitstack.core.kernel.KernelProvider;
import io.bitstack.core.kernel.Kernels;
import io.bitstack.core.kernel.RowPool;
import java.util.Arrays;

/**
 * The factor that error feedback goes by: L, lower triangular, with L·Lᵀ = H⁻¹ for a symmetric positive definite H.
 *
 * <p>In place, so that a large H needs no second matrix, and panel by panel, so that nearly all work is products of single precision, summed in one
 * order on any processor and any number of threads; only the blocks on the diagonal are worked on in double precision.
 */
public final class FeedbackFactor {
    private static final KernelProvider KERNELS = Kernels.active();
    private static final int PANEL = 256;
    private static final int BAND_ROWS = 192;
    private static final int SQUARE_COLUMNS = 768;

    private final float[] h;
    private final int n;
    private final RowPool pool;
    /** Of a panel, its columns as rows, n × PANEL at most: before and after it is multiplied by a block. */
    private final float[] columns;

    private final float[] multiplied;

    private FeedbackFactor(float[] h, int n, RowPool pool) {
        this.h = h;
        this.n = n;
        this.pool = pool;
        this.columns = new float[n * Math.min(n, PANEL)];
        this.multiplied = new float[columns.length];
    }

    /**
     * Puts L in the place of H, and zeros above its diagonal.
     *
     * @param h n × n, row-major; only its lower triangle is read
     * @throws CodecException if H is not positive definite to working precision
     */
    public static void replace(float[] h, int n, RowPool pool) {
        FeedbackFactor factor = new FeedbackFactor(h, n, pool);
        factor.decompose();
        factor.invert();
        for (int i = 0; i < n; i++) {
            Arrays.fill(h, i * n + i + 1, (i + 1) * n, 0);
        }
    }

    /**
     * Puts G in the place of H, lower triangular with GᵀG = H, and Gᵀ above the diagonal: L is the inverse of G.
     *
     * @param h n × n, row-major; only its lower triangle is read
     * @throws CodecException if H is not positive definite to working precision
     */
    static void decompose(float[] h, int n, RowPool pool) {
        FeedbackFactor factor = new FeedbackFactor(h, n, pool);
        factor.decompose();
        factor.mirror();
    }

    /** What is below the diagonal, in squares that fit into the cache, to above it. */
    private void mirror() {
        pool.forRows(bands(n), 1, (fromBand, toBand) -> {
            for (int band = fromBand; band < toBand; band++) {
                int first = band * BAND_ROWS;
                int last = Math.min(n, first + BAND_ROWS);
                for (int square = 0; square < last; square += BAND_ROWS) {
                    for (int i = first; i < last; i++) {
                        int end = Math.min(i, square + BAND_ROWS);
                        for (int j = square; j < end; j++) {
                            h[j * n + i] = h[i * n + j];
                        }
                    }
                }
            }
        });
    }

    /** H = GᵀG with G lower triangular, from the last panel of rows to the first: then L = G⁻¹, in H's own order. */
    private void decompose() {
        for (int from = (n - 1) / PANEL * PANEL; from >= 0; from -= PANEL) {
            Interruption.check();
            int size = Math.min(PANEL, n - from);
            double[] block = block(from, size);
            decompose(block, size);
            putBlock(block, from, size);
            if (from > 0) {
                // The rows of G left of the block are G_b⁻ᵀ times those of H.
                float[] inverse = new float[size * size];
                invert(block, size);
                for (int a = 0; a < size; a++) {
                    for (int b = a; b < size; b++) {
                        inverse[a * size + b] = (float) block[b * size + a];
                    }
                }
                multiplyPanel(from, size, inverse, 1);
                subtractSquare(from, size);
            }
        }
    }

    /** What is above the panel, less the panel's own part of it: so much at a time that the product does not leave the cache. */
    private void subtractSquare(int end, int size) {
        pool.forRows(bands(end), 1, (fromBand, toBand) -> {
            float[] product = new float[BAND_ROWS * SQUARE_COLUMNS];
            for (int band = fromBand; band < toBand; band++) {
                int first = band * BAND_ROWS;
                int last = Math.min(end, first + BAND_ROWS);
                for (int from = 0; from < last; from += SQUARE_COLUMNS) {
                    int width = Math.min(SQUARE_COLUMNS, last - from);
                    KERNELS.multiplyTransposed(
                            multiplied,
                            first * size,
                            size,
                            multiplied,
                            from * size,
                            size,
                            product,
                            0,
                            width,
                            last - first,
                            width,
                            size);
                    for (int i = first; i < last; i++) {
                        int at = (i - first) * width;
                        int columns = Math.min(width, i + 1 - from);
                        int to = i * n + from;
                        for (int j = 0; j < columns; j++) {
                            h[to + j] -= product[at + j];
                        }
                    }
                }
            }
        });
    }

    /** L = G⁻¹: each panel of rows is finished, then what it adds is summed where the rows below it will be. */
    private void invert() {
        for (int from = 0; from < n; from += PANEL) {
            Interruption.check();
            int size = Math.min(PANEL, n - from);
            double[] block = block(from, size);
            invert(block, size);
            float[] inverse = new float[size * size];
            for (int at = 0; at < inverse.length; at++) {
                inverse[at] = (float) block[at];
            }
            if (from > 0) {
                multiplyPanel(from, size, inverse, -1);
            }
            putBlock(block, from, size);
            for (int a = 0; a < size; a++) {
                for (int b = 0; b < size; b++) {
                    multiplied[(from + b) * size + a] = inverse[a * size + b];
                }
            }
            addBelow(from, from + size, size);
        }
    }

    private void addBelow(int from, int end, int size) {
        pool.forRows(bands(n - end), 1, (fromBand, toBand) -> {
            float[] product = new float[BAND_ROWS * end];
            for (int band = fromBand; band < toBand; band++) {
                int first = end + band * BAND_ROWS;
                int last = Math.min(n, first + BAND_ROWS);
                KERNELS.multiplyTransposed(
                        h, first * n + from, n, multiplied, 0, size, product, 0, end, last - first, end, size);
                for (int i = first; i < last; i++) {
                    int at = (i - first) * end;
                    for (int j = 0; j < from; j++) {
                        h[i * n + j] += product[at + j];
                    }
                    System.arraycopy(product, at + from, h, i * n + from, size);
                }
            }
        });
    }

    private static int bands(int rows) {
        return (rows + BAND_ROWS - 1) / BAND_ROWS;
    }

    /** Multiplies what is left of a block on the diagonal by a matrix (size × size); {@link #multiplied} has the result's columns as rows. */
    private void multiplyPanel(int from, int size, float[] factor, float sign) {
        pool.forRows(bands(from), 1, (fromBand, toBand) -> {
            for (int band = fromBand; band < toBand; band++) {
                int first = band * BAND_ROWS;
                int last = Math.min(from, first + BAND_ROWS);
                for (int a = 0; a < size; a++) {
                    for (int j = first; j < last; j++) {
                        columns[j * size + a] = h[(from + a) * n + j];
                    }
                }
                KERNELS.multiplyTransposed(
                        columns,
                        first * size,
                        size,
                        factor,
                        0,
                        size,
                        multiplied,
                        first * size,
                        size,
                        last - first,
                        size,
                        size);
                for (int a = 0; a < size; a++) {
                    for (int j = first; j < last; j++) {
                        multiplied[j * size + a] *= sign;
                        h[(from + a) * n + j] = multiplied[j * size + a];
                    }
                }
            }
        });
    }

    /** The lower triangle of a block on the diagonal. */
    private double[] block(int from, int size) {
        double[] block = new double[size * size];
        for (int a = 0; a < size; a++) {
            for (int b = 0; b <= a; b++) {
                block[a * size + b] = h[(from + a) * n + from + b];
            }
        }
        return block;
    }

    private void putBlock(double[] block, int from, int size) {
        for (int a = 0; a < size; a++) {
            for (int b = 0; b <= a; b++) {
                h[(from + a) * n + from + b] = (float) block[a * size + b];
            }
        }
    }

    /** D = GᵀG in place, D's lower triangle given. */
    private static void decompose(double[] d, int size) {
        for (int i = size - 1; i >= 0; i--) {
            double pivot = d[i * size + i];
            if (!(pivot > 0 && Double.isFinite(pivot))) {
                throw new CodecException(
                        "the activation statistics are not positive definite; use more calibration text or a larger"
                                + " damping");
            }
            double root = Math.sqrt(pivot);
            for (int j = 0; j <= i; j++) {
                d[i * size + j] /= root;
            }
            for (int a = 0; a < i; a++) {
                double factor = d[i * size + a];
                for (int b = 0; b <= a; b++) {
                    d[a * size + b] -= factor * d[i * size + b];
                }
            }
        }
    }

    /** The inverse of a lower triangle, in place. */
    private static void invert(double[] g, int size) {
        double[] row = new double[size];
        for (int i = 0; i < size; i++) {
            Arrays.fill(row, 0, i, 0);
            for (int k = 0; k < i; k++) {
                double factor = g[i * size + k];
                for (int j = 0; j <= k; j++) {
                    row[j] -= factor * g[k * size + j];
                }
            }
            double inverse = 1 / g[i * size + i];
            for (int j = 0; j < i; j++) {
                g[i * size + j] = row[j] * inverse;
            }
            g[i * size + i] = inverse;
        }
    }
}
