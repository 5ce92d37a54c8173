package io.bitstack.core.codec;

import io.bitstack.core.kernel.KernelProvider;
import io.bitstack.core.kernel.Kernels;

/**
 * Chooses the codes of a tile column by column, each so as to make up for the errors of those before it (GPTQ / LDLQ, arXiv 2210.17323).
 *
 * <p>Letters: n columns, w rows of the tile, D = W' − Ŵ', G lower triangular with GᵀG = K = H' + λ·mean diag H'·I. With E = D·Gᵀ the loss tr(D·K·Dᵀ) is
 * |E|², and {@code E_j = G_jj·D_j + Σ_k<j D_k·G_jk}: given the columns before it, column j is best where that is nearest to zero. GPTQ pushes errors on
 * with the inverse of G, which chooses the same codes; this needs no inverse. What the columns of other groups and blocks have to say comes as a matrix product.
 */
final class ErrorFeedback {
    /** Between which products are made of all that lies outside: their factors stay in the cache. */
    static final int GROUP_COLUMNS = 256;

    private static final int BLOCK_COLUMNS = ColumnBlock.MOST_COLUMNS;
    private static final KernelProvider KERNELS = Kernels.active();

    private final RowTile tile;
    private final int n;
    private final int rowLength;
    /** D, by rows. */
    private final float[] missed;
    /** Its sums are Σ D_k·G_jk, its changes −D. */
    private final ColumnBlock block;

    /** Of the block, by columns as it has them: W', later E. */
    private final float[] targets;

    /** Of a column. */
    private final float[] values;

    private final float[] wanted;
    /** What earlier groups add to the sums, and earlier blocks of the group. */
    private final float[] far;

    private final float[] near;

    ErrorFeedback(RowTile tile) {
        this.tile = tile;
        this.n = tile.columns();
        this.rowLength = tile.rowLength();
        this.missed = new float[Math.multiplyExact(tile.mostRows(), rowLength)];
        this.block = new ColumnBlock(tile.mostRows());
        this.targets = new float[block.at(BLOCK_COLUMNS)];
        this.values = new float[tile.mostRows()];
        this.wanted = new float[tile.mostRows()];
        this.far = new float[tile.mostRows() * GROUP_COLUMNS];
        this.near = new float[tile.mostRows() * BLOCK_COLUMNS];
    }

    /**
     * Chooses all codes.
     *
     * @param factor G, n × n; only its lower triangle is read
     * @param errors E, by rows
     * @param loss |E|² of each row
     */
    void run(float[] factor, float[] errors, double[] loss) {
        int rows = tile.rows();
        for (int groupFrom = 0; groupFrom < n; groupFrom += GROUP_COLUMNS) {
            int groupTo = Math.min(n, groupFrom + GROUP_COLUMNS);
            sum(factor, 0, groupFrom, groupTo, groupFrom, far);
            for (int from = groupFrom; from < groupTo; from += BLOCK_COLUMNS) {
                Interruption.check();
                int width = Math.min(BLOCK_COLUMNS, groupTo - from);
                sum(factor, groupFrom, from, from + width, from, near);
                for (int i = 0; i < rows; i++) {
                    int farAt = i * (groupTo - groupFrom) + from - groupFrom;
                    for (int j = 0; j < width; j++) {
                        near[i * width + j] += far[farAt + j];
                        targets[block.at(j) + i] = tile.target(i, from + j);
                    }
                }
                block.want(near, rows, width);
                for (int j = from; j < from + width; j++) {
                    block.subtractChanges(j - from, factor, j * n + from, rows);
                    chooseColumn(j, j - from, factor[j * n + j], loss);
                }
                block.byRows(targets, errors, from, rowLength, rows, width);
                for (int i = 0; i < rows; i++) {
                    for (int j = 0; j < width; j++) {
                        missed[i * rowLength + from + j] = -block.changes()[block.at(j) + i];
                    }
                }
            }
        }
    }

    /** Σ D_k·G_jk over columns k in [first, end), for columns j in [from, to). */
    private void sum(float[] factor, int first, int from, int to, int end, float[] out) {
        KERNELS.multiplyTransposed(
                missed,
                first,
                rowLength,
                factor,
                from * n + first,
                n,
                out,
                0,
                to - from,
                tile.rows(),
                to - from,
                end - first);
    }

    private void chooseColumn(int j, int inBlock, float diagonal, double[] loss) {
        int rows = tile.rows();
        int at = block.at(inBlock);
        float[] sums = block.wanted();
        float[] negative = block.changes();
        float inverse = 1 / diagonal;
        for (int i = 0; i < rows; i++) {
            wanted[i] = targets[at + i] + sums[at + i] * inverse;
        }
        tile.choose(j, wanted, 0);
        tile.values(j, values);
        for (int i = 0; i < rows; i++) {
            negative[at + i] = values[i] - targets[at + i];
            float error = (wanted[i] - values[i]) * diagonal;
            targets[at + i] = error;
            loss[i] += (double) error * error;
        }
    }
}
