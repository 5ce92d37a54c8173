package io.bitstack.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.bitstack.core.codec.PlainLinearAlgebra;
import io.bitstack.core.tensor.FloatMatrix;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GroupQuantizerTest {
    private static final int ROWS = 24;
    private static final int COLUMNS = 150;

    private final Random random = new Random(3);
    private final FloatMatrix w = gaussian(ROWS, COLUMNS);

    private FloatMatrix gaussian(int m, int n) {
        FloatMatrix a = FloatMatrix.zeros(m, n);
        IntStream.range(0, m * n).forEach(i -> a.data()[i] = (float) random.nextGaussian());
        return a;
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 4, 8})
    void everyGroupIsRoundedToItsOwnSteps(int bits) {
        FloatMatrix decoded = new GroupQuantizer(bits).nearest(w);
        for (int i = 0; i < ROWS; i++) {
            for (int from = 0; from < COLUMNS; from += GroupQuantizer.GROUP) {
                int to = Math.min(COLUMNS, from + GroupQuantizer.GROUP);
                float[] group = Arrays.copyOfRange(w.data(), i * COLUMNS + from, i * COLUMNS + to);
                float[] rounded = Arrays.copyOfRange(decoded.data(), i * COLUMNS + from, i * COLUMNS + to);
                float[] sorted = group.clone();
                Arrays.sort(sorted);
                double step = (sorted[sorted.length - 1] - sorted[0]) / ((1 << bits) - 1.0);
                long values = IntStream.range(0, rounded.length)
                        .mapToObj(j -> rounded[j])
                        .distinct()
                        .count();
                assertThat(values).isLessThanOrEqualTo(1L << bits);
                for (int j = 0; j < group.length; j++) {
                    // Half a step, and as much again at the ends, where the zero point was rounded.
                    assertThat(Math.abs(group[j] - rounded[j])).isLessThan((float) (1.01 * step));
                }
            }
        }
    }

    @Test
    void feedbackLowersTheErrorOfTheOutputs() {
        FloatMatrix x = gaussian(400, COLUMNS);
        for (int t = 0; t < 400; t++) {
            for (int j = 1; j < COLUMNS; j++) {
                // Neighbours are alike, as activations are.
                x.data()[t * COLUMNS + j] += 0.9f * x.at(t, j - 1);
            }
        }
        float[] h = new float[COLUMNS * COLUMNS];
        for (int t = 0; t < 400; t++) {
            for (int a = 0; a < COLUMNS; a++) {
                for (int b = 0; b < COLUMNS; b++) {
                    h[a * COLUMNS + b] += x.at(t, a) * x.at(t, b);
                }
            }
        }
        GroupQuantizer quantizer = new GroupQuantizer(3);
        double nearest = weighted(quantizer.nearest(w), h);
        double fed = weighted(quantizer.withFeedback(w, h, new PlainLinearAlgebra()), h);
        assertThat(fed).isLessThan(0.5 * nearest);
    }

    private double weighted(FloatMatrix decoded, float[] h) {
        double sum = 0;
        for (int i = 0; i < ROWS; i++) {
            for (int a = 0; a < COLUMNS; a++) {
                for (int b = 0; b < COLUMNS; b++) {
                    sum += (w.at(i, a) - decoded.at(i, a)) * h[a * COLUMNS + b] * (w.at(i, b) - decoded.at(i, b));
                }
            }
        }
        return sum;
    }

    @Test
    void bytesAreThoseOfCodesScalesAndZeroPoints() {
        // 24 rows of 150 weights of 3 bits, in 3 groups of 16 + 3 bits each.
        assertThat(new GroupQuantizer(3).sizeBytes(24, 150)).isEqualTo((24 * 150 * 3 + 24 * 3 * 19) / 8);
    }

    @Test
    void zerosStayZeros() {
        assertThat(new GroupQuantizer(2).nearest(FloatMatrix.zeros(2, 64)).data())
                .isEqualTo(new float[128]);
    }
}
