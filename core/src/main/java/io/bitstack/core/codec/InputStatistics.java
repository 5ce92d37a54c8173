package io.bitstack.core.codec;

/**
 * What calibration saw of one input.
 *
 * @param columns n
 * @param secondMoment H = Σ x·xᵀ / tokens, n × n row-major
 * @param scale s of the iabd codec: the mean over windows of ‖X[:, j]‖₂, plus 1e-3; n values
 */
public record InputStatistics(int columns, double[] secondMoment, float[] scale) {
    public InputStatistics {
        if (secondMoment.length != (long) columns * columns || scale.length != columns) {
            throw new IllegalArgumentException("statistics of %d columns need %d × %d moments and %d scales"
                    .formatted(columns, columns, columns, columns));
        }
        for (double value : secondMoment) {
            if (!Double.isFinite(value)) {
                throw new CodecException(
                        "calibration statistics are not finite: the model overflows on the calibration text");
            }
        }
    }

    /** White activations: for inputs that calibration does not see, such as an untied embedding's look-ups. */
    public static InputStatistics white(int columns) {
        double[] identity = new double[Math.multiplyExact(columns, columns)];
        float[] scale = new float[columns];
        for (int j = 0; j < columns; j++) {
            identity[j * columns + j] = 1;
            scale[j] = 1;
        }
        return new InputStatistics(columns, identity, scale);
    }
}
