package io.bitstack.core.model;

/** The dense inner loops of the forward pass. */
final class Loops {
    private Loops() {}

    /**
     * {@code c[t·ldc + cOffset + i] = Σ_j a[t·k + j]·b[bOffset + i·k + j]} for t in [0, m), i in [0, n): A is m × k, B is
     * n × k.
     */
    static void multiplyTransposed(
            float[] a, int m, int k, float[] b, int bOffset, int n, float[] c, int cOffset, int ldc) {
        for (int t = 0; t < m; t++) {
            for (int i = 0; i < n; i++) {
                c[t * ldc + cOffset + i] = dot(a, t * k, b, bOffset + i * k, k);
            }
        }
    }

    static float dot(float[] a, int aOffset, float[] b, int bOffset, int length) {
        float s0 = 0;
        float s1 = 0;
        float s2 = 0;
        float s3 = 0;
        int i = 0;
        for (; i + 4 <= length; i += 4) {
            s0 += a[aOffset + i] * b[bOffset + i];
            s1 += a[aOffset + i + 1] * b[bOffset + i + 1];
            s2 += a[aOffset + i + 2] * b[bOffset + i + 2];
            s3 += a[aOffset + i + 3] * b[bOffset + i + 3];
        }
        for (; i < length; i++) {
            s0 += a[aOffset + i] * b[bOffset + i];
        }
        return (s0 + s1) + (s2 + s3);
    }

    /** {@code y += factor·x}. */
    static void addScaled(float factor, float[] x, int xOffset, float[] y, int yOffset, int length) {
        for (int i = 0; i < length; i++) {
            y[yOffset + i] += factor * x[xOffset + i];
        }
    }

    /** {@code out = x / sqrt(mean(x²) + epsilon) · weight}; {@code out} may be {@code x}. */
    static void rmsNorm(float[] x, int xOffset, float[] weight, float epsilon, float[] out, int outOffset) {
        int length = weight.length;
        float scale = (float) (1 / Math.sqrt(dot(x, xOffset, x, xOffset, length) / length + epsilon));
        for (int i = 0; i < length; i++) {
            out[outOffset + i] = x[xOffset + i] * scale * weight[i];
        }
    }
}
