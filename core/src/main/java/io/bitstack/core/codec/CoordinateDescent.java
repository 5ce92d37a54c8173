package io.bitstack.core.codec;

import io.bitstack.core.kernel.ColumnKernels;
import io.bitstack.core.kernel.KernelProvider;
import io.bitstack.core.kernel.Kernels;

/**
 * Chooses the codes of a tile anew after {@link ErrorFeedback}: each is the best for tr(D·K·Dᵀ), K = H' + λ·mean diag H'·I, while all others stay.
 *
 * <p>Slopes S = D·K come from the errors that feedback has left, {@code S = E·G}, a triangular product, half of what D·K takes. From then on they are
 * kept by what changes: few codes do, so a pass takes a fraction of a product.
 */
final class CoordinateDescent {
    private static final int GROUP_COLUMNS = ErrorFeedback.GROUP_COLUMNS;
    private static final int BLOCK_COLUMNS = ColumnKernels.MOST_COLUMNS;
    private static final KernelProvider KERNELS = Kernels.active();
    private static final ColumnKernels COLUMNS = KERNELS.columns();

    private final RowTile tile;
    private final int n;
    private final int rowLength;
    private final float[] far;
    private final float[] near;
    /** The part of Gᵀ that lies around its diagonal, with zeros on the other side. */
    private final float[] triangle = new float[BLOCK_COLUMNS * GROUP_COLUMNS];

    /** Of H': the rows of a group, for the columns of a group. */
    private final float[] part;

    private final CodeChanges inGroup;
    /** Of each group, since the slopes of other groups, and its own, were brought up to date. */
    private final CodeChanges[] changes;

    CoordinateDescent(RowTile tile) {
        this.tile = tile;
        this.n = tile.columns();
        this.rowLength = tile.rowLength();
        this.far = new float[tile.mostRows() * GROUP_COLUMNS];
        this.near = new float[tile.mostRows() * BLOCK_COLUMNS];
        this.part = new float[Math.min(n, GROUP_COLUMNS) * Math.min(n, GROUP_COLUMNS)];
        this.inGroup = CodeChanges.open(tile.mostRows(), Math.min(n, GROUP_COLUMNS));
        this.changes = new CodeChanges[(n + GROUP_COLUMNS - 1) / GROUP_COLUMNS];
        for (int group = 0; group < changes.length; group++) {
            changes[group] = CodeChanges.kept(tile.mostRows());
        }
    }

    /**
     * Chooses all codes anew, some times.
     *
     * @param factor G, and Gᵀ above the diagonal, n × n
     * @param h H', n × n
     * @param local whether groups have nothing to say to each other
     * @param ridge λ·mean diag H'
     * @param errors E, by rows; not kept
     * @param loss tr(D·K·Dᵀ) of each row, kept up to date
     */
    void run(int passes, float[] factor, float[] h, boolean local, float ridge, float[] errors, double[] loss) {
        for (CodeChanges group : changes) {
            group.clear();
        }
        for (int pass = 0; pass < passes; pass++) {
            for (int group = 0; group < changes.length; group++) {
                int from = group * GROUP_COLUMNS;
                int width = Math.min(GROUP_COLUMNS, n - from);
                Interruption.check();
                if (pass == 0) {
                    slopesOfErrors(factor, local, errors, from, width);
                }
                for (int other = 0; other < changes.length; other++) {
                    if (!changes[other].isEmpty() && (!local || other == group)) {
                        take(h, other * GROUP_COLUMNS, from, width);
                        changes[other].subtract(tile.rows(), part, 0, width, errors, from, rowLength, width);
                    }
                }
                take(h, from, from, width);
                chooseGroup(ridge, errors, loss, from, width);
                changes[group].keep(inGroup);
            }
        }
    }

    /** Takes the rows of a group of H' beside each other, for some columns: far apart they would push each other out of the cache. */
    private void take(float[] h, int firstRow, int firstColumn, int columns) {
        int rows = Math.min(GROUP_COLUMNS, n - firstRow);
        for (int i = 0; i < rows; i++) {
            System.arraycopy(h, (firstRow + i) * n + firstColumn, part, i * columns, columns);
        }
    }

    /** Puts slopes of a group of columns in the place of their errors; the groups before it have theirs already, and are not read. */
    private void slopesOfErrors(float[] factor, boolean local, float[] errors, int groupFrom, int groupWidth) {
        int rows = tile.rows();
        int groupTo = groupFrom + groupWidth;
        KERNELS.multiplyTransposed(
                errors,
                groupTo,
                rowLength,
                factor,
                groupFrom * n + groupTo,
                n,
                far,
                0,
                groupWidth,
                rows,
                groupWidth,
                local ? 0 : n - groupTo);
        for (int from = groupFrom; from < groupTo; from += BLOCK_COLUMNS) {
            Interruption.check();
            int width = Math.min(BLOCK_COLUMNS, groupTo - from);
            int depth = groupTo - from;
            for (int j = 0; j < width; j++) {
                for (int k = 0; k < j; k++) {
                    triangle[j * depth + k] = 0;
                }
                System.arraycopy(factor, (from + j) * n + from + j, triangle, j * depth + j, depth - j);
            }
            KERNELS.multiplyTransposed(errors, from, rowLength, triangle, 0, depth, near, 0, width, rows, width, depth);
            for (int i = 0; i < rows; i++) {
                for (int j = 0; j < width; j++) {
                    errors[i * rowLength + from + j] = far[i * groupWidth + from - groupFrom + j] + near[i * width + j];
                }
            }
        }
    }

    /** @param slopes as they were before any code of the group changed; they stay so, but for each column's own share */
    private void chooseGroup(float ridge, float[] slopes, double[] loss, int groupFrom, int groupWidth) {
        inGroup.clear();
        for (int column = 0; column < groupWidth; column += BLOCK_COLUMNS) {
            Interruption.check();
            COLUMNS.descend(
                    tile.coded(),
                    groupFrom + column,
                    Math.min(BLOCK_COLUMNS, groupWidth - column),
                    part,
                    groupWidth,
                    column,
                    ridge,
                    slopes,
                    rowLength,
                    loss,
                    inGroup.rows());
        }
    }
}
