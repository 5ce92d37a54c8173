package io.bitstack.core.model;

import io.bitstack.core.kernel.Kernels;

/** Root mean square normalisation. */
final class RmsNorm {
    private RmsNorm() {}

    /**
     * {@code out = x / sqrt(mean(x²) + epsilon) ⊙ weight} over as many elements as {@code weight} has; {@code out} may be
     * {@code x}.
     */
    static void apply(float[] x, int xOffset, float[] weight, float epsilon, float[] out, int outOffset) {
        int length = weight.length;
        float squares = Kernels.active().dot(x, xOffset, x, xOffset, length);
        float scale = (float) (1 / Math.sqrt(squares / length + epsilon));
        for (int i = 0; i < length; i++) {
            out[outOffset + i] = x[xOffset + i] * scale * weight[i];
        }
    }
}
