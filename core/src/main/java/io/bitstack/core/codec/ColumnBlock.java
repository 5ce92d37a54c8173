package io.bitstack.core.codec;

/**
 * Numbers of some columns of a tile, by columns: what the columns are to be, and what changed or was missed when they were chosen. Columns are a little
 * further apart than their rows, so that they do not push each other out of the cache.
 */
final class ColumnBlock {
    /** With fewer columns less is done one column after the other, with more there are fewer products. */
    static final int MOST_COLUMNS = 32;

    private static final int GAP = 16;

    private final int stride;
    private final float[] wanted;
    private final float[] changes;

    ColumnBlock(int mostRows) {
        this.stride = mostRows + GAP;
        this.wanted = new float[MOST_COLUMNS * stride];
        this.changes = new float[MOST_COLUMNS * stride];
    }

    /** Where a column of the block begins in {@link #wanted} and {@link #changes}. */
    int at(int column) {
        return column * stride;
    }

    float[] wanted() {
        return wanted;
    }

    float[] changes() {
        return changes;
    }

    /** {@link #wanted} from numbers that lie by rows. */
    void want(float[] byRows, int rows, int columns) {
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                wanted[j * stride + i] = byRows[i * columns + j];
            }
        }
    }

    /** Puts numbers that lie by columns, as those of the block do, where they lie by rows: {@code rowLength} apart, from {@code offset} on. */
    void byRows(float[] byColumns, float[] out, int offset, int rowLength, int rows, int columns) {
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                out[offset + i * rowLength + j] = byColumns[j * stride + i];
            }
        }
    }

    /** {@code wanted_column −= Σ_k factors[factorAt + k] · changes_k} for the columns k before it. */
    void subtractChanges(int column, float[] factors, int factorAt, int rows) {
        int at = column * stride;
        int k = 0;
        for (; k + 4 <= column; k += 4) {
            float f0 = factors[factorAt + k];
            float f1 = factors[factorAt + k + 1];
            float f2 = factors[factorAt + k + 2];
            float f3 = factors[factorAt + k + 3];
            int from = k * stride;
            for (int i = 0; i < rows; i++) {
                wanted[at + i] -= f0 * changes[from + i]
                        + f1 * changes[from + stride + i]
                        + f2 * changes[from + 2 * stride + i]
                        + f3 * changes[from + 3 * stride + i];
            }
        }
        for (; k < column; k++) {
            for (int i = 0; i < rows; i++) {
                wanted[at + i] -= factors[factorAt + k] * changes[k * stride + i];
            }
        }
    }
}
