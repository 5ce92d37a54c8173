package io.bitstack.compression.linalg;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Eigenvalues of a small symmetric matrix, largest first, and their orthonormal eigenvectors as rows. */
@SuppressWarnings("ArrayRecordComponent") // never compared
record SymmetricEigen(double[] values, Doubles vectors) {
    static SymmetricEigen of(Doubles symmetric) {
        int n = symmetric.rows();
        try (INDArray array = NativeArrays.transposeOf(symmetric.data(), n, n);
                INDArray eigenvalues = Nd4j.create(new double[n], new long[] {n}, 'f')) {
            int status = Nd4j.getBlasWrapper().lapack().syev('V', 'U', array, eigenvalues);
            if (status != 0) {
                throw new IllegalStateException(
                        "the eigenvalues of a %d × %d matrix were not found (LAPACK syev says %d)"
                                .formatted(n, n, status));
            }
            // LAPACK gives them by rising eigenvalue, one a column; column-major, a column is a row of ours.
            double[] rising = eigenvalues.data().asDouble();
            double[] columns = NativeArrays.toDoubles(array);
            double[] values = new double[n];
            Doubles vectors = Doubles.zeros(n, n);
            for (int q = 0; q < n; q++) {
                values[q] = rising[n - 1 - q];
                System.arraycopy(columns, (n - 1 - q) * n, vectors.data(), q * n, n);
            }
            return new SymmetricEigen(values, vectors);
        }
    }
}
