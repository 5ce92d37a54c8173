package io.bitstack.core.codec;

import java.util.Arrays;

/**
 * The eigenvectors of a small symmetric matrix.
 *
 * @param vectors orthonormal, as rows, each vector's largest element positive
 * @param order which of them has the largest eigenvalue, which the next …
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record SymmetricEigen(double[] values, double[] vectors, int[] order) {
    private static final int MOST_SWEEPS = 60;
    private static final double OFF_DIAGONAL = 1e-22;

    /** By cyclic Jacobi rotations until the off-diagonal is negligible. */
    static SymmetricEigen of(double[] symmetric, int n) {
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
        return new SymmetricEigen(
                values,
                vectors,
                Arrays.stream(order).mapToInt(Integer::intValue).toArray());
    }

    /** Makes the element of the largest magnitude positive. */
    static void fixSign(double[] vectors, int at, int n) {
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
