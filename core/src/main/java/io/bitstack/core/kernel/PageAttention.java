package io.bitstack.core.kernel;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Attention to a page, made of a provider's short loops. */
final class PageAttention {
    private static final ThreadLocal<float[]> SCORES =
            ThreadLocal.withInitial(() -> new float[KernelProvider.PAGE_SLOTS + 1]);

    /** Keys and values as floats: scratch that grows when it has to. */
    private static final ThreadLocal<float[]> FLOATS = ThreadLocal.withInitial(() -> new float[0]);

    private PageAttention() {}

    private static float[] scratch(int count) {
        float[] floats = FLOATS.get();
        if (floats.length < 2 * count) {
            floats = new float[2 * count];
            FLOATS.set(floats);
        }
        return floats;
    }

    /** {@code count} elements of keys, then as many of values, as floats; valid until the thread's next call. */
    private static float[] floats(short[] page, int keysOffset, int valuesOffset, int count) {
        Objects.checkFromIndexSize(keysOffset, count, page.length);
        Objects.checkFromIndexSize(valuesOffset, count, page.length);
        float[] floats = scratch(count);
        for (int i = 0; i < count; i++) {
            floats[i] = Float.float16ToFloat(page[keysOffset + i]);
        }
        for (int i = 0; i < count; i++) {
            floats[count + i] = Float.float16ToFloat(page[valuesOffset + i]);
        }
        return floats;
    }

    /** The same, still to be multiplied by their scales. */
    private static float[] floats(byte[] page, int keysOffset, int valuesOffset, int count) {
        Objects.checkFromIndexSize(keysOffset, count, page.length);
        Objects.checkFromIndexSize(valuesOffset, count, page.length);
        float[] floats = scratch(count);
        for (int i = 0; i < count; i++) {
            floats[i] = page[keysOffset + i];
        }
        for (int i = 0; i < count; i++) {
            floats[count + i] = page[valuesOffset + i];
        }
        return floats;
    }

    /** {@link KernelProvider#attend}. */
    static void attend(
            KernelProvider kernels,
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
        int count = slots * headSize;
        float[] elements = switch (page) {
            case KvPage.Single single -> single.elements();
            case KvPage.Half half -> floats(half.elements(), keysOffset, valuesOffset, count);
            case KvPage.Int8 int8 -> floats(int8.elements(), keysOffset, valuesOffset, count);
        };
        float[] scales = scales(page, headSize, keysOffset, valuesOffset);
        int keys = page instanceof KvPage.Single ? keysOffset : 0;
        int values = page instanceof KvPage.Single ? valuesOffset : count;
        for (int h = 0; h < heads; h++) {
            int at = h * headSize;
            oneHead(
                    kernels,
                    q,
                    qOffset + at,
                    headSize,
                    scale,
                    elements,
                    keys,
                    values,
                    scales,
                    keysOffset / headSize,
                    valuesOffset / headSize,
                    slots,
                    state,
                    stateOffset + 2 * h,
                    out,
                    outOffset + at);
        }
    }

    /** The scales of a page that has them, whose vectors must be those that are attended to. */
    static float @Nullable [] scales(KvPage page, int headSize, int keysOffset, int valuesOffset) {
        if (!(page instanceof KvPage.Int8 int8)) {
            return null;
        }
        if (int8.vectorLength() != headSize || keysOffset % headSize != 0 || valuesOffset % headSize != 0) {
            throw new IllegalArgumentException("keys at %d and values at %d of %d elements are not vectors of %d"
                    .formatted(keysOffset, valuesOffset, headSize, int8.vectorLength()));
        }
        return int8.scales();
    }

    private static void oneHead(
            KernelProvider kernels,
            float[] q,
            int qOffset,
            int headSize,
            float scale,
            float[] page,
            int keysOffset,
            int valuesOffset,
            float @Nullable [] scales,
            int keyScales,
            int valueScales,
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
            if (scales != null) {
                scores[i] *= scales[keyScales + i];
            }
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
            float weight = scales == null ? scores[i] : scores[i] * scales[valueScales + i];
            kernels.axpy(weight, page, valuesOffset + i * headSize, out, outOffset, headSize);
        }
        state[stateOffset + 1] = sum;
    }
}
