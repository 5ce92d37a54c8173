package io.bitstack.core.codec;

import io.bitstack.core.kernel.ColumnKernels;
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

    private static final int BLOCK_COLUMNS = ColumnKernels.MOST_COLUMNS;
    private static final KernelProvider KERNELS = Kernels.active();
    private static final ColumnKernels COLUMNS = KERNELS.columns();

    private final RowTile tile;
    private final int n;
    private final int rowLength;
    /** D, by rows. */
    private final float[] missed;
    /** What earlier groups add to the sums, and earlier blocks of the group. */
    private final float[] far;

    private final float[] near;

    ErrorFeedback(RowTile tile) {
        this.tile = tile;
        this.n = tile.columns();
        this.rowLength = tile.rowLength();
        this.missed = new float[Math.multiplyExact(tile.mostRows(), rowLength)];
        this.far = new float[tile.mostRows() * GROUP_COLUMNS];
        this.near = new float[tile.mostRows() * BLOCK_COLUMNS];
    }

    /**
     * Chooses all codes.
     *
     * @param factor G, n × n; only its lower triangle is read
     * @param local whether groups have nothing to say to each other
     * @param errors E, by rows
     * @param loss |E|² of each row
     */
    void run(float[] factor, boolean local, float[] errors, double[] loss) {
        for (int groupFrom = 0; groupFrom < n; groupFrom += GROUP_COLUMNS) {
            int groupTo = Math.min(n, groupFrom + GROUP_COLUMNS);
            sum(factor, local ? groupFrom : 0, groupFrom, groupTo, groupFrom, far);
            for (int from = groupFrom; from < groupTo; from += BLOCK_COLUMNS) {
                Interruption.check();
                int width = Math.min(BLOCK_COLUMNS, groupTo - from);
                sum(factor, groupFrom, from, from + width, from, near);
                COLUMNS.feedBack(
                        tile.coded(),
                        from,
                        width,
                        near,
                        far,
                        from - groupFrom,
                        groupTo - groupFrom,
                        factor,
                        from * n + from,
                        n,
                        missed,
                        errors,
                        rowLength,
                        loss);
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
}
