package io.bitstack.core.codec;

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

    /** Fitted to |W'| by row and column means. */
    static Magnitudes fit(FloatMatrix w) {
        int m = w.rows();
        int n = w.columns();
        double[] rows = new double[m];
        double[] columns = new double[n];
        double total = 0;
        for (int i = 0; i < m; i++) {
            for (int j = 0; j < n; j++) {
                double magnitude = Math.abs(w.at(i, j));
                rows[i] += magnitude / n;
                columns[j] += magnitude / m;
            }
            total += rows[i];
        }
        double mean = total / m;
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

    /** The same magnitude for all, the mean of |W'|. */
    static Magnitudes one(FloatMatrix w) {
        Magnitudes fitted = fit(w);
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
