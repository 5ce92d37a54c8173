package io.bitstack.core.kernel;

import java.lang.foreign.MemorySegment;

/**
 * The inner loops. Every provider gives the results of {@link ScalarKernels} up to the rounding of a different order of
 * summation. Stateless and safe for use by many threads.
 *
 * <p>Letters: m rows (outputs), n columns (inputs), k the inner dimension of a product, ℓ the level.
 */
public interface KernelProvider {
    /** Slots of a page of keys and values that {@link #attend} takes at most. */
    int PAGE_SLOTS = 64;

    /** What logs, metrics and the property {@code bitstack.kernel} call it. */
    String name();

    /** Its name and, where it has a choice of them, the instruction set it uses: {@code native (avx2)}. */
    default String description() {
        return name();
    }

    /** The loops that choose codes. */
    default ColumnKernels columns() {
        return new ColumnLoops();
    }

    /** {@code Σ a[aOffset + i] · b[bOffset + i]} for i in [0, length). */
    float dot(float[] a, int aOffset, float[] b, int bOffset, int length);

    /** {@code y += alpha · x}. */
    void axpy(float alpha, float[] x, int xOffset, float[] y, int yOffset, int length);

    /** {@code out_i = exp(x_i − shift)}, to a relative error of 1e-6; below −87 no more than 2e-38. */
    void exponentials(float[] x, int xOffset, float shift, float[] out, int outOffset, int length);

    /** {@code gate_i ← gate_i / (1 + exp(−gate_i)) · up_i} for i in [from, to): the gated unit's activation (SiLU). */
    void gate(float[] gate, float[] up, int from, int to);

    /**
     * Attends to some slots of a page of keys and values, continuing what earlier pages gave: with scores {@code s_i = scale · q·k_i} and
     * M the largest so far, {@code out ← out · exp(M_before − M) + Σ exp(s_i − M) · v_i}, and the sum of the weights alike.
     *
     * @param q {@code heads} queries of {@code headSize} elements from {@code qOffset} on, which share the keys and values
     * @param page keys from {@code keysOffset} and values from {@code valuesOffset} on, {@code slots} of {@code headSize} elements each
     * @param slots at most {@link #PAGE_SLOTS}
     * @param state M and the sum of the weights, for each head, from {@code stateOffset} on: −∞ and 0 in the beginning
     * @param out {@code heads} sums of {@code headSize} elements from {@code outOffset} on: 0 in the beginning
     */
    default void attend(
            float[] q,
            int qOffset,
            int heads,
            int headSize,
            float scale,
            KvPage page,
            int keysOffset,
            int valuesOffset,
            int slots,
            float[] state,
            int stateOffset,
            float[] out,
            int outOffset) {
        PageAttention.attend(
                this,
                q,
                qOffset,
                heads,
                headSize,
                scale,
                page,
                keysOffset,
                valuesOffset,
                slots,
                state,
                stateOffset,
                out,
                outOffset);
    }

    /**
     * {@code C = A·Bᵀ}: A (m × k) and B (n × k) row-major with leading dimensions {@code lda} and {@code ldb}; C (m × n),
     * overwritten, with leading dimension {@code ldc}. An element does not depend on which others are asked for with it, nor on
     * the provider (but for the plain loops): it is one chain of fused multiply-adds in ascending k.
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
     * Adds scaled rows of B to rows of C (m × n): {@code c_i += Σ factor_p · b_(index_p)} for i in [0, m) and the p that {@code rows} has for i. An
     * element is one chain of fused multiply-adds in ascending p, onto what stands there, from every provider.
     */
    default void addScaledRows(
            ScaledRows rows, int m, float[] b, int bOffset, int ldb, float[] c, int cOffset, int ldc, int n) {
        for (int i = 0; i < m; i++) {
            int cAt = cOffset + i * ldc;
            for (int p = rows.first()[i]; p < rows.end()[i]; p++) {
                float factor = rows.factor()[p];
                int bAt = bOffset + rows.index()[p] * ldb;
                for (int j = 0; j < n; j++) {
                    c[cAt + j] = Math.fma(factor, b[bAt + j], c[cAt + j]);
                }
            }
        }
    }

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

    /** Multiplies {@code tokens} rows of x (tokens × n, from offset 0) by the column scale (n) for {@link #planes}. */
    void prepare(float[] x, int tokens, float[] columnScale, PlaneInput out);

    /**
     * {@code y_i = rowScale_i · Σ_j table[c_ij] · x_j} for rows i in [from, to), written to {@code y[yOffset + i]}. A provider may
     * round x_j to 7 bits and a sign (14 bits from level 7 on), relative to the largest of 32 neighbours, and the table to 7 bits up to
     * level 4, 8 at level 5, about 10 above: an error of at most {@code rowScale_i · Σ_j (|x_j| · max|table| / 95 + |table[c_ij]| · max|x| / 254)}, in
     * practice 0.5 % of the result's size, 1 % at level 4: small beside what the level itself leaves out.
     *
     * @param x prepared by this provider for this matrix's columns
     * @param token which of the prepared rows
     */
    void planes(SignPlanes w, PlaneInput x, int token, float[] y, int yOffset, int from, int to);

    /** {@code y_i += Σ_q side_iq · u_q} for rows i in [from, to) of {@code y[yOffset + i]}; side is m × rank, row-major. */
    void addSide(float[] side, int rank, float[] u, int uOffset, float[] y, int yOffset, int from, int to);

    /** Rows [from, to) of Ŵ', {@code (table[c_ij] · columnScale_j) · rowScale_i}, written densely to {@code out} from 0 on. */
    void decodeRows(SignPlanes w, float[] columnScale, int from, int to, float[] out);

    /**
     * {@code out_r = Σ_j S_j · f_rj} for r in [0, k): S the signs (±1) of one row of a plane, f a k × n matrix whose
     * columns are already multiplied by the activations.
     */
    void signedSums(MemorySegment plane, long rowOffsetBytes, float[] f, int columns, int k, float[] out);

    /**
     * {@code y_i += Σ_r left_ir · Σ_j S_ij · f_rj} for rows i in [from, to) of {@code y[yOffset + i]}: S the signs (±1) of a plane, left m × k,
     * f a k × n matrix whose columns are already multiplied by the activations.
     */
    default void addSignedProducts(
            MemorySegment plane,
            int columns,
            float[] left,
            float[] f,
            int k,
            float[] y,
            int yOffset,
            int from,
            int to) {
        float[] sums = new float[k];
        for (int i = from; i < to; i++) {
            signedSums(plane, (long) i * SignPlanes.words(columns) * Long.BYTES, f, columns, k, sums);
            y[yOffset + i] += dot(left, i * k, sums, 0, k);
        }
    }
}
