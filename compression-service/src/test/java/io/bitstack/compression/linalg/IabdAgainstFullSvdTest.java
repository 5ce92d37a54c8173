package io.bitstack.compression.linalg;

import static org.assertj.core.api.Assertions.assertThat;

import io.bitstack.core.codec.IabdEncoder;
import io.bitstack.core.codec.InputStatistics;
import io.bitstack.core.codec.InputWeights;
import io.bitstack.core.codec.LinearAlgebra;
import io.bitstack.core.codec.MatrixRole;
import io.bitstack.core.tensor.FloatMatrix;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** What iabd's randomised truncated SVD leaves at each level, against LAPACK's full SVD of the same |R|. */
class IabdAgainstFullSvdTest {
    private static final int LEVELS = 16;

    /** Passes on to the real implementation and compares each truncated SVD with the full one. */
    private static final class Compared implements LinearAlgebra {
        final Nd4jLinearAlgebra real = new Nd4jLinearAlgebra();
        final List<Double> excess = new ArrayList<>();

        @Override
        public FloatMatrix multiply(FloatMatrix a, FloatMatrix b) {
            return real.multiply(a, b);
        }

        @Override
        public Factors truncatedSvd(FloatMatrix a, int k) {
            Factors factors = real.truncatedSvd(a, k);
            double best = 0;
            double[] singular = singularValues(a);
            for (int q = k; q < singular.length; q++) {
                best += singular[q] * singular[q];
            }
            FloatMatrix product = real.multiply(factors.left(), factors.right());
            double left = 0;
            for (int i = 0; i < a.data().length; i++) {
                double difference = (double) a.data()[i] - product.data()[i];
                left += difference * difference;
            }
            excess.add(Math.sqrt(left / best) - 1);
            return factors;
        }

        private static double[] singularValues(FloatMatrix a) {
            int m = a.rows();
            int n = a.columns();
            try (INDArray array = Nd4j.create(Doubles.of(a).transposed().data(), new long[] {m, n}, 'f');
                    INDArray values = Nd4j.create(new double[Math.min(m, n)], new long[] {Math.min(m, n)}, 'f')) {
                Nd4j.getBlasWrapper().lapack().gesvd(array, values, null, null);
                return values.data().asDouble();
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"192,96,16,false", "96,192,16,false", "160,160,16,true", "130,70,5,true"})
    void eachLevelsResidualIsAsSmallAsThatOfAFullSvd(int m, int n, int k, boolean lowRank) {
        Random random = new Random(17);
        FloatMatrix w = FloatMatrix.zeros(m, n);
        double[] rows = random.doubles(m).toArray();
        for (int i = 0; i < w.data().length; i++) {
            // Real weights have loud rows; their magnitudes are then nearer to low rank.
            w.data()[i] = (float) (random.nextGaussian() * (lowRank ? 0.1 + rows[i / n] * rows[i / n] : 1));
        }
        float[] identity = new float[n * n];
        float[] scale = new float[n];
        for (int j = 0; j < n; j++) {
            identity[j * n + j] = 1;
            scale[j] = (float) (0.5 + 4 * random.nextDouble());
        }
        Compared algebra = new Compared();
        IabdEncoder encoder = new IabdEncoder(k, LEVELS, algebra);
        encoder.encode(
                w,
                encoder.input(new InputStatistics(n, identity, scale), new InputWeights(1, new double[n])),
                MatrixRole.LINEAR);
        assertThat(algebra.excess)
                .hasSize(LEVELS)
                .allSatisfy(excess -> assertThat(excess).isBetween(-1e-6, 1e-3));
    }
}
