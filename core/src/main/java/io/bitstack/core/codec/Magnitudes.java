package io.bitstack.core.codec;

import io.bitstack.core.kernel.RowPool;
import io.bitstack.core.tensor.FloatMatrix;
import java.util.Arrays;

/**
 * M = a·bᵀ, in half precision.
 *
 * @param rowScale a, m values
 * @param columnScale b, n values, all above 0
 */
record Magnitudes(float[] rowScale, float[] columnScale) {
    /** No magnitude is smaller than this share of the mean: a column of near-zeros must not blow z up. */
    private static final float SMALLEST = 1e-3f;

    private static final int COLUMNS_AT_ONCE = 256;

    /** Fitted to |W'| by row and column means. */
    static Magnitudes fit(FloatMatrix w, RowPool pool) {
        int m = w.rows();
        int n = w.columns();
        double[] rows = new double[m];
        pool.forRows(m, 1, (from, to) -> {
            for (int i = from; i < to; i++) {
                rows[i] = sumOfRow(w, i);
            }
        });
        double[] columns = new double[n];
        pool.forRows(n, COLUMNS_AT_ONCE, (from, to) -> addColumns(w, from, to, columns));
        double mean = Arrays.stream(rows).reduce(0, Double::sum) / m;
        if (!Double.isFinite(mean)) {
            throw new CodecException("the weights are too large to encode");
        }
        float[] a = new float[m];
        float[] b = new float[n];
        for (int i = 0; i < m; i++) {
            a[i] = half(Math.max(rows[i], SMALLEST * mean));
        }
        for (int j = 0; j < n; j++) {
            b[j] = half(mean > 0 ? Math.max(columns[j] / mean, SMALLEST) : 1);
        }
        return new Magnitudes(a, b);
    }

    private static double sumOfRow(FloatMatrix w, int i) {
        int n = w.columns();
        double sum = 0;
        for (int j = 0; j < n; j++) {
            sum += (double) Math.abs(w.at(i, j)) / n;
        }
        return sum;
    }

    private static void addColumns(FloatMatrix w, int from, int to, double[] sums) {
        double m = w.rows();
        for (int i = 0; i < w.rows(); i++) {
            int at = i * w.columns();
            for (int j = from; j < to; j++) {
                sums[j] += Math.abs((double) w.data()[at + j]) / m;
            }
        }
    }

    /** The same magnitude for all, the mean of |W'|. */
    static Magnitudes one(FloatMatrix w, RowPool pool) {
        Magnitudes fitted = fit(w, pool);
        double sum = 0;
        for (float a : fitted.rowScale) {
            sum += a;
        }
        Arrays.fill(fitted.rowScale, half(sum / fitted.rowScale.length));
        Arrays.fill(fitted.columnScale, 1);
        return fitted;
    }

    /** z = w / M; 0 where the magnitude rounded to zero, so that nothing is ever divided by it. */
    float normalise(float weight, int row, int column) {
        float magnitude = rowScale[row] * columnScale[column];
        return magnitude > 0 ? weight / magnitude : 0;
    }

    private static float half(double value) {
        return Float.float16ToFloat(Float.floatToFloat16((float) value));
    }
}
