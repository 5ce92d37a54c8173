package io.bitstack.core.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.bitstack.core.kernel.RowPool;
import io.bitstack.core.tensor.FloatMatrix;
import java.util.Arrays;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Choosing codes in tiles and blocks, against one plain loop a row. */
class PlaneChooserTest {
    private static final float[] EIGHT = {-2.1f, -1.3f, -0.75f, -0.25f, 0.25f, 0.75f, 1.3f, 2.1f};

    /** The same in binary64, column by column, without blocks. */
    private record Naive(FloatMatrix w, Magnitudes magnitudes, NestedEncodedInput input) {
        double value(float[] table, int code, int i, int j) {
            return (double) table[code] * magnitudes.rowScale()[i] * magnitudes.columnScale()[j];
        }

        int nearest(float[] table, double wanted, int i, int j, int before) {
            int best = -1;
            for (int c = 0; c < table.length; c++) {
                boolean allowed = before < 0 || c / 2 == before;
                if (allowed
                        && (best < 0
                                || Math.abs(value(table, c, i, j) - wanted)
                                        < Math.abs(value(table, best, i, j) - wanted))) {
                    best = c;
                }
            }
            return best;
        }

        /** @param before codes of the level before, or null */
        int[] codes(float[] table, int @Nullable [] before, double damping, int passes) {
            int n = w.columns();
            float[] lower = new float[n * n];
            if (damping > 0) {
                lower = input.moment().clone();
                for (int j = 0; j < n; j++) {
                    lower[j * n + j] += (float) (damping * input.meanDiagonal());
                }
                // Errors are pushed on by L, L·Lᵀ = (H' + ridge·I)⁻¹, as GPTQ does.
                FeedbackFactor.replace(lower, n, RowPool.SINGLE);
            }
            double ridge = damping * input.meanDiagonal();
            int[] codes = new int[w.data().length];
            for (int i = 0; i < w.rows(); i++) {
                double[] wanted = new double[n];
                for (int j = 0; j < n; j++) {
                    wanted[j] = w.at(i, j);
                }
                for (int j = 0; j < n; j++) {
                    int at = i * n + j;
                    codes[at] = nearest(table, wanted[j], i, j, before == null ? -1 : before[at]);
                    double error = (wanted[j] - value(table, codes[at], i, j)) / (damping > 0 ? lower[j * n + j] : 1);
                    for (int later = j + 1; later < n; later++) {
                        wanted[later] -= error * lower[later * n + j];
                    }
                }
                for (int pass = 0; pass < passes; pass++) {
                    for (int j = 0; j < n; j++) {
                        int at = i * n + j;
                        double slope = ridge * (w.at(i, j) - value(table, codes[at], i, j));
                        for (int k = 0; k < n; k++) {
                            slope += input.moment()[j * n + k] * (w.at(i, k) - value(table, codes[i * n + k], i, k));
                        }
                        double best = value(table, codes[at], i, j) + slope / (input.moment()[j * n + j] + ridge);
                        codes[at] = nearest(table, best, i, j, before == null ? -1 : before[at]);
                    }
                }
            }
            return codes;
        }

        double weightedError(float[] table, int[] codes) {
            int n = w.columns();
            double sum = 0;
            for (int i = 0; i < w.rows(); i++) {
                for (int j = 0; j < n; j++) {
                    for (int k = 0; k < n; k++) {
                        sum += (w.at(i, j) - value(table, codes[i * n + j], i, j))
                                * input.moment()[j * n + k]
                                * (w.at(i, k) - value(table, codes[i * n + k], i, k));
                    }
                }
            }
            return sum;
        }
    }

    private static NestedEncodedInput input(int n) {
        NestedParameters parameters = Matrices.parameters(3, 4, 1, 8, 0);
        return NestedEncodedInput.of(
                Matrices.statistics(new Random(n), n, 2 * n + 3),
                new InputWeights(n, ones(n)),
                parameters,
                RowPool.SINGLE);
    }

    private static double[] ones(int n) {
        double[] ones = new double[n];
        Arrays.fill(ones, 1);
        return ones;
    }

    private static int[] codes(PlaneChooser chooser, int count) {
        int[] codes = new int[count];
        for (int at = 0; at < count; at++) {
            codes[at] = chooser.code(at);
        }
        return codes;
    }

    private static double shareEqual(int[] a, int[] b) {
        int equal = 0;
        for (int i = 0; i < a.length; i++) {
            equal += a[i] == b[i] ? 1 : 0;
        }
        return (double) equal / a.length;
    }

    @ParameterizedTest
    @CsvSource({
        "1,1", "1,13", "13,1", "63,64", "64,63", "65,65", "129,130", "207,13", "3,207", "257,40", "9,300", "2,600"
    })
    void tilesChooseWhatThePlainLoopChooses(int m, int n) {
        FloatMatrix w = Matrices.gaussian(new Random(31L * m + n), m, n);
        Magnitudes magnitudes = Magnitudes.fit(w, RowPool.SINGLE);
        NestedEncodedInput input = input(n);
        Naive naive = new Naive(w, magnitudes, input);
        for (double damping : new double[] {0, 0.3}) {
            for (int passes = 0; passes <= (damping > 0 ? 2 : 0); passes++) {
                PlaneChooser chooser = new PlaneChooser(w, magnitudes, input, passes, RowPool.SINGLE);
                double error = chooser.start(EIGHT, damping);
                int[] first = naive.codes(EIGHT, null, damping, passes);
                // A value in the very middle may fall to either side, and the columns after it follow.
                assertThat(shareEqual(codes(chooser, m * n), first)).isGreaterThanOrEqualTo(0.99);
                double expected = naive.weightedError(EIGHT, codes(chooser, m * n));
                assertThat(error).isCloseTo(expected, within(1e-4 * expected + 1e-6));

                float[] sixteen = new float[16];
                for (int c = 0; c < 16; c++) {
                    sixteen[c] = EIGHT[c / 2] + (c % 2 == 0 ? -0.13f : 0.12f);
                }
                int[] before = codes(chooser, m * n);
                double refined = chooser.refine(sixteen, damping);
                int[] second = naive.codes(sixteen, before, damping, passes);
                assertThat(shareEqual(codes(chooser, m * n), second)).isGreaterThanOrEqualTo(0.99);
                for (int at = 0; at < m * n; at++) {
                    assertThat(chooser.code(at) / 2).isEqualTo(before[at]);
                }
                double refinedExpected = naive.weightedError(sixteen, codes(chooser, m * n));
                assertThat(refined).isCloseTo(refinedExpected, within(1e-4 * refinedExpected + 1e-6));
            }
        }
    }

    @Test
    void descentNeverMakesTheErrorLarger() {
        FloatMatrix w = Matrices.gaussian(new Random(3), 130, 96);
        NestedEncodedInput input = input(96);
        double before = Double.POSITIVE_INFINITY;
        for (int passes = 0; passes < 4; passes++) {
            // With so little damping the error that descent lowers is nearly the one that is reported.
            double error = new PlaneChooser(w, Magnitudes.fit(w, RowPool.SINGLE), input, passes, RowPool.SINGLE)
                    .start(EIGHT, 1e-4);
            assertThat(error).isLessThan(before);
            before = error;
        }
    }

    @Test
    void zeroRowsAndHugeOutliersLeaveNothingThatIsNotFinite() {
        FloatMatrix w = Matrices.gaussian(new Random(5), 70, 66);
        Arrays.fill(w.data(), 0, 66, 0);
        w.data()[5 * 66 + 7] = 1e4f;
        PlaneChooser chooser = new PlaneChooser(w, Magnitudes.fit(w, RowPool.SINGLE), input(66), 2, RowPool.SINGLE);
        assertThat(chooser.start(EIGHT, 1)).isFinite();
    }
}
