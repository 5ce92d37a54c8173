package io.bitstack.compression.linalg;

/** Inverse of a lower triangular matrix by halves, so that nearly all the work is matrix products. */
final class TriangularInverse {
    private static final int SMALL = 48;

    private TriangularInverse() {}

    static Doubles of(Doubles lower) {
        int n = lower.rows();
        if (n <= SMALL) {
            return small(lower);
        }
        // [A 0; B C]⁻¹ = [A⁻¹ 0; −C⁻¹·B·A⁻¹ C⁻¹]
        int half = n / 2;
        Doubles a = of(lower.part(0, half, 0, half));
        Doubles c = of(lower.part(half, n, half, n));
        Doubles b = c.times(lower.part(half, n, 0, half)).times(a);
        Doubles inverse = Doubles.zeros(n, n);
        for (int i = 0; i < half; i++) {
            System.arraycopy(a.data(), i * half, inverse.data(), i * n, half);
        }
        for (int i = half; i < n; i++) {
            for (int j = 0; j < half; j++) {
                inverse.data()[i * n + j] = -b.at(i - half, j);
            }
            System.arraycopy(c.data(), (i - half) * (n - half), inverse.data(), i * n + half, n - half);
        }
        return inverse;
    }

    private static Doubles small(Doubles lower) {
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
