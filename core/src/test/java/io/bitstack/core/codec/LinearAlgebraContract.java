package io.bitstack.core.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.bitstack.core.tensor.FloatMatrix;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What encoding relies on in every implementation. */
public abstract class LinearAlgebraContract {
    private final Random random = new Random(5);

    protected abstract LinearAlgebra algebra();

    @ParameterizedTest
    @CsvSource({"1,1,1", "1,13,7", "13,1,63", "64,65,63", "207,13,64"})
    void productIsTheSumOfProducts(int m, int k, int n) {
        FloatMatrix a = Matrices.gaussian(random, m, k);
        FloatMatrix b = Matrices.gaussian(random, k, n);
        FloatMatrix c = algebra().multiply(a, b);
        for (int i = 0; i < m; i++) {
            for (int j = 0; j < n; j++) {
                double sum = 0;
                for (int p = 0; p < k; p++) {
                    sum += (double) a.at(i, p) * b.at(p, j);
                }
                assertThat(c.at(i, j)).isCloseTo((float) sum, within(1e-5f * (k + 4)));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 13, 63, 64, 65, 100, 207})
    void inverseCholeskyIsUpperAndInverts(int n) {
        double[] h = positiveDefinite(n);
        double[] u = algebra().inverseCholesky(h, n);
        double[] inverse = new double[n * n];
        for (int i = 0; i < n; i++) {
            for (int p = 0; p < n; p++) {
                for (int q = 0; q <= Math.min(i, p); q++) {
                    inverse[i * n + p] += u[q * n + i] * u[q * n + p];
                }
            }
        }
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                if (j < i) {
                    assertThat(u[i * n + j]).isZero();
                }
                // (UᵀU)·H = I
                double identity = 0;
                for (int p = 0; p < n; p++) {
                    identity += inverse[i * n + p] * h[p * n + j];
                }
                assertThat(identity).isCloseTo(i == j ? 1 : 0, within(1e-9 * n));
            }
        }
        assertThat(algebra().inverseCholesky(h, n)).isEqualTo(u);
    }

    @Test
    void aMatrixThatIsNotPositiveDefiniteIsRefused() {
        assertThatThrownBy(() -> algebra().inverseCholesky(new double[] {1, 2, 2, 1}, 2))
                .isInstanceOf(CodecException.class)
                .hasMessageContaining("not positive definite");
    }

    @Test
    void topEigenvectorsSpanTheLargestDirections() {
        int n = 40;
        // H = Q·diag(40, 39, … 1)·Qᵀ for a random orthonormal Q.
        double[] q = orthonormal(n);
        double[] h = new double[n * n];
        for (int e = 0; e < n; e++) {
            for (int i = 0; i < n; i++) {
                for (int j = 0; j < n; j++) {
                    h[i * n + j] += (n - e) * q[e * n + i] * q[e * n + j];
                }
            }
        }
        double[] top = algebra().topEigenvectors(h, n, 3);
        for (int e = 0; e < 3; e++) {
            double overlap = 0;
            for (int i = 0; i < n; i++) {
                overlap += top[e * n + i] * q[e * n + i];
            }
            assertThat(Math.abs(overlap)).isCloseTo(1, within(1e-6));
        }
    }

    @ParameterizedTest
    @CsvSource({"40,30,5", "30,40,5", "64,64,16", "1,20,1", "20,1,1"})
    void truncatedSvdIsAsGoodAsTheBest(int m, int n, int k) {
        FloatMatrix a = Matrices.gaussian(random, m, n);
        for (int i = 0; i < a.data().length; i++) {
            a.data()[i] = Math.abs(a.data()[i]);
        }
        double best = residualNorm(a, new PlainLinearAlgebra().truncatedSvd(a, k));
        double actual = residualNorm(a, algebra().truncatedSvd(a, k));
        assertThat(actual).isLessThanOrEqualTo(best * 1.001 + 1e-4);
    }

    private static double residualNorm(FloatMatrix a, LinearAlgebra.Factors factors) {
        double sum = 0;
        int k = factors.right().rows();
        for (int i = 0; i < a.rows(); i++) {
            for (int j = 0; j < a.columns(); j++) {
                double product = 0;
                for (int q = 0; q < k; q++) {
                    product +=
                            (double) factors.left().at(i, q) * factors.right().at(q, j);
                }
                sum += (a.at(i, j) - product) * (a.at(i, j) - product);
            }
        }
        return Math.sqrt(sum);
    }

    private double[] positiveDefinite(int n) {
        FloatMatrix x = Matrices.gaussian(random, 2 * n + 3, n);
        double[] h = new double[n * n];
        for (int t = 0; t < x.rows(); t++) {
            for (int i = 0; i < n; i++) {
                for (int j = 0; j < n; j++) {
                    h[i * n + j] += (double) x.at(t, i) * x.at(t, j) / x.rows();
                }
            }
        }
        for (int i = 0; i < n; i++) {
            h[i * n + i] += 0.1;
        }
        return h;
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
