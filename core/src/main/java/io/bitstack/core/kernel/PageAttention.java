package io.bitstack.core.kernel;

/** Attention of one query to a page, made of a provider's short loops. */
final class PageAttention {
    private static final ThreadLocal<float[]> SCORES =
            ThreadLocal.withInitial(() -> new float[KernelProvider.PAGE_SLOTS + 1]);

    private PageAttention() {}

    /** One head of {@link KernelProvider#attend}, with its state at {@code stateOffset}. */
    static void attend(
            KernelProvider kernels,
            float[] q,
            int qOffset,
            int headSize,
            float scale,
            float[] page,
            int keysOffset,
            int valuesOffset,
            int slots,
            float[] state,
            int stateOffset,
            float[] out,
            int outOffset) {
        float[] scores = SCORES.get();
        float before = state[stateOffset];
        float largest = before;
        for (int i = 0; i < slots; i++) {
            scores[i] = scale * kernels.dot(q, qOffset, page, keysOffset + i * headSize, headSize);
            largest = Math.max(largest, scores[i]);
        }
        kernels.exponentials(scores, 0, largest, scores, 0, slots);
        state[stateOffset] = largest;
        scores[KernelProvider.PAGE_SLOTS] = before;
        kernels.exponentials(scores, KernelProvider.PAGE_SLOTS, largest, scores, KernelProvider.PAGE_SLOTS, 1);
        float shrink = scores[KernelProvider.PAGE_SLOTS];
        float sum = state[stateOffset + 1] * shrink;
        for (int i = 0; i < headSize; i++) {
            out[outOffset + i] *= shrink;
        }
        for (int i = 0; i < slots; i++) {
            sum += scores[i];
            kernels.axpy(scores[i], page, valuesOffset + i * headSize, out, outOffset, headSize);
        }
        state[stateOffset + 1] = sum;
    }
}
