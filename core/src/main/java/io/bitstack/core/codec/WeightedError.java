package io.bitstack.core.codec;

import io.bitstack.core.kernel.KernelProvider;
import io.bitstack.core.kernel.Kernels;

/** tr(D·H·Dᵀ) for a symmetric H: only what lies below its diagonal is multiplied with, and counted twice. */
final class WeightedError {
    private static final KernelProvider KERNELS = Kernels.active();
    static final int GROUP_COLUMNS = 256;

    private WeightedError() {}

    /**
     * Multiplies.
     *
     * @param d D, rows × n, {@code rowLength} apart
     * @param h n × n
     * @param local whether H has nothing but zeros outside of squares of {@code GROUP_COLUMNS} on its diagonal
     * @param product scratch of at least rows × {@code min(n, GROUP_COLUMNS)}
     */
    static double of(float[] d, int rowLength, int rows, float[] h, boolean local, int n, float[] product) {
        double sum = 0;
        for (int from = 0; from < n; from += GROUP_COLUMNS) {
            Interruption.check();
            int width = Math.min(GROUP_COLUMNS, n - from);
            if (!local) {
                KERNELS.multiplyTransposed(d, 0, rowLength, h, from * n, n, product, 0, width, rows, width, from);
                sum += 2 * dot(d, from, rowLength, product, rows, width);
            }
            KERNELS.multiplyTransposed(
                    d, from, rowLength, h, from * n + from, n, product, 0, width, rows, width, width);
            sum += dot(d, from, rowLength, product, rows, width);
        }
        return sum;
    }

    private static double dot(float[] d, int from, int rowLength, float[] product, int rows, int width) {
        double sum = 0;
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < width; j++) {
                sum += (double) product[i * width + j] * d[i * rowLength + from + j];
            }
        }
        return sum;
    }
}
