package io.bitstack.compression.encode;

import io.bitstack.core.codec.InputStatistics;
import io.bitstack.core.kernel.KernelProvider;
import io.bitstack.core.kernel.Kernels;
import io.bitstack.core.kernel.RowPool;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * The lower triangle of H, and s, of one input while they are being summed over calibration tokens. n columns. H in single precision, since it is
 * the largest thing that a compression holds: rounding changes it by 1e-6 of its diagonal, which text it is calibrated with by 1e-2.
 */
final class MomentSums {
    private static final float SCALE_FLOOR = 1e-3f;
    /**
     * Tokens that one matrix product sums over: many, since its sums are then added to those of the tokens before, and reading and writing all of H
     * takes as long as the products of some hundred tokens.
     */
    private static final int HELD_TOKENS = 768;

    /** From one column to the next: a line more than there is to hold, since columns a power of two apart share few sets of a cache. */
    private static final int STRIDE = HELD_TOKENS + 16;

    private static final int TOKENS_AT_ONCE = 16;
    private static final int HELD_COLUMNS_AT_ONCE = 64;
    /** A product of so many columns with as many others stays in cache until it is added. */
    private static final int TILE_COLUMNS = 384;
    /** Of a tile on the diagonal only half is needed: it is made in bands. */
    private static final int BAND_ROWS = 96;

    private static final int MIRRORED_COLUMNS = 64;

    private static final KernelProvider KERNELS = Kernels.active();

    private final int columns;
    private final int windowTokens;
    private final float[] moment;
    private final double[] windowSquares;
    private final double[] norms;
    /** Activations whose products are still to be added, one column after the other. */
    private final float[] transposed;
    /** For products of a tile, one for each thread at work: a loop may be cut into as many ranges as there are tiles. */
    private final Queue<float[]> products = new ConcurrentLinkedQueue<>();

    private int held;
    private long tokens;

    /** @param windowTokens tokens of a window, after which the next one begins */
    MomentSums(int columns, int windowTokens) {
        this.columns = columns;
        this.windowTokens = windowTokens;
        this.moment = new float[Math.multiplyExact(columns, columns)];
        this.windowSquares = new double[columns];
        this.norms = new double[columns];
        this.transposed = new float[Math.multiplyExact(columns, STRIDE)];
    }

    /** @param x the next tokens × n, from offset 0 */
    void add(float[] x, int count, RowPool pool) {
        int some;
        for (int first = 0; first < count; first += some) {
            if (held == HELD_TOKENS) {
                addProducts(pool);
            }
            int ofWindow = windowTokens - (int) (tokens % windowTokens);
            some = Math.min(ofWindow, Math.min(count - first, HELD_TOKENS - held));
            hold(x, first * columns, some, pool);
            tokens += some;
            if (some == ofWindow) {
                endWindow();
            }
        }
    }

    private void hold(float[] x, int at, int count, RowPool pool) {
        pool.forRows(columns, HELD_COLUMNS_AT_ONCE, (from, to) -> {
            for (int t = 0; t < count; t++) {
                addSquares(x, at + t * columns, from, to);
            }
            for (int j = from; j < to; j += HELD_COLUMNS_AT_ONCE) {
                for (int t = 0; t < count; t += TOKENS_AT_ONCE) {
                    transpose(
                            x,
                            at + t * columns,
                            held + t,
                            Math.min(TOKENS_AT_ONCE, count - t),
                            j,
                            Math.min(to, j + HELD_COLUMNS_AT_ONCE));
                }
            }
        });
        held += count;
    }

    private void addSquares(float[] x, int at, int from, int to) {
        double[] squares = windowSquares;
        for (int j = from; j < to; j++) {
            double value = x[at + j];
            squares[j] += value * value;
        }
    }

    /** Some tokens of columns [from, to): what a column's next values share a cache line with is written while it is at hand. */
    private void transpose(float[] x, int at, int place, int count, int from, int to) {
        float[] out = transposed;
        for (int t = 0; t < count; t++) {
            int rowAt = at + t * columns;
            int outAt = place + t;
            for (int j = from; j < to; j++) {
                out[j * STRIDE + outAt] = x[rowAt + j];
            }
        }
    }

    private void endWindow() {
        for (int j = 0; j < columns; j++) {
            norms[j] += Math.sqrt(windowSquares[j]);
            windowSquares[j] = 0;
        }
    }

    /** Adds Xᵀ·X of the tokens held to the lower triangle, and holds none any more. */
    private void addProducts(RowPool pool) {
        int side = Math.min(TILE_COLUMNS, columns);
        forTiles(pool, side, (from, to) -> {
            float[] idle = products.poll();
            float[] product = idle == null ? new float[side * side] : idle;
            for (int tile = from; tile < to; tile++) {
                int row = rowOfTile(tile);
                int column = tile - row * (row + 1) / 2;
                addTile(row * side, Math.min(columns, (row + 1) * side), column * side, product);
            }
            products.add(product);
        });
        held = 0;
    }

    /** Rows [first, end) of H, and as many of its columns from {@code column} on as the lower triangle has there. */
    private void addTile(int first, int end, int column, float[] product) {
        if (column < first) {
            addProduct(first, end, column, column + TILE_COLUMNS, product);
            return;
        }
        for (int band = first; band < end; band += BAND_ROWS) {
            int bandEnd = Math.min(end, band + BAND_ROWS);
            addProduct(band, bandEnd, first, bandEnd, product);
        }
    }

    private void addProduct(int first, int end, int column, int columnEnd, float[] product) {
        int width = columnEnd - column;
        KERNELS.multiplyTransposed(
                transposed,
                first * STRIDE,
                STRIDE,
                transposed,
                column * STRIDE,
                STRIDE,
                product,
                0,
                width,
                end - first,
                width,
                held);
        for (int i = first; i < end; i++) {
            int count = Math.min(columnEnd, i + 1) - column;
            KERNELS.axpy(1, product, (i - first) * width, moment, i * columns + column, count);
        }
    }

    /** The means over all that was added; these sums are of no use any more. */
    InputStatistics mean(RowPool pool) {
        addProducts(pool);
        float[] scale = new float[columns];
        for (int i = 0; i < columns; i++) {
            scale[i] = (float) (norms[i] * windowTokens / tokens) + SCALE_FLOOR;
        }
        float share = 1f / tokens;
        forTiles(pool, MIRRORED_COLUMNS, (from, to) -> {
            float[] mirrored = new float[MIRRORED_COLUMNS * MIRRORED_COLUMNS];
            for (int tile = from; tile < to; tile++) {
                int row = rowOfTile(tile);
                mirror(row * MIRRORED_COLUMNS, (tile - row * (row + 1) / 2) * MIRRORED_COLUMNS, share, mirrored);
            }
        });
        return new InputStatistics(columns, moment, scale);
    }

    /** Scales a tile of the lower triangle, and copies it to the upper one by way of {@code mirrored}, since its columns are far apart. */
    private void mirror(int row, int column, float share, float[] mirrored) {
        int rows = Math.min(MIRRORED_COLUMNS, columns - row);
        int width = Math.min(MIRRORED_COLUMNS, columns - column);
        for (int i = 0; i < rows; i++) {
            int at = (row + i) * columns + column;
            int count = Math.min(width, row + i - column + 1);
            for (int j = 0; j < count; j++) {
                float value = moment[at + j] * share;
                moment[at + j] = value;
                mirrored[j * MIRRORED_COLUMNS + i] = value;
            }
        }
        for (int j = 0; j < width; j++) {
            int first = Math.max(0, column + j - row);
            System.arraycopy(
                    mirrored, j * MIRRORED_COLUMNS + first, moment, (column + j) * columns + row + first, rows - first);
        }
    }

    /** Runs a loop over the tiles of the lower triangle, row by row: all take about as long, as rows of the triangle do not. */
    private void forTiles(RowPool pool, int side, RowPool.Body tiles) {
        int rows = (columns + side - 1) / side;
        pool.forRows(rows * (rows + 1) / 2, 1, tiles);
    }

    private static int rowOfTile(int tile) {
        return (int) ((Math.sqrt(8.0 * tile + 1) - 1) / 2);
    }
}
