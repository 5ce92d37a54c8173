package io.bitstack.core.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bitstack.core.kernel.RowPool;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SideDirectionsTest {
    private static final NestedParameters CHOOSE = Matrices.parameters(2, 4, 1, 4, -1);

    @ParameterizedTest
    @ValueSource(ints = {2, 13, 63, 64, 65, 207})
    void noDirectionOfWhiteActivationsIsWorthItsBytes(int n) {
        // One of n equal eigenvalues saves ½·log₂(n / (n − 1)) bits a weight, less than its 16 · (m + n) / (m · n).
        assertThat(chosen(InputStatistics.white(n), 1000, CHOOSE)).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {64, 207, 576})
    void takesThoseAboveTheThresholdAndNoOther(int n) {
        long rows = 3L * n;
        double bits = 16.0 * (rows + n) / ((double) rows * n);
        // λ of a direction whose worth is `times` what it costs, where the rest has the energy 1.
        double[] eigenvalues = new double[n];
        double rest = n;
        for (int q : new int[] {3, 2, 1, 0}) {
            double times = q == 3 ? 0.8 : 1.3 + q;
            eigenvalues[q] = rest * (Math.pow(4, bits * times) - 1);
            rest += eigenvalues[q];
        }
        Arrays.fill(eigenvalues, 4, n, (double) n / (n - 4));
        assertThat(eigenvalues[3]).isGreaterThan(eigenvalues[4]);
        assertThat(chosen(diagonal(eigenvalues), rows, CHOOSE)).isEqualTo(3);
    }

    @Test
    void fewRowsPayForFewerDirections() {
        InputStatistics statistics = Matrices.statistics(new Random(3), 128, 40);
        assertThat(chosen(statistics, 4, CHOOSE)).isLessThan(chosen(statistics, 4096, CHOOSE));
    }

    @Test
    void endsWhereNothingIsLeft() {
        double[] two = new double[64];
        two[5] = 3;
        two[9] = 1e-3;
        assertThat(chosen(diagonal(two), 64, CHOOSE)).isEqualTo(2);
        assertThat(chosen(diagonal(new double[64]), 64, CHOOSE)).isZero();
    }

    @Test
    void aRankThatIsGivenIsKept() {
        InputStatistics white = InputStatistics.white(64);
        assertThat(chosen(white, 64, Matrices.parameters(2, 4, 1, 4, 5))).isEqualTo(5);
        assertThat(chosen(white, 64, Matrices.parameters(2, 4, 1, 4, 0))).isZero();
        assertThat(chosen(InputStatistics.white(1), 64, Matrices.parameters(2, 4, 1, 4, 5)))
                .isZero();
    }

    @Test
    void anInputWithoutRowsIsRefused() {
        assertThatThrownBy(() -> new InputWeights(0, new double[4])).isInstanceOf(CodecException.class);
    }

    private static InputStatistics diagonal(double[] eigenvalues) {
        int n = eigenvalues.length;
        float[] moment = new float[n * n];
        float[] scale = new float[n];
        for (int j = 0; j < n; j++) {
            moment[j * n + j] = (float) eigenvalues[j];
            scale[j] = 1;
        }
        return new InputStatistics(n, moment, scale);
    }

    private static int chosen(InputStatistics statistics, long rows, NestedParameters parameters) {
        return SideDirections.of(statistics, rows, parameters, RowPool.SINGLE).length / statistics.columns();
    }
}
