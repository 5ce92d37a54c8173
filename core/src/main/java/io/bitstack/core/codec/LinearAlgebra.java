package io.bitstack.core.codec;

import io.bitstack.core.tensor.FloatMatrix;

/** What encoding by singular values asks of a linear algebra library. Implementations are deterministic: the same arguments give the same bits. */
public interface LinearAlgebra {
    /** {@code A·B} for A (m × k) and B (k × n), newly allocated. */
    FloatMatrix multiply(FloatMatrix a, FloatMatrix b);

    /**
     * Best rank-k approximation of A up to a small tolerance: {@code A ≈ left·right}, left = U√Σ (m × k), right = √ΣVᵀ (k × n).
     */
    Factors truncatedSvd(FloatMatrix a, int k);

    /** The two factors of {@link #truncatedSvd}. */
    record Factors(FloatMatrix left, FloatMatrix right) {}
}
