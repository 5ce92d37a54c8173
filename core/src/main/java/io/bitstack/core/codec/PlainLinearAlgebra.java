package io.bitstack.core.codec;

import io.bitstack.core.kernel.KernelProvider;
import io.bitstack.core.kernel.Kernels;
import io.bitstack.core.tensor.FloatMatrix;
import java.util.Arrays;

/**
 * Linear algebra by plain loops in double precision; the oracle of faster implementations, and enough for small models.
 */
public final class PlainLinearAlgebra implements LinearAlgebra {
    private static final KernelProvider KERNELS = Kernels.active();

    @Override
    public FloatMatrix multiply(FloatMatrix a, FloatMatrix b) {
        if (a.columns() != b.rows()) {
            throw new IllegalArgumentException(
                    "%d × %d times %d × %d".formatted(a.rows(), a.columns(), b.rows(), b.columns()));
        }
        FloatMatrix c = FloatMatrix.zeros(a.rows(), b.columns());
        for (int i = 0; i < a.rows(); i++) {
            for (int k = 0; k < a.columns(); k++) {
                KERNELS.axpy(a.at(i, k), b.data(), k * b.columns(), c.data(), i * b.columns(), b.columns());
            }
        }
        return c;
    }

    @Override
    public Factors truncatedSvd(FloatMatrix a, int k) {
        // Eigenvectors of the smaller Gram matrix give the right (or left) singular vectors.
        boolean wide = a.columns() > a.rows();
        FloatMatrix tall = wide ? transpose(a) : a;
        int n = tall.columns();
        double[] gram = new double[n * n];
        for (int row = 0; row < tall.rows(); row++) {
            for (int i = 0; i < n; i++) {
                double value = tall.at(row, i);
                for (int j = 0; j < n; j++) {
                    gram[i * n + j] += value * tall.at(row, j);
                }
            }
        }
        SymmetricEigen eigen = SymmetricEigen.of(gram, n);
        FloatMatrix left = FloatMatrix.zeros(tall.rows(), k);
        FloatMatrix right = FloatMatrix.zeros(k, n);
        for (int q = 0; q < k; q++) {
            double[] vector = Arrays.copyOfRange(eigen.vectors(), eigen.order()[q] * n, (eigen.order()[q] + 1) * n);
            double root = Math.pow(Math.max(0, eigen.values()[eigen.order()[q]]), 0.25);
            for (int i = 0; i < tall.rows() && root > 0; i++) {
                double sum = 0;
                for (int j = 0; j < n; j++) {
                    sum += tall.at(i, j) * vector[j];
                }
                left.data()[i * k + q] = (float) (sum / root);
            }
            for (int j = 0; j < n; j++) {
                right.data()[q * n + j] = (float) (root * vector[j]);
            }
        }
        return wide ? new Factors(transpose(right), transpose(left)) : new Factors(left, right);
    }

    private static FloatMatrix transpose(FloatMatrix a) {
        FloatMatrix t = FloatMatrix.zeros(a.columns(), a.rows());
        for (int i = 0; i < a.rows(); i++) {
            for (int j = 0; j < a.columns(); j++) {
                t.data()[j * a.rows() + i] = a.at(i, j);
            }
        }
        return t;
    }
}
