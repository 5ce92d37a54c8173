package io.bitstack.compression.linalg;

import io.bitstack.core.codec.Interruption;
import io.bitstack.core.codec.LinearAlgebra;
import io.bitstack.core.tensor.FloatMatrix;
import java.util.Random;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Linear algebra by ND4J's native backend: products by gemm, and all that can be made of products. Safe for many threads; each call runs on
 * the caller's thread alone, so that the order of summation, and with it the stack's digest, does not depend on the number of
 * cores.
 */
public final class Nd4jLinearAlgebra implements LinearAlgebra {
    private static final int EXTRA_SINGULAR_DIRECTIONS = 16;
    private static final int POWER_ROUNDS = 8;

    /** The native backend, started when it is first asked for something: it takes a second, and 200 MB that the codec {@code nested} can do without. */
    private static final class Backend {
        static {
            Nd4j.factory().blas().setMaxThreads(1);
        }

        private Backend() {}

        static void start() {}
    }

    @Override
    public FloatMatrix multiply(FloatMatrix a, FloatMatrix b) {
        if (a.columns() != b.rows()) {
            throw new IllegalArgumentException(
                    "%d × %d times %d × %d".formatted(a.rows(), a.columns(), b.rows(), b.columns()));
        }
        Backend.start();
        try (INDArray at = NativeArrays.transposeOf(a.data(), a.rows(), a.columns());
                INDArray bt = NativeArrays.transposeOf(b.data(), b.rows(), b.columns());
                INDArray ct = NativeArrays.transpose(DataType.FLOAT, a.rows(), b.columns())) {
            Nd4j.gemm(bt, at, ct, false, false, 1, 0);
            return new FloatMatrix(a.rows(), b.columns(), NativeArrays.toFloats(ct));
        }
    }

    /** Randomised range finder with power iterations, then the singular vectors within that range. */
    @Override
    public Factors truncatedSvd(FloatMatrix a, int k) {
        Backend.start();
        int m = a.rows();
        int n = a.columns();
        int width = Math.min(Math.min(m, n), k + EXTRA_SINGULAR_DIRECTIONS);
        Random random = new Random(31L * m + n);
        Doubles wide = Doubles.of(a);
        Doubles tall = wide.transposed();
        // Rows of the range: width × n.
        Doubles range = Doubles.random(width, m, random).times(wide).orthonormalised(random);
        for (int round = 0; round < POWER_ROUNDS; round++) {
            Interruption.check();
            range = range.times(tall).orthonormalised(random).times(wide).orthonormalised(random);
        }
        // A ≈ (A·Rᵀ)·R; the Gram matrix of the left part gives its singular vectors.
        Interruption.check();
        Doubles image = range.times(tall);
        SymmetricEigen eigen = SymmetricEigen.of(image.times(image.transposed()));
        Doubles left = eigen.vectors().times(image);
        Doubles right = eigen.vectors().times(range);
        FloatMatrix leftFactor = FloatMatrix.zeros(m, k);
        FloatMatrix rightFactor = FloatMatrix.zeros(k, n);
        for (int q = 0; q < k; q++) {
            // √σ; the rows of left are σ·u already.
            double root = Math.pow(Math.max(0, eigen.values()[q]), 0.25);
            double sign = right.signOfLargest(q);
            for (int i = 0; i < m && root > 0; i++) {
                leftFactor.data()[i * k + q] = (float) (sign * left.at(q, i) / root);
            }
            for (int j = 0; j < n; j++) {
                rightFactor.data()[q * n + j] = (float) (sign * root * right.at(q, j));
            }
        }
        return new Factors(leftFactor, rightFactor);
    }
}
