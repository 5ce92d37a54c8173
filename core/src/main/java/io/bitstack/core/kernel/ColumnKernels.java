package io.bitstack.core.kernel;

import org.jspecify.annotations.Nullable;

/**
 * Chooses the codes of a block of columns, one column after the other. Every implementation gives the same bits: what compression computes must not depend
 * on the machine. Stateless and safe for use by many threads.
 *
 * <p>Letters: W' what is coded, Ŵ' what the codes stand for, D = W' − Ŵ'.
 */
public interface ColumnKernels {
    /** Columns of a block at most. With fewer less is done one column after the other, with more there are fewer products. */
    int MOST_COLUMNS = 32;

    /**
     * Chooses codes with error feedback: column j of the block wants {@code W'_j + (near_j + far_j + Σ_k<j D_k · G_jk) / G_jj}.
     *
     * @param from the first column
     * @param width columns, at most {@link #MOST_COLUMNS}
     * @param near rows × width; scratch afterwards
     * @param far rows {@code farStride} apart, from {@code farAt} on
     * @param factor G, rows {@code factorStride} apart; {@code factorAt} is the place of the block on its diagonal
     * @param missed gets D, by rows {@code stride} apart, in the place of these columns
     * @param errors gets E_j, what is left of the wish times G_jj, alike
     * @param loss |E|² of each row, which is added to
     */
    void feedBack(
            CodedRows w,
            int from,
            int width,
            float[] near,
            float[] far,
            int farAt,
            int farStride,
            float[] factor,
            int factorAt,
            int factorStride,
            float[] missed,
            float[] errors,
            int stride,
            double[] loss);

    /**
     * Chooses codes anew, each the best for tr(D·K·Dᵀ), K = H' + ridge·I, while all others stay.
     *
     * @param from the first column
     * @param width columns, at most {@link #MOST_COLUMNS}
     * @param moments of H', the square of a group of columns, rows {@code momentStride} apart
     * @param column the block's first column in the group
     * @param slopes D·K as it was before any code of the group changed, by rows {@code stride} apart; each column's own share of K is taken to it
     * @param loss tr(D·K·Dᵀ) of each row, kept up to date
     * @param changed for each row the columns of the group that have changed, and what was taken away; those that change are added
     */
    void descend(
            CodedRows w,
            int from,
            int width,
            float[] moments,
            int momentStride,
            int column,
            float ridge,
            float[] slopes,
            int stride,
            double[] loss,
            ScaledRows changed);

    /** Chooses each code for itself. */
    void choose(CodedRows w, int from, int width);

    /**
     * D.
     *
     * @param out gets it, by rows {@code stride} apart, in the place of these columns; or null
     * @param squares |D|² of each row, which is added to
     */
    void missed(CodedRows w, int from, int width, float @Nullable [] out, int stride, double[] squares);
}
