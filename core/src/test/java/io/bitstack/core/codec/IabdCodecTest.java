package io.bitstack.core.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.withinPercentage;

import io.bitstack.core.tensor.FloatMatrix;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IabdCodecTest extends CodecContract {
    @Override
    MatrixEncoder encoder() {
        return new IabdEncoder(4, 8, new PlainLinearAlgebra());
    }

    @Override
    int levels() {
        return 8;
    }

    @ParameterizedTest
    @CsvSource({"24,64", "64,24", "13,65", "1,70", "70,1"})
    void atFullRankTheFirstLevelIsExactButForTheFactorsRounding(int m, int n) {
        FloatMatrix w = Matrices.gaussian(new Random(4), m, n);
        int k = Math.min(m, n);
        EncodedInput input = input(n);
        EncodedMatrix encoded = new IabdEncoder(k, 1, new PlainLinearAlgebra()).encode(w, input, MatrixRole.LINEAR);
        assertThat(encoded.blocks()).hasSize(1);
        assertThat(Matrices.relativeError(w, decode(w, encoded, input, 1))).isLessThan(1e-5);
    }

    @ParameterizedTest
    @CsvSource({"24,64,16", "30,128,5", "64,64,64"})
    void aBlockTakesAsManyBytesAsPublished(int m, int n, int k) {
        EncodedMatrix encoded = new IabdEncoder(k, 2, new PlainLinearAlgebra())
                .encode(Matrices.gaussian(new Random(4), m, n), input(n), MatrixRole.LINEAR);
        int published = m * n / 8 + 2 * Math.min(k, m) * (m + n);
        assertThat(encoded.blocks()).allSatisfy(block -> assertThat(block).hasSize(published));
    }

    @Test
    void rowsOfTheSignPlaneArePaddedToWords() {
        EncodedMatrix encoded = new IabdEncoder(3, 1, new PlainLinearAlgebra())
                .encode(Matrices.gaussian(new Random(4), 5, 65), input(65), MatrixRole.LINEAR);
        assertThat(encoded.blocks().getFirst()).hasSize(5 * 2 * 8 + 2 * 3 * (5 + 65));
    }

    @Test
    void theWeightedErrorsAreThoseOfWhatIsDecoded() {
        FloatMatrix w = Matrices.gaussian(new Random(8), 20, 48);
        InputStatistics statistics = Matrices.statistics(new Random(48), 48, 100);
        EncodedInput input = encoder().input(statistics, Matrices.inputWeights(w));
        EncodedMatrix encoded = encoder().encode(w, input, MatrixRole.LINEAR);
        for (int blocks = 1; blocks <= levels(); blocks++) {
            double expected = weighted(w, decode(w, encoded, input, blocks), statistics.secondMoment());
            assertThat(encoded.weightedErrors()[blocks - 1]).isCloseTo(expected, withinPercentage(0.1));
        }
    }

    /** The second level must mend what rounding took from the first, so that the error does not stop at it. */
    @Test
    void theNextResidualIsTakenWithTheRoundedFactors() {
        FloatMatrix w = Matrices.gaussian(new Random(4), 24, 64);
        EncodedInput input = input(64);
        EncodedMatrix encoded = new IabdEncoder(24, 2, new PlainLinearAlgebra()).encode(w, input, MatrixRole.LINEAR);
        double first = Matrices.relativeError(w, decode(w, encoded, input, 1));
        assertThat(Matrices.relativeError(w, decode(w, encoded, input, 2))).isLessThan(first * 1e-4);
    }

    /** Linear algebra whose thread is interrupted in one of its calls, each of which takes long with a large matrix. */
    private static final class Interrupting implements LinearAlgebra {
        private final LinearAlgebra algebra = new PlainLinearAlgebra();
        private final int at;
        private int calls;

        Interrupting(int at) {
            this.at = at;
        }

        private void call() {
            if (++calls == at) {
                Thread.currentThread().interrupt();
            }
        }

        @Override
        public FloatMatrix multiply(FloatMatrix a, FloatMatrix b) {
            call();
            return algebra.multiply(a, b);
        }

        @Override
        public Factors truncatedSvd(FloatMatrix a, int k) {
            call();
            return algebra.truncatedSvd(a, k);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 11})
    void anInterruptedThreadGivesUpItsMatrixBeforeItAsksForAnythingElse(int call) {
        Interrupting algebra = new Interrupting(call);
        EncodedInput input = input(64);
        try {
            assertThatThrownBy(() -> new IabdEncoder(4, 8, algebra)
                            .encode(Matrices.gaussian(new Random(4), 24, 64), input, MatrixRole.LINEAR))
                    .isInstanceOf(CancellationException.class);
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
        assertThat(algebra.calls).isEqualTo(call);
    }

    @Test
    void aScaleThatIsNotPositiveIsRefused() {
        float[] identity = {1, 0, 0, 1};
        for (float bad : new float[] {0, -1, Float.NaN, Float.POSITIVE_INFINITY}) {
            assertThatThrownBy(() -> new InputStatistics(2, identity, new float[] {1, bad}))
                    .isInstanceOf(CodecException.class)
                    .hasMessageContaining("scale of column 1");
        }
    }

    private static EncodedInput input(int n) {
        return new IabdEncoder(1, 1, new PlainLinearAlgebra())
                .input(Matrices.statistics(new Random(n), n, 100), new InputWeights(1, new double[n]));
    }

    private static FloatMatrix decode(FloatMatrix w, EncodedMatrix encoded, EncodedInput input, int blocks) {
        IabdCodec codec = new IabdCodec();
        return codec.readMatrix(
                        w.rows(),
                        w.columns(),
                        1,
                        codec.readInput(w.columns(), MemorySegment.ofArray(input.blob())),
                        MemorySegment.ofArray(encoded.header()),
                        Matrices.segments(encoded.blocks()).subList(0, blocks))
                .decode();
    }

    /** tr(R·H·Rᵀ), R = W − Ŵ. */
    private static double weighted(FloatMatrix w, FloatMatrix decoded, float[] h) {
        int n = w.columns();
        double sum = 0;
        for (int i = 0; i < w.rows(); i++) {
            for (int a = 0; a < n; a++) {
                for (int b = 0; b < n; b++) {
                    sum += ((double) w.at(i, a) - decoded.at(i, a))
                            * h[a * n + b]
                            * ((double) w.at(i, b) - decoded.at(i, b));
                }
            }
        }
        return sum;
    }
}
