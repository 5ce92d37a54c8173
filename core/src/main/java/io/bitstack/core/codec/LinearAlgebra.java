package io.bitstack.core.codec;

import io.bitstack.core.tensor.FloatMatrix;

/**
 * What encoding asks of a linear algebra library. Implementations are deterministic: the same arguments give the same bits.
 * Square double matrices are {@code n × n} row-major arrays.
 */
public interface LinearAlgebra {
    /** {@code A·B} for A (m × k) and B (k × n), newly allocated. */
    FloatMatrix multiply(FloatMatrix a, FloatMatrix b);

    /**
     * Orthonormal eigenvectors of the {@code count} largest eigenvalues of a symmetric matrix, largest first, as the rows of a
     * {@code count × n} array.
     */
    double[] topEigenvectors(double[] symmetric, int n, int count);

    /**
     * The upper triangular U with {@code UᵀU = H⁻¹} for a symmetric positive definite H; below the diagonal zeros.
     *
     * @throws CodecException if H is not positive definite to working precision
     */
    double[] inverseCholesky(double[] positiveDefinite, int n);

    /**
     * Best rank-k approximation of A up to a small tolerance: {@code A ≈ left·right}, left = U√Σ (m × k), right = √ΣVᵀ (k × n).
     */
    Factors truncatedSvd(FloatMatrix a, int k);

    /** The two factors of {@link #truncatedSvd}. */
    record Factors(FloatMatrix left, FloatMatrix right) {}
}
