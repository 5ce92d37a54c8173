package io.bitstack.core.codec;

import io.bitstack.core.kernel.KernelProvider;
import io.bitstack.core.kernel.Kernels;
import io.bitstack.core.tensor.FloatMatrix;
import java.util.Arrays;

/**
 * Linear algebra by plain loops in double precision: subspace iteration, Jacobi rotations, Cholesky; the oracle of faster
 * implementations, and enough for small models.
 */
public final class PlainLinearAlgebra implements LinearAlgebra {
    private static final int MOST_SWEEPS = 60;
    private static final double OFF_DIAGONAL = 1e-22;
    private static final int EXTRA_DIRECTIONS = 8;
    private static final int SUBSPACE_ROUNDS = 80;
    private static final double VANISHED = 1e-10;
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

    /** Subspace iteration with a few extra directions, then the eigenvectors within that subspace (Rayleigh–Ritz). */
    @Override
    public double[] topEigenvectors(double[] symmetric, int n, int count) {
        int width = Math.min(n, count + EXTRA_DIRECTIONS);
        SplitMix64 random = new SplitMix64(n);
        double[] rows = new double[width * n];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = random.uniform() - 0.5;
        }
        orthonormalise(rows, width, n, random);
        for (int round = 0; round < SUBSPACE_ROUNDS; round++) {
            rows = timesSymmetric(rows, width, symmetric, n);
            orthonormalise(rows, width, n, random);
        }
        double[] image = timesSymmetric(rows, width, symmetric, n);
        double[] small = new double[width * width];
        for (int a = 0; a < width; a++) {
            for (int b = 0; b <= a; b++) {
                small[a * width + b] = dot(rows, a * n, image, b * n, n);
                small[b * width + a] = small[a * width + b];
            }
        }
        Eigen eigen = jacobi(small, width);
        double[] top = new double[count * n];
        for (int q = 0; q < count; q++) {
            for (int a = 0; a < width; a++) {
                addScaled(eigen.vectors[eigen.order[q] * width + a], rows, a * n, top, q * n, n);
            }
            fixSign(top, q * n, n);
        }
        return top;
    }

    /** Rows times a symmetric matrix. */
    private static double[] timesSymmetric(double[] rows, int count, double[] symmetric, int n) {
        double[] product = new double[count * n];
        for (int i = 0; i < n; i++) {
            for (int a = 0; a < count; a++) {
                product[a * n + i] = dot(rows, a * n, symmetric, i * n, n);
            }
        }
        return product;
    }

    /** Gram–Schmidt, twice for accuracy; a row that vanishes is replaced by a random one. */
    private static void orthonormalise(double[] rows, int count, int n, SplitMix64 random) {
        for (int a = 0; a < count; a++) {
            double before = Math.sqrt(dot(rows, a * n, rows, a * n, n));
            for (int pass = 0; pass < 2; pass++) {
                for (int b = 0; b < a; b++) {
                    addScaled(-dot(rows, a * n, rows, b * n, n), rows, b * n, rows, a * n, n);
                }
            }
            double norm = Math.sqrt(dot(rows, a * n, rows, a * n, n));
            if (norm <= VANISHED * before || norm == 0) {
                for (int j = 0; j < n; j++) {
                    rows[a * n + j] = random.uniform() - 0.5;
                }
                a--;
                continue;
            }
            for (int j = 0; j < n; j++) {
                rows[a * n + j] /= norm;
            }
        }
    }

    private static double dot(double[] a, int aOffset, double[] b, int bOffset, int length) {
        double s0 = 0;
        double s1 = 0;
        double s2 = 0;
        double s3 = 0;
        int j = 0;
        for (; j + 4 <= length; j += 4) {
            s0 += a[aOffset + j] * b[bOffset + j];
            s1 += a[aOffset + j + 1] * b[bOffset + j + 1];
            s2 += a[aOffset + j + 2] * b[bOffset + j + 2];
            s3 += a[aOffset + j + 3] * b[bOffset + j + 3];
        }
        for (; j < length; j++) {
            s0 += a[aOffset + j] * b[bOffset + j];
        }
        return s0 + s1 + (s2 + s3);
    }

    private static void addScaled(double alpha, double[] x, int xOffset, double[] y, int yOffset, int length) {
        for (int j = 0; j < length; j++) {
            y[yOffset + j] += alpha * x[xOffset + j];
        }
    }

    @Override
    public double[] inverseCholesky(double[] positiveDefinite, int n) {
        // With J the exchange of order, J·H·J = L·Lᵀ gives H = (JLJ)(JLJ)ᵀ, JLJ upper; its inverse W is upper with
        // H⁻¹ = Wᵀ·W.
        double[] lower = new double[n * n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j <= i; j++) {
                double sum = positiveDefinite[(n - 1 - i) * n + n - 1 - j];
                for (int k = 0; k < j; k++) {
                    sum -= lower[i * n + k] * lower[j * n + k];
                }
                if (i == j) {
                    if (!(sum > 0) || !Double.isFinite(sum)) {
                        throw new CodecException(
                                "the activation statistics are not positive definite (pivot %d of %d is %g); use more "
                                                .formatted(i, n, sum)
                                        + "calibration text or a larger damping");
                    }
                    lower[i * n + i] = Math.sqrt(sum);
                } else {
                    lower[i * n + j] = sum / lower[j * n + j];
                }
            }
        }
        double[] inverse = invertLower(lower, n);
        double[] upper = new double[n * n];
        for (int i = 0; i < n; i++) {
            for (int j = i; j < n; j++) {
                upper[i * n + j] = inverse[(n - 1 - i) * n + n - 1 - j];
            }
        }
        return upper;
    }

    private static double[] invertLower(double[] lower, int n) {
        double[] inverse = new double[n * n];
        double[] row = new double[n];
        for (int i = 0; i < n; i++) {
            Arrays.fill(row, 0);
            for (int k = 0; k < i; k++) {
                double factor = lower[i * n + k];
                for (int j = 0; j <= k; j++) {
                    row[j] -= factor * inverse[k * n + j];
                }
            }
            row[i] = 1;
            for (int j = 0; j <= i; j++) {
                inverse[i * n + j] = row[j] / lower[i * n + i];
            }
        }
        return inverse;
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
        Eigen eigen = jacobi(gram, n);
        FloatMatrix left = FloatMatrix.zeros(tall.rows(), k);
        FloatMatrix right = FloatMatrix.zeros(k, n);
        for (int q = 0; q < k; q++) {
            double[] vector = Arrays.copyOfRange(eigen.vectors, eigen.order[q] * n, (eigen.order[q] + 1) * n);
            double root = Math.pow(Math.max(0, eigen.values[eigen.order[q]]), 0.25);
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

    /** @param vectors eigenvectors as rows; {@code order} lists them by falling eigenvalue */
    private record Eigen(double[] values, double[] vectors, int[] order) {}

    /** Cyclic Jacobi rotations until the off-diagonal is negligible; each vector's largest element is made positive. */
    private static Eigen jacobi(double[] symmetric, int n) {
        double[] a = symmetric.clone();
        double[] vectors = new double[n * n];
        for (int i = 0; i < n; i++) {
            vectors[i * n + i] = 1;
        }
        double norm = 0;
        for (double value : a) {
            norm += value * value;
        }
        for (int sweep = 0; sweep < MOST_SWEEPS && offDiagonal(a, n) > OFF_DIAGONAL * norm; sweep++) {
            for (int p = 0; p < n; p++) {
                for (int q = p + 1; q < n; q++) {
                    rotate(a, vectors, n, p, q);
                }
            }
        }
        double[] values = new double[n];
        Integer[] order = new Integer[n];
        for (int i = 0; i < n; i++) {
            values[i] = a[i * n + i];
            order[i] = i;
            fixSign(vectors, i * n, n);
        }
        Arrays.sort(order, (x, y) -> Double.compare(values[y], values[x]));
        return new Eigen(
                values,
                vectors,
                Arrays.stream(order).mapToInt(Integer::intValue).toArray());
    }

    private static void fixSign(double[] vectors, int at, int n) {
        double largest = 0;
        for (int j = 0; j < n; j++) {
            if (Math.abs(vectors[at + j]) > Math.abs(largest)) {
                largest = vectors[at + j];
            }
        }
        for (int j = 0; j < n && largest < 0; j++) {
            vectors[at + j] = -vectors[at + j];
        }
    }

    private static double offDiagonal(double[] a, int n) {
        double sum = 0;
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                sum += i == j ? 0 : a[i * n + j] * a[i * n + j];
            }
        }
        return sum;
    }

    private static void rotate(double[] a, double[] vectors, int n, int p, int q) {
        double apq = a[p * n + q];
        if (apq == 0) {
            return;
        }
        double theta = (a[q * n + q] - a[p * n + p]) / (2 * apq);
        double t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
        double c = 1 / Math.sqrt(t * t + 1);
        double s = t * c;
        for (int k = 0; k < n; k++) {
            double akp = a[k * n + p];
            double akq = a[k * n + q];
            a[k * n + p] = c * akp - s * akq;
            a[k * n + q] = s * akp + c * akq;
        }
        for (int k = 0; k < n; k++) {
            double apk = a[p * n + k];
            double aqk = a[q * n + k];
            a[p * n + k] = c * apk - s * aqk;
            a[q * n + k] = s * apk + c * aqk;
            double vpk = vectors[p * n + k];
            double vqk = vectors[q * n + k];
            vectors[p * n + k] = c * vpk - s * vqk;
            vectors[q * n + k] = s * vpk + c * vqk;
        }
    }
}
