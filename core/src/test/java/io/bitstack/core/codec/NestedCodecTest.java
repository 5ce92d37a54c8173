package io.bitstack.core.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bitstack.core.tensor.FloatMatrix;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NestedCodecTest extends CodecContract {
    @Override
    MatrixEncoder encoder() {
        return new NestedEncoder(NestedParameters.DEFAULTS, new PlainLinearAlgebra());
    }

    @Override
    int levels() {
        return NestedParameters.DEFAULTS.levels();
    }

    /** DESIGN's figures for a Gaussian, coded with the history: .117 .035 .0098 .0026 .0007 .0002 .00005 of the power. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4})
    void aGaussianFallsByNearlyFourALevel(int start) {
        FloatMatrix w = Matrices.gaussian(new Random(2), 256, 256);
        NestedEncoder encoder = new NestedEncoder(new NestedParameters(start, 8, 1, 0, true), new PlainLinearAlgebra());
        EncodedInput input = encoder.input(InputStatistics.white(256));
        EncodedMatrix encoded = encoder.encode(w, input, 0);
        InputTransform transform = new NestedCodec().readInput(256, MemorySegment.ofArray(input.blob()));
        double[] most = {1, .40, .14, .046, .0145, .0045, .0014, .0005, .00018};
        for (int b = 0; b < encoded.blocks().size(); b++) {
            FloatMatrix decoded = new NestedCodec()
                    .readMatrix(
                            256,
                            256,
                            start,
                            transform,
                            MemorySegment.ofArray(encoded.header()),
                            Matrices.segments(encoded.blocks()).subList(0, b + 1))
                    .decode();
            assertThat(Matrices.relativeError(w, decoded))
                    .as("start %d, level %d", start, start + b)
                    .isLessThan(most[start + b]);
        }
    }

    @Test
    void feedbackLowersTheWeightedErrorOfItsLevel() {
        FloatMatrix w = Matrices.gaussian(new Random(2), 128, 128);
        NestedEncoder encoder = new NestedEncoder(new NestedParameters(3, 4, .1, 2, true), new PlainLinearAlgebra());
        // Correlated activations: a random walk over the columns.
        double[] h = new double[128 * 128];
        for (int i = 0; i < 128; i++) {
            for (int j = 0; j < 128; j++) {
                h[i * 128 + j] = Math.pow(0.9, Math.abs(i - j));
            }
        }
        float[] scale = InputStatistics.white(128).scale();
        EncodedInput input = encoder.input(new InputStatistics(128, h, scale));
        double with = encoder.encode(w, input, 8).weightedErrors()[0];
        double without = encoder.encode(w, input, 0).weightedErrors()[0];
        assertThat(with).isLessThan(0.85 * without);
    }

    @Test
    void parametersOutOfRangeAreRefused() {
        assertThatThrownBy(() -> new NestedParameters(5, 8, 1, 0, true)).isInstanceOf(CodecException.class);
        assertThatThrownBy(() -> new NestedParameters(3, 9, 1, 0, true)).isInstanceOf(CodecException.class);
        assertThatThrownBy(() -> new NestedParameters(3, 8, Double.NaN, 0, true))
                .isInstanceOf(CodecException.class);
    }
}
