package io.bitstack.bench;

import io.bitstack.core.codec.FeedbackFactor;
import io.bitstack.core.codec.LinearAlgebra;
import io.bitstack.core.kernel.Kernels;
import io.bitstack.core.kernel.RowPool;
import io.bitstack.core.tensor.FloatMatrix;

/**
 * Fixed-size quantisation to compare with: uniform asymmetric steps, a scale and a zero point for each group of {@link #GROUP}
 * inputs of a row. By rounding to nearest, or column by column with each column's error pushed onto those after it as GPTQ does
 * (arXiv 2210.17323; columns in order, damping of a hundredth of the mean diagonal).
 *
 * <p>Letters: m rows, n columns.
 *
 * @param bits of a weight, 1 to 8
 */
record GroupQuantizer(int bits) {
    static final int GROUP = 64;

    private static final double DAMPING = 0.01;

    /** Bytes of a matrix: the codes, and for each group a scale of 16 bits and a zero point of {@code bits}. */
    long sizeBytes(int m, int n) {
        long groups = (long) m * ((n + GROUP - 1) / GROUP);
        return ((long) m * n * bits + groups * (Short.SIZE + bits) + 7) / 8;
    }

    /** What W is decoded to when each weight is rounded to the nearest step. */
    FloatMatrix nearest(FloatMatrix w) {
        float[] x = transposed(w.data(), w.rows(), w.columns());
        for (int from = 0; from < w.columns(); from += GROUP) {
            int to = Math.min(w.columns(), from + GROUP);
            Steps steps = steps(x, from, to, w.rows());
            for (int j = from; j < to; j++) {
                for (int i = 0; i < w.rows(); i++) {
                    x[j * w.rows() + i] = steps.nearest(x[j * w.rows() + i], i);
                }
            }
        }
        return new FloatMatrix(w.rows(), w.columns(), transposed(x, w.columns(), w.rows()));
    }

    /** What W is decoded to with error feedback; {@code secondMoment} is H of the inputs, n × n. */
    FloatMatrix withFeedback(FloatMatrix w, float[] secondMoment, LinearAlgebra algebra) {
        int m = w.rows();
        int n = w.columns();
        float[] factor = damped(secondMoment, n);
        FeedbackFactor.replace(factor, n, RowPool.SINGLE);
        float[] x = transposed(w.data(), m, n);
        for (int from = 0; from < n; from += GROUP) {
            int to = Math.min(n, from + GROUP);
            float[] errors = quantizeGroup(x, from, to, m, factor, n);
            if (to < n) {
                FloatMatrix factors = FloatMatrix.zeros(n - to, to - from);
                for (int later = to; later < n; later++) {
                    for (int j = from; j < to; j++) {
                        factors.data()[(later - to) * (to - from) + j - from] = factor[later * n + j];
                    }
                }
                FloatMatrix pushed = algebra.multiply(factors, new FloatMatrix(to - from, m, errors));
                Kernels.active().axpy(-1, pushed.data(), 0, x, to * m, pushed.data().length);
            }
        }
        return new FloatMatrix(m, n, transposed(x, n, m));
    }

    /** Quantises columns [from, to) in place, pushing errors within them; returns the scaled errors, (to − from) × m. */
    private float[] quantizeGroup(float[] x, int from, int to, int m, float[] factor, int n) {
        Steps steps = steps(x, from, to, m);
        float[] errors = new float[(to - from) * m];
        for (int j = from; j < to; j++) {
            float inverse = 1 / factor[j * n + j];
            int errorAt = (j - from) * m;
            for (int i = 0; i < m; i++) {
                float quantized = steps.nearest(x[j * m + i], i);
                errors[errorAt + i] = (x[j * m + i] - quantized) * inverse;
                x[j * m + i] = quantized;
            }
            for (int later = j + 1; later < to; later++) {
                Kernels.active().axpy(-factor[later * n + j], errors, errorAt, x, later * m, m);
            }
        }
        return errors;
    }

    /** Scale and zero point of one group of each row. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Steps(float[] scale, float[] zero, int most) {
        float nearest(float value, int row) {
            float code = Math.clamp(Math.round(value / scale[row]) + zero[row], 0, most);
            return (code - zero[row]) * scale[row];
        }
    }

    /** From the least to the greatest weight of the group, 0 among them. */
    private Steps steps(float[] x, int from, int to, int m) {
        int most = (1 << bits) - 1;
        float[] scale = new float[m];
        float[] zero = new float[m];
        for (int i = 0; i < m; i++) {
            float low = 0;
            float high = 0;
            for (int j = from; j < to; j++) {
                low = Math.min(low, x[j * m + i]);
                high = Math.max(high, x[j * m + i]);
            }
            float step = Float.float16ToFloat(Float.floatToFloat16((high - low) / most));
            scale[i] = step > 0 ? step : 1;
            zero[i] = Math.clamp(Math.round(-low / scale[i]), 0, most);
        }
        return new Steps(scale, zero, most);
    }

    private static float[] damped(float[] secondMoment, int n) {
        float[] damped = secondMoment.clone();
        double mean = 0;
        for (int j = 0; j < n; j++) {
            mean += damped[j * n + j] / n;
        }
        for (int j = 0; j < n; j++) {
            damped[j * n + j] += mean > 0 ? (float) (DAMPING * mean) : 1;
        }
        return damped;
    }

    private static float[] transposed(float[] a, int rows, int columns) {
        float[] t = new float[a.length];
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                t[j * rows + i] = a[i * columns + j];
            }
        }
        return t;
    }
}
