package io.bitstack.core.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bitstack.core.kernel.FixedRowPool;
import io.bitstack.core.kernel.RowPool;
import java.util.Random;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FeedbackFactorTest {
    /** Sizes around a panel's 256 columns and a band's 96 rows; the smaller the ridge, the worse H can be inverted. */
    @ParameterizedTest
    @CsvSource({
        "1,.1",
        "2,.1",
        "13,.1",
        "63,.1",
        "64,.1",
        "207,.1",
        "255,.1",
        "256,.1",
        "257,.1",
        "300,.1",
        "560,.1",
        "300,.01",
        "560,.001"
    })
    void theFactorTimesItsTransposeInverts(int n, double ridge) {
        float[] h = positiveDefinite(n, ridge);
        float[] factor = h.clone();
        FeedbackFactor.replace(factor, n, RowPool.SINGLE);
        double[] exact = exactly(h, n);
        // Relative to the diagonal: an element of the factor is at most as large as the larger diagonal one of its row
        // and column.
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                double allowed = 2e-4 / Math.sqrt(ridge) * Math.sqrt(exact[i * n + i] * exact[j * n + j]);
                if (j > i) {
                    assertThat(factor[i * n + j]).isZero();
                } else {
                    assertThat(Math.abs(factor[i * n + j] - exact[i * n + j]))
                            .as("row %d column %d", i, j)
                            .isLessThan(allowed);
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"1,.1", "2,.1", "13,.1", "63,.1", "64,.1", "207,.1", "256,.1", "257,.1", "560,.001"})
    void theDecompositionIsOneAndIsMirrored(int n, double ridge) {
        float[] h = positiveDefinite(n, ridge);
        float[] g = h.clone();
        FeedbackFactor.decompose(g, n, RowPool.SINGLE);
        for (int i = 0; i < n; i++) {
            for (int j = 0; j <= i; j++) {
                assertThat(g[j * n + i]).isEqualTo(g[i * n + j]);
                double sum = 0;
                for (int k = i; k < n; k++) {
                    sum += (double) g[k * n + i] * g[k * n + j];
                }
                double allowed = 1e-5 * Math.sqrt((double) h[i * n + i] * h[j * n + j]);
                assertThat(Math.abs(sum - h[i * n + j]))
                        .as("row %d column %d", i, j)
                        .isLessThan(allowed);
            }
        }
    }

    @Test
    void theNumberOfThreadsChangesNothing() {
        int n = 700;
        float[] one = positiveDefinite(n, .1);
        float[] three = one.clone();
        FeedbackFactor.replace(one, n, RowPool.SINGLE);
        try (FixedRowPool pool = new FixedRowPool(3)) {
            FeedbackFactor.replace(three, n, pool);
        }
        assertThat(three).isEqualTo(one);

        float[] alone = positiveDefinite(n, .1);
        float[] shared = alone.clone();
        FeedbackFactor.decompose(alone, n, RowPool.SINGLE);
        try (FixedRowPool pool = new FixedRowPool(3)) {
            FeedbackFactor.decompose(shared, n, pool);
        }
        assertThat(shared).isEqualTo(alone);
    }

    @Test
    void onlyTheLowerTriangleIsRead() {
        int n = 300;
        float[] h = positiveDefinite(n, .1);
        float[] lower = h.clone();
        for (int i = 0; i < n; i++) {
            for (int j = i + 1; j < n; j++) {
                lower[i * n + j] = Float.NaN;
            }
        }
        FeedbackFactor.replace(h, n, RowPool.SINGLE);
        FeedbackFactor.replace(lower, n, RowPool.SINGLE);
        assertThat(lower).isEqualTo(h);
    }

    @Test
    void aMatrixThatIsNotPositiveDefiniteIsRefused() {
        assertThatThrownBy(() -> FeedbackFactor.replace(new float[] {1, 2, 2, 1}, 2, RowPool.SINGLE))
                .isInstanceOf(CodecException.class)
                .hasMessageContaining("not positive definite");
    }

    @Test
    void whoIsInterruptedStops() {
        Thread.currentThread().interrupt();
        try {
            assertThatThrownBy(() -> FeedbackFactor.replace(positiveDefinite(8, .1), 8, RowPool.SINGLE))
                    .isInstanceOf(CancellationException.class);
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    private static float[] positiveDefinite(int n, double ridge) {
        float[] h = Matrices.statistics(new Random(n), n, n + 3).secondMoment();
        for (int i = 0; i < n; i++) {
            h[i * n + i] += (float) ridge;
        }
        return h;
    }

    /** By plain loops in double precision: G with GᵀG = H from the last row to the first, then its inverse. */
    private static double[] exactly(float[] h, int n) {
        double[] g = new double[n * n];
        for (int i = n - 1; i >= 0; i--) {
            for (int j = 0; j <= i; j++) {
                double sum = h[i * n + j];
                for (int m = i + 1; m < n; m++) {
                    sum -= g[m * n + i] * g[m * n + j];
                }
                g[i * n + j] = sum;
            }
            double root = Math.sqrt(g[i * n + i]);
            for (int j = 0; j <= i; j++) {
                g[i * n + j] /= root;
            }
        }
        double[] inverse = new double[n * n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j <= i; j++) {
                double sum = i == j ? 1 : 0;
                for (int k = j; k < i; k++) {
                    sum -= g[i * n + k] * inverse[k * n + j];
                }
                inverse[i * n + j] = sum / g[i * n + i];
            }
        }
        return inverse;
    }
}
