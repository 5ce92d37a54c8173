package io.bitstack.core.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.bitstack.core.tensor.FloatMatrix;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
}
