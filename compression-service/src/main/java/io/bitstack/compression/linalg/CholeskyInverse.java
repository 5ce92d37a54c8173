package io.bitstack.compression.linalg;

import io.bitstack.core.codec.CodecException;

/**
 * The inverse of the Cholesky factor of a positive definite matrix, by halves, so that nearly all the work is matrix products.
 *
 * <p>Not LAPACK's potrf: the one of ND4J's OpenBLAS (0.3.19) gives wrong factors on processors with AVX-512 (ADR 7).
 */
final class CholeskyInverse {
    private static final int SMALL = 48;

    private CholeskyInverse() {}

    /**
     * W = L⁻¹, lower triangular, where L·Lᵀ = H.
     *
     * @throws CodecException if H is not positive definite
     */
    static Doubles of(Doubles h) {
        int n = h.rows();
        if (n <= SMALL) {
            return small(h);
        }
        // H = [A ·; B D], L = [E 0; B·E⁻ᵀ F] with E·Eᵀ = A and F·Fᵀ = D − (B·E⁻ᵀ)(B·E⁻ᵀ)ᵀ.
        int half = n / 2;
        Doubles e = of(h.part(0, half, 0, half));
        Doubles below = h.part(half, n, 0, half).times(e.transposed());
        Doubles rest = h.part(half, n, half, n);
        Doubles covered = below.times(below.transposed());
        for (int i = 0; i < rest.data().length; i++) {
            rest.data()[i] -= covered.data()[i];
        }
        Doubles f = of(rest);
        Doubles corner = f.times(below).times(e);
        Doubles inverse = Doubles.zeros(n, n);
        for (int i = 0; i < half; i++) {
            System.arraycopy(e.data(), i * half, inverse.data(), i * n, half);
        }
        for (int i = half; i < n; i++) {
            for (int j = 0; j < half; j++) {
                inverse.data()[i * n + j] = -corner.at(i - half, j);
            }
            System.arraycopy(f.data(), (i - half) * (n - half), inverse.data(), i * n + half, n - half);
        }
        return inverse;
    }

    private static Doubles small(Doubles h) {
        int n = h.rows();
        Doubles lower = Doubles.zeros(n, n);
        for (int i = 0; i < n; i++) {
            for (int j = 0; j <= i; j++) {
                double sum = h.at(i, j);
                for (int k = 0; k < j; k++) {
                    sum -= lower.at(i, k) * lower.at(j, k);
                }
                if (i == j && !(sum > 0 && Double.isFinite(sum))) {
                    throw new CodecException(
                            "the activation statistics are not positive definite; use more calibration text or a larger damping");
                }
                lower.data()[i * n + j] = i == j ? Math.sqrt(sum) : sum / lower.at(j, j);
            }
        }
        return inverse(lower);
    }

    private static Doubles inverse(Doubles lower) {
        int n = lower.rows();
        Doubles inverse = Doubles.zeros(n, n);
        for (int i = 0; i < n; i++) {
            for (int j = 0; j <= i; j++) {
                double sum = i == j ? 1 : 0;
                for (int k = j; k < i; k++) {
                    sum -= lower.at(i, k) * inverse.at(k, j);
                }
                inverse.data()[i * n + j] = sum / lower.at(i, i);
            }
        }
        return inverse;
    }
}
