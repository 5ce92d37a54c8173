package io.bitstack.core.codec;

import io.bitstack.core.tensor.FloatMatrix;

/**
 * Some rows of a matrix while the codes of one level are chosen for them. Codes lie by columns, since all rows of a column are
 * chosen at once.
 *
 * <p>Letters: n columns, w rows of the tile, D = W' − Ŵ'.
 */
final class RowTile {
    /** Many where the columns are many, for then what is read once for all rows is no longer in the cache the next time; fewer keep the tile itself there. */
    private static final int MOST_ROWS = 256;

    private static final int MOST_ROWS_OF_MANY_COLUMNS = 512;
    private static final int MANY_COLUMNS = 2048;
    /** Columns of which bytes or floats that lie by rows are put by columns, or the other way, at a time: as many as stay in the cache. */
    private static final int TURNED_COLUMNS = 64;

    private static final int ROW_GAP = 16;

    private final FloatMatrix target;
    private final Magnitudes magnitudes;
    private final CodeChoice choice;
    private final byte[] matrixCodes;
    private final int n;
    private final int stride;
    private int first;
    private int rows;
    private final float[] inverseRowScale;
    /** Codes of the level before and of this one, n × {@link #stride}. */
    private final byte[] before;

    private final byte[] codes;
    /** Of a column: values over their magnitudes, and the codes chosen for them. */
    private final float[] z;

    private final int[] chosen;

    /** @param matrixCodes of the whole matrix, m × n; read by {@link #load} and written by {@link #store} */
    RowTile(FloatMatrix target, Magnitudes magnitudes, CodeChoice choice, byte[] matrixCodes) {
        this.target = target;
        this.magnitudes = magnitudes;
        this.choice = choice;
        this.matrixCodes = matrixCodes;
        this.n = target.columns();
        this.stride = Math.min(n < MANY_COLUMNS ? MOST_ROWS : MOST_ROWS_OF_MANY_COLUMNS, target.rows());
        this.inverseRowScale = new float[stride];
        this.before = new byte[Math.multiplyExact(n, stride)];
        this.codes = new byte[before.length];
        this.z = new float[stride];
        this.chosen = new int[stride];
    }

    int columns() {
        return n;
    }

    /** w. */
    int rows() {
        return rows;
    }

    /**
     * By how much the rows of a tile's floats are apart, where they lie by rows: more than n, since rows whose beginnings are a power of two apart push each
     * other out of the cache.
     */
    int rowLength() {
        return n + ROW_GAP;
    }

    /** The most rows that this tile takes. */
    int mostRows() {
        return stride;
    }

    /** Takes up the rows from {@code firstRow} on. */
    void load(int firstRow) {
        first = firstRow;
        rows = Math.min(stride, target.rows() - firstRow);
        for (int i = 0; i < rows; i++) {
            float scale = magnitudes.rowScale()[first + i];
            inverseRowScale[i] = scale > 0 ? 1 / scale : 0;
        }
        for (int from = 0; from < n; from += TURNED_COLUMNS) {
            int to = Math.min(n, from + TURNED_COLUMNS);
            for (int i = 0; i < rows; i++) {
                int at = (first + i) * n;
                for (int j = from; j < to; j++) {
                    before[j * stride + i] = matrixCodes[at + j];
                }
            }
        }
    }

    /** Keeps the codes in the matrix. */
    void store() {
        for (int from = 0; from < n; from += TURNED_COLUMNS) {
            int to = Math.min(n, from + TURNED_COLUMNS);
            for (int i = 0; i < rows; i++) {
                int at = (first + i) * n;
                for (int j = from; j < to; j++) {
                    matrixCodes[at + j] = codes[j * stride + i];
                }
            }
        }
    }

    /** W'_ij. */
    float target(int i, int j) {
        return target.data()[(first + i) * n + j];
    }

    /** Ŵ'_ij as the codes are. */
    float value(int i, int j) {
        return choice.table()[codes[j * stride + i] & 0xFF]
                * magnitudes.rowScale()[first + i]
                * magnitudes.columnScale()[j];
    }

    /** Ŵ' of column j, to {@code out} from 0 on. */
    void values(int j, float[] out) {
        float[] table = choice.table();
        float[] rowScale = magnitudes.rowScale();
        float columnScale = magnitudes.columnScale()[j];
        int at = j * stride;
        for (int i = 0; i < rows; i++) {
            out[i] = table[codes[at + i] & 0xFF] * rowScale[first + i] * columnScale;
        }
    }

    /** Chooses the codes of column j for the values {@code wanted[at …]}, and takes them. */
    void choose(int j, float[] wanted, int at) {
        propose(j, wanted, at);
        for (int i = 0; i < rows; i++) {
            codes[j * stride + i] = (byte) chosen[i];
        }
    }

    /** Chooses the codes of column j for the values {@code wanted[at …]}; {@link #take} takes one of them. */
    void propose(int j, float[] wanted, int at) {
        float inverse = 1 / magnitudes.columnScale()[j];
        for (int i = 0; i < rows; i++) {
            z[i] = wanted[at + i] * inverseRowScale[i] * inverse;
        }
        choice.choose(z, before, j * stride, chosen, rows);
    }

    /** Takes the code proposed for row i of column j; false if it is the one that was there. */
    boolean take(int i, int j) {
        int at = j * stride + i;
        if (codes[at] == (byte) chosen[i]) {
            return false;
        }
        codes[at] = (byte) chosen[i];
        return true;
    }

    /** Chooses every code for itself. */
    void round() {
        float[] wanted = new float[stride * TURNED_COLUMNS];
        for (int from = 0; from < n; from += TURNED_COLUMNS) {
            int to = Math.min(n, from + TURNED_COLUMNS);
            for (int i = 0; i < rows; i++) {
                for (int j = from; j < to; j++) {
                    wanted[(j - from) * stride + i] = target(i, j);
                }
            }
            for (int j = from; j < to; j++) {
                choose(j, wanted, (j - from) * stride);
            }
        }
    }

    /** D, to {@code out}, by rows. */
    void missed(float[] out) {
        float[] table = choice.table();
        for (int from = 0; from < n; from += TURNED_COLUMNS) {
            int to = Math.min(n, from + TURNED_COLUMNS);
            for (int i = 0; i < rows; i++) {
                float scale = magnitudes.rowScale()[first + i];
                for (int j = from; j < to; j++) {
                    out[i * rowLength() + j] = target(i, j)
                            - table[codes[j * stride + i] & 0xFF]
                                    * scale
                                    * magnitudes.columnScale()[j];
                }
            }
        }
    }
}
