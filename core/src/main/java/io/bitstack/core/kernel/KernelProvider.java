package io.bitstack.core.kernel;

import java.lang.foreign.MemorySegment;

/**
 * The inner loops. Every provider gives the results of {@link ScalarKernels} up to the rounding of a different order of
 * summation. Stateless and safe for use by many threads.
 *
 * <p>Letters: m rows (outputs), n columns (inputs), k the inner dimension of a product, ℓ the level.
 */
public interface KernelProvider {
    /** What logs, metrics and the property {@code bitstack.kernel} call it. */
    String name();

    /** {@code Σ a[aOffset + i] · b[bOffset + i]} for i in [0, length). */
    float dot(float[] a, int aOffset, float[] b, int bOffset, int length);

    /** {@code y += alpha · x}. */
    void axpy(float alpha, float[] x, int xOffset, float[] y, int yOffset, int length);

    /** {@code out_i = exp(x_i − shift)}, to a relative error of 1e-6; below −87 no more than 2e-38. */
    void exponentials(float[] x, int xOffset, float shift, float[] out, int outOffset, int length);

    /**
     * {@code C = A·Bᵀ}: A (m × k) and B (n × k) row-major with leading dimensions {@code lda} and {@code ldb}; C (m × n),
     * overwritten, with leading dimension {@code ldc}.
     */
    void multiplyTransposed(
            float[] a,
            int aOffset,
            int lda,
            float[] b,
            int bOffset,
            int ldb,
            float[] c,
            int cOffset,
            int ldc,
            int m,
            int n,
            int k);

    /**
     * {@code y_i = w_i · x} for rows i in [from, to) of bfloat16 weights (m × n, row-major, off-heap), written to
     * {@code y[yOffset + i]}.
     */
    void bfloat16Rows(MemorySegment w, int columns, float[] x, int xOffset, float[] y, int yOffset, int from, int to);

    /**
     * The orthonormal Hadamard transform (Sylvester order, divided by √block) of each {@code block} of {@code x}, in place.
     *
     * @param length a multiple of {@code block}
     * @param block a power of two
     */
    void hadamard(float[] x, int offset, int length, int block);

    /**
     * {@code y_i = rowScale_i · Σ_j table[c_ij] · x_j} for rows i in [from, to), written to {@code y[yOffset + i]}; x has
     * been multiplied by the column scale.
     */
    void planes(SignPlanes w, float[] x, int xOffset, float[] y, int yOffset, int from, int to);

    /** Rows [from, to) of Ŵ', {@code rowScale_i · table[c_ij] · columnScale_j}, written densely to {@code out} from 0 on. */
    void decodeRows(SignPlanes w, float[] columnScale, int from, int to, float[] out);

    /**
     * {@code out_r = Σ_j S_j · f_rj} for r in [0, k): S the signs (±1) of one row of a plane, f a k × n matrix whose
     * columns are already multiplied by the activations.
     */
    void signedSums(MemorySegment plane, long rowOffsetBytes, float[] f, int columns, int k, float[] out);
}
