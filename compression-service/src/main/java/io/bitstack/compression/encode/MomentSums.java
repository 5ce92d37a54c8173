package io.bitstack.compression.encode;

import io.bitstack.core.codec.InputStatistics;
import io.bitstack.core.kernel.Kernels;
import io.bitstack.core.kernel.RowPool;

/**
 * The lower triangle of H, and s, of one input while they are being summed over calibration tokens. n columns. H in single precision, since it is
 * the largest thing that a compression holds: rounding changes it by 1e-7 of its diagonal, which text it is calibrated with by 1e-2.
 */
final class MomentSums {
    private static final float SCALE_FLOOR = 1e-3f;
    /** Tokens that one matrix product sums over: many, since a sum is then added to those of the tokens before. */
    private static final int HELD_TOKENS = 256;

    private static final int TOKENS_AT_ONCE = 16;
    private static final int HELD_COLUMNS_AT_ONCE = 64;

    private static final int BAND_ROWS = 96;

    private final int columns;
    private final float[] moment;
    private final double[] windowSquares;
    private final double[] norms;
    /** Activations whose products are still to be added, one column after the other. */
    private final float[] transposed;

    private int held;

    MomentSums(int columns) {
        this.columns = columns;
        this.moment = new float[Math.multiplyExact(columns, columns)];
        this.windowSquares = new double[columns];
        this.norms = new double[columns];
        this.transposed = new float[Math.multiplyExact(columns, HELD_TOKENS)];
    }

    /** @param x tokens × n from offset 0 */
    void add(float[] x, int tokens, RowPool pool) {
        int count;
        for (int first = 0; first < tokens; first += count) {
            if (held == HELD_TOKENS) {
                addProducts(pool);
            }
            count = Math.min(tokens - first, HELD_TOKENS - held);
            hold(x, first * columns, count, pool);
        }
    }

    private void hold(float[] x, int at, int count, RowPool pool) {
        pool.forRows(columns, HELD_COLUMNS_AT_ONCE, (from, to) -> {
            for (int first = 0; first < count; first += TOKENS_AT_ONCE) {
                hold(x, at + first * columns, held + first, Math.min(TOKENS_AT_ONCE, count - first), from, to);
            }
        });
        held += count;
    }

    /** Some tokens of columns [from, to): what a column's next values share a cache line with is written while it is at hand. */
    private void hold(float[] x, int at, int place, int count, int from, int to) {
        for (int j = from; j < to; j++) {
            double squares = windowSquares[j];
            int columnAt = j * HELD_TOKENS + place;
            for (int t = 0; t < count; t++) {
                float value = x[at + t * columns + j];
                transposed[columnAt + t] = value;
                squares += (double) value * value;
            }
            windowSquares[j] = squares;
        }
    }

    void endWindow() {
        for (int j = 0; j < columns; j++) {
            norms[j] += Math.sqrt(windowSquares[j]);
            windowSquares[j] = 0;
        }
    }

    /** Adds Xᵀ·X of the tokens held to the lower triangle, a band of rows at a time, and holds none any more. */
    private void addProducts(RowPool pool) {
        int n = columns;
        int bands = (n + BAND_ROWS - 1) / BAND_ROWS;
        pool.forRows(bands, 1, (from, to) -> {
            float[] product = new float[BAND_ROWS * n];
            for (int band = from; band < to; band++) {
                int first = band * BAND_ROWS;
                int end = Math.min(n, first + BAND_ROWS);
                Kernels.active()
                        .multiplyTransposed(
                                transposed,
                                first * HELD_TOKENS,
                                HELD_TOKENS,
                                transposed,
                                0,
                                HELD_TOKENS,
                                product,
                                0,
                                n,
                                end - first,
                                end,
                                held);
                for (int i = first; i < end; i++) {
                    for (int j = 0; j <= i; j++) {
                        moment[i * n + j] += product[(i - first) * n + j];
                    }
                }
            }
        });
        held = 0;
    }

    /** The means over all that was added; these sums are of no use any more. */
    InputStatistics mean(long tokens, int windows, RowPool pool) {
        addProducts(pool);
        float[] scale = new float[columns];
        for (int i = 0; i < columns; i++) {
            scale[i] = (float) (norms[i] / windows) + SCALE_FLOOR;
        }
        float share = 1f / tokens;
        pool.forRows(columns, 1, (from, to) -> {
            for (int i = from; i < to; i++) {
                for (int j = 0; j <= i; j++) {
                    float value = moment[i * columns + j] * share;
                    moment[i * columns + j] = value;
                    moment[j * columns + i] = value;
                }
            }
        });
        return new InputStatistics(columns, moment, scale);
    }
}
