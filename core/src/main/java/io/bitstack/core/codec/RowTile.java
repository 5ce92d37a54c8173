package io.bitstack.core.codec;

import io.bitstack.core.kernel.CodeTable;
import io.bitstack.core.kernel.CodedRows;
import io.bitstack.core.kernel.ColumnKernels;
import io.bitstack.core.kernel.Kernels;
import io.bitstack.core.tensor.FloatMatrix;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Some rows of a matrix while the codes of one level are chosen for them. The codes of a tile lie by columns, since all its rows of a column are
 * chosen at once, and tiles lie one after the other.
 *
 * <p>Letters: m rows, n columns, w rows of the tile, D = W' − Ŵ'.
 */
final class RowTile {
    /** Many where the columns are many, for then what is read once for all rows is no longer in the cache the next time; fewer keep the tile itself there. */
    private static final int MOST_ROWS = 256;

    private static final int MOST_ROWS_OF_MANY_COLUMNS = 512;
    private static final int MANY_COLUMNS = 2048;
    private static final int ROW_GAP = 16;
    private static final ColumnKernels COLUMNS = Kernels.active().columns();

    private final FloatMatrix target;
    private final Magnitudes magnitudes;
    private final byte[] codes;
    private final int n;
    private final int mostRows;
    private @Nullable CodedRows coded;

    /**
     * @param codes of the whole matrix, those of the level before at first
     * @see #codeAt
     */
    RowTile(FloatMatrix target, Magnitudes magnitudes, byte[] codes) {
        this.target = target;
        this.magnitudes = magnitudes;
        this.codes = codes;
        this.n = target.columns();
        this.mostRows = mostRows(target.rows(), n);
    }

    private static int mostRows(int m, int n) {
        return Math.min(n < MANY_COLUMNS ? MOST_ROWS : MOST_ROWS_OF_MANY_COLUMNS, m);
    }

    /** The rows of the tile that begins at row {@code first}. */
    static int rowsFrom(int first, int m, int n) {
        return Math.min(mostRows(m, n), m - first);
    }

    /** Where the code of a weight lies. */
    static int codeAt(int row, int column, int m, int n) {
        int mostRows = mostRows(m, n);
        int first = row - row % mostRows;
        return first * n + column * Math.min(mostRows, m - first) + row - first;
    }

    /** Takes up the rows from {@code first} on, where a tile begins, to choose their codes from a table. */
    void load(CodeTable table, int first) {
        int rows = rowsFrom(first, target.rows(), n);
        float[] scale = Arrays.copyOfRange(magnitudes.rowScale(), first, first + rows);
        float[] inverse = new float[rows];
        for (int i = 0; i < rows; i++) {
            inverse[i] = scale[i] > 0 ? 1 / scale[i] : 0;
        }
        coded = new CodedRows(
                table, codes, first * n, rows, scale, inverse, magnitudes.columnScale(), target.data(), first * n, n);
    }

    CodedRows coded() {
        return Objects.requireNonNull(coded, "no rows are loaded");
    }

    int columns() {
        return n;
    }

    /** w. */
    int rows() {
        return coded().rows();
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
        return mostRows;
    }

    /** Chooses every code for itself. */
    void round() {
        for (int from = 0; from < n; from += ColumnKernels.MOST_COLUMNS) {
            COLUMNS.choose(coded(), from, Math.min(ColumnKernels.MOST_COLUMNS, n - from));
        }
    }

    /**
     * Computes D.
     *
     * @param out gets it, by rows; or null
     * @return |D|²
     */
    double missed(float @Nullable [] out) {
        double[] squares = new double[rows()];
        for (int from = 0; from < n; from += ColumnKernels.MOST_COLUMNS) {
            COLUMNS.missed(coded(), from, Math.min(ColumnKernels.MOST_COLUMNS, n - from), out, rowLength(), squares);
        }
        return Arrays.stream(squares).sum();
    }
}
