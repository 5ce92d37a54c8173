package io.bitstack.core.codec;

import java.util.Arrays;

/**
 * What calibration saw of one input.
 *
 * @param columns n
 * @param secondMoment H = Σ x·xᵀ / tokens, n × n row-major; in single precision, since it is what takes most memory, and a sample: its own scatter is a
 *     thousand times as large as the rounding
 * @param scale s of the iabd codec: the mean over windows of ‖X[:, j]‖₂, plus 1e-3; n values
 */
public record InputStatistics(int columns, float[] secondMoment, float[] scale) {
    public InputStatistics {
        if (secondMoment.length != (long) columns * columns || scale.length != columns) {
            throw new IllegalArgumentException("statistics of %d columns need %d × %d moments and %d scales"
                    .formatted(columns, columns, columns, columns));
        }
        for (float value : secondMoment) {
            if (!Float.isFinite(value)) {
                throw new CodecException(
                        "calibration statistics are not finite: the model overflows on the calibration text");
            }
        }
        for (int j = 0; j < columns; j++) {
            if (!(scale[j] > 0) || !Float.isFinite(scale[j])) {
                throw new CodecException(
                        "the activation scale of column %d is %g, not a finite number above 0: the model overflows on the calibration text"
                                .formatted(j, scale[j]));
            }
        }
    }

    /** The same moments with every scale 1: for an input whose matrices are encoded unscaled. */
    public InputStatistics unscaled() {
        float[] ones = new float[columns];
        Arrays.fill(ones, 1);
        return new InputStatistics(columns, secondMoment, ones);
    }

    /** White activations: for inputs that calibration does not see, such as an untied embedding's look-ups. */
    public static InputStatistics white(int columns) {
        float[] identity = new float[Math.multiplyExact(columns, columns)];
        float[] scale = new float[columns];
        for (int j = 0; j < columns; j++) {
            identity[j * columns + j] = 1;
            scale[j] = 1;
        }
        return new InputStatistics(columns, identity, scale);
    }
}
