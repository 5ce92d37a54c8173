package io.bitstack.core.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bitstack.core.kernel.FixedRowPool;
import io.bitstack.core.tensor.FloatMatrix;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NestedCodecTest extends CodecContract {
    @Override
    MatrixEncoder encoder() {
        return new NestedEncoder(NestedParameters.DEFAULTS);
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
        NestedEncoder encoder = new NestedEncoder(Matrices.parameters(start, 8, 1, 0, 0));
        EncodedInput input = encoder.input(InputStatistics.white(256), Matrices.inputWeights(w));
        EncodedMatrix encoded = encoder.encode(w, input, MatrixRole.LINEAR);
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

    /** Three tiles, with and without error feedback. */
    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void threadsThatShareAMatrixMakeTheSameBytes(int feedback) {
        FloatMatrix w = Matrices.gaussian(new Random(3), 600, 96);
        NestedParameters parameters = Matrices.parameters(2, 4, .1, feedback, 2);
        InputStatistics statistics = Matrices.statistics(new Random(5), 96, 200);
        NestedEncoder alone = new NestedEncoder(parameters);
        EncodedMatrix expected = alone.encode(w, alone.input(statistics, Matrices.inputWeights(w)), MatrixRole.LINEAR);
        try (FixedRowPool pool = new FixedRowPool(3)) {
            NestedEncoder shared = new NestedEncoder(parameters, pool);
            EncodedMatrix encoded =
                    shared.encode(w, shared.input(statistics, Matrices.inputWeights(w)), MatrixRole.LINEAR);
            assertThat(encoded.header()).isEqualTo(expected.header());
            assertThat(encoded.blocks()).usingRecursiveComparison().isEqualTo(expected.blocks());
            assertThat(encoded.weightedErrors()).isEqualTo(expected.weightedErrors());
        }
    }

    /** Inputs that no calibration sees are encoded without the products that are zero: as with a moment that is all but zero. */
    @ParameterizedTest
    @ValueSource(ints = {0, 2, 4})
    void columnsThatDoNotMixAreEncodedAsThoseThatHardlyDo(int feedback) {
        int n = 640;
        FloatMatrix w = Matrices.gaussian(new Random(6), 40, n);
        InputStatistics white = InputStatistics.white(n);
        float[] moment = white.secondMoment().clone();
        moment[n - 1] = 1e-30f;
        moment[(n - 1) * n] = 1e-30f;
        InputStatistics hardly = new InputStatistics(n, moment, white.scale());
        NestedEncoder encoder = new NestedEncoder(Matrices.parameters(2, 4, .1, feedback, 0));
        EncodedInput apart = encoder.input(white, Matrices.inputWeights(w));
        EncodedInput mixed = encoder.input(hardly, Matrices.inputWeights(w));
        assertThat(((NestedEncodedInput) apart).isLocal()).isTrue();
        assertThat(((NestedEncodedInput) mixed).isLocal()).isFalse();
        EncodedMatrix encoded = encoder.encode(w, apart, MatrixRole.LINEAR);
        EncodedMatrix expected = encoder.encode(w, mixed, MatrixRole.LINEAR);
        assertThat(encoded.header()).isEqualTo(expected.header());
        assertThat(encoded.blocks()).usingRecursiveComparison().isEqualTo(expected.blocks());
        assertThat(encoded.weightedErrors()).isEqualTo(expected.weightedErrors());
    }

    @Test
    void feedbackLowersTheWeightedErrorOfItsLevel() {
        FloatMatrix w = Matrices.gaussian(new Random(2), 128, 128);
        // Correlated activations: a random walk over the columns.
        float[] h = new float[128 * 128];
        for (int i = 0; i < 128; i++) {
            for (int j = 0; j < 128; j++) {
                h[i * 128 + j] = (float) Math.pow(0.9, Math.abs(i - j));
            }
        }
        float[] scale = InputStatistics.white(128).scale();
        InputStatistics statistics = new InputStatistics(128, h, scale);
        double[] errors = new double[2];
        for (int feedback = 0; feedback < 2; feedback++) {
            NestedEncoder encoder = new NestedEncoder(Matrices.parameters(3, 4, .1, 8 * feedback, 2));
            EncodedInput input = encoder.input(statistics, Matrices.inputWeights(w));
            errors[feedback] = encoder.encode(w, input, MatrixRole.LINEAR).weightedErrors()[0];
        }
        assertThat(errors[1]).isLessThan(0.85 * errors[0]);
    }

    /** Columns of very different energy, as real activations have: balanced, the same planes lose less of the output. */
    @Test
    void balanceLowersTheWeightedErrorWhereColumnsDiffer() {
        FloatMatrix w = Matrices.gaussian(new Random(4), 128, 128);
        float[] h = new float[128 * 128];
        Random random = new Random(8);
        for (int j = 0; j < 128; j++) {
            h[j * 128 + j] = (float) Math.pow(100, random.nextDouble());
        }
        InputStatistics statistics =
                new InputStatistics(128, h, InputStatistics.white(128).scale());
        double[] errors = new double[2];
        for (boolean balance : new boolean[] {false, true}) {
            NestedParameters parameters = new NestedParameters(3, 4, 1, 0, 0, 0, true, balance, true, true, 3, 0);
            NestedEncoder encoder = new NestedEncoder(parameters);
            EncodedInput input = encoder.input(statistics, Matrices.inputWeights(w));
            EncodedMatrix encoded = encoder.encode(w, input, MatrixRole.LINEAR);
            FloatMatrix decoded = new NestedCodec()
                    .readMatrix(
                            128,
                            128,
                            3,
                            new NestedCodec().readInput(128, MemorySegment.ofArray(input.blob())),
                            MemorySegment.ofArray(encoded.header()),
                            Matrices.segments(encoded.blocks()).subList(0, 1))
                    .decode();
            double error = 0;
            for (int at = 0; at < decoded.data().length; at++) {
                double difference = w.data()[at] - decoded.data()[at];
                error += difference * difference * h[at % 128 * 129];
            }
            errors[balance ? 1 : 0] = error;
        }
        assertThat(errors[1]).isLessThan(0.8 * errors[0]);
    }

    /** Every part of the codec can be left out; what is written is decoded the same, only less well. */
    @Test
    void eachPartCanBeSwitchedOff() {
        FloatMatrix w = Matrices.gaussian(new Random(6), 65, 64);
        InputStatistics statistics = Matrices.statistics(new Random(7), 64, 200);
        for (NestedParameters parameters : List.of(
                new NestedParameters(3, 5, 1, 8, 1, 0, true, true, true, true, 2, 3),
                new NestedParameters(3, 5, 1, 8, 1, 2, false, true, true, true, 2, 3),
                new NestedParameters(3, 5, 1, 8, 1, 2, true, false, true, true, 2, 3),
                new NestedParameters(3, 5, 1, 8, 1, 2, true, true, false, true, 2, 3),
                new NestedParameters(3, 5, 1, 8, 1, 2, true, true, true, false, 2, 3),
                new NestedParameters(3, 5, 1, 0, 0, 2, true, true, true, true, 2, 0))) {
            NestedEncoder encoder = new NestedEncoder(parameters);
            EncodedInput input = encoder.input(statistics, Matrices.inputWeights(w));
            for (MatrixRole role : MatrixRole.values()) {
                EncodedMatrix encoded = encoder.encode(w, input, role);
                int start = role == MatrixRole.EMBEDDING ? 2 : 3;
                assertThat(encoded.startLevel()).isEqualTo(start);
                FloatMatrix decoded = new NestedCodec()
                        .readMatrix(
                                65,
                                64,
                                start,
                                new NestedCodec().readInput(64, MemorySegment.ofArray(input.blob())),
                                MemorySegment.ofArray(encoded.header()),
                                Matrices.segments(encoded.blocks()))
                        .decode();
                assertThat(Matrices.relativeError(w, decoded))
                        .as("%s %s", parameters, role)
                        .isLessThan(0.02);
            }
        }
    }

    @Test
    void parametersOutOfRangeAreRefused() {
        assertThatThrownBy(() -> Matrices.parameters(5, 8, 1, 8, 0)).isInstanceOf(CodecException.class);
        assertThatThrownBy(() -> Matrices.parameters(3, 9, 1, 8, 0)).isInstanceOf(CodecException.class);
        assertThatThrownBy(() -> Matrices.parameters(3, 8, Double.NaN, 8, 0)).isInstanceOf(CodecException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ErrorFeedback.run", "CoordinateDescent.run"})
    void anInterruptedThreadGivesUpTheMatrixThatItIsInTheMidstOf(String place) throws InterruptedException {
        NestedEncoder encoder = new NestedEncoder(NestedParameters.DEFAULTS);
        FloatMatrix weights = Matrices.gaussian(new Random(11), 256, 256);
        EncodedInput input = encoder.input(InputStatistics.white(256), Matrices.inputWeights(weights));
        assertThat(InTheMidst.isGivenUp(() -> encoder.encode(weights, input, MatrixRole.LINEAR), place))
                .isTrue();
    }
}
