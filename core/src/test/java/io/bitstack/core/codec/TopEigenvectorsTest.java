package io.bitstack.core.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.bitstack.core.kernel.FixedRowPool;
import io.bitstack.core.kernel.RowPool;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TopEigenvectorsTest {
    private final Random random = new Random(5);

    @Test
    void theySpanTheLargestDirections() {
        int n = 40;
        double[] q = orthonormal(n);
        // H = Q·diag(40, 39, … 1)·Qᵀ.
        double[] top = TopEigenvectors.of(withEigenvalues(q, n, 40, 39, 38), n, 3, values -> 3, RowPool.SINGLE);
        for (int e = 0; e < 3; e++) {
            assertThat(Math.abs(overlap(top, q, e, n))).isCloseTo(1, within(1e-3));
            for (int other = 0; other <= e; other++) {
                double product = 0;
                for (int i = 0; i < n; i++) {
                    product += top[e * n + i] * top[other * n + i];
                }
                assertThat(product).isCloseTo(e == other ? 1 : 0, within(1e-9));
            }
        }
    }

    /** As in real models: a few directions have a thousand times the energy of the next. */
    @Test
    void massiveDirectionsDoNotHideTheNext() {
        int n = 96;
        double[] q = orthonormal(n);
        double[] top = TopEigenvectors.of(withEigenvalues(q, n, 1e6, 3e4, 900), n, 3, values -> 3, RowPool.SINGLE);
        for (int e = 0; e < 3; e++) {
            assertThat(Math.abs(overlap(top, q, e, n))).as("direction %d", e).isCloseTo(1, within(1e-3));
        }
    }

    @Test
    void theNumberOfThreadsChangesNothingAndZerosDoNoHarm() {
        int n = 200;
        float[] h = Matrices.statistics(random, n, 50).secondMoment();
        double[] one = TopEigenvectors.of(h, n, 4, values -> 4, RowPool.SINGLE);
        try (FixedRowPool pool = new FixedRowPool(3)) {
            assertThat(TopEigenvectors.of(h, n, 4, values -> 4, pool)).isEqualTo(one);
        }
        double[] ofZeros = TopEigenvectors.of(new float[n * n], n, 2, values -> 2, RowPool.SINGLE);
        assertThat(Arrays.stream(ofZeros).map(x -> x * x).sum()).isCloseTo(2, within(1e-9));
    }

    /** Two directions stand out of 198 that are nearly equal, which would take all rounds. */
    @Test
    void thoseThatAreNotNeededAreNotWaitedFor() {
        int n = 200;
        double[] equal = new double[n];
        Arrays.setAll(equal, e -> e == 0 ? 30 : e == 1 ? 20 : 1 + (n - e) * 1e-3);
        double[] q = orthonormal(n);
        int[] asked = new int[1];
        TopEigenvectors.Need two = values -> {
            asked[0]++;
            assertThat(values).hasSize(16);
            return 2;
        };
        double[] top = TopEigenvectors.of(withEigenvalues(q, n, equal), n, 16, two, RowPool.SINGLE);
        assertThat(asked[0]).isLessThan(5);
        for (int e = 0; e < 2; e++) {
            assertThat(Math.abs(overlap(top, q, e, n))).isCloseTo(1, within(1e-5));
        }
    }

    private static double overlap(double[] top, double[] q, int e, int n) {
        double overlap = 0;
        for (int i = 0; i < n; i++) {
            overlap += top[e * n + i] * q[e * n + i];
        }
        return overlap;
    }

    /** The first eigenvalues as given, the others n − 3, n − 4 … 1. */
    private static float[] withEigenvalues(double[] q, int n, double... first) {
        double[] h = new double[n * n];
        for (int e = 0; e < n; e++) {
            double value = e < first.length ? first[e] : n - e;
            for (int i = 0; i < n; i++) {
                for (int j = 0; j < n; j++) {
                    h[i * n + j] += value * q[e * n + i] * q[e * n + j];
                }
            }
        }
        float[] single = new float[n * n];
        for (int at = 0; at < single.length; at++) {
            single[at] = (float) h[at];
        }
        return single;
    }

    private double[] orthonormal(int n) {
        double[] q = new double[n * n];
        for (int e = 0; e < n; e++) {
            for (int i = 0; i < n; i++) {
                q[e * n + i] = random.nextGaussian();
            }
            for (int earlier = 0; earlier <= e; earlier++) {
                double product = 0;
                for (int i = 0; i < n; i++) {
                    product += q[e * n + i] * q[earlier * n + i];
                }
                double norm = Math.sqrt(product);
                for (int i = 0; i < n; i++) {
                    q[e * n + i] = earlier == e ? q[e * n + i] / norm : q[e * n + i] - product * q[earlier * n + i];
                }
            }
        }
        return q;
    }
}
