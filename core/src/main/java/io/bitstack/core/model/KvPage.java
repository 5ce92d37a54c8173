package io.bitstack.core.model;

import io.bitstack.core.kernel.KernelProvider;

/** One layer's keys and values of a page of tokens: keys as heads × page tokens × head size, then values alike. */
sealed interface KvPage {
    /** Writes {@code length} elements, rounded to what the page holds. */
    void write(float[] from, int fromOffset, int offset, int length);

    /** {@link KernelProvider#attend} to the tokens whose keys and values start at these elements of the page. */
    void attend(
            KernelProvider kernels,
            float[] q,
            int qOffset,
            int heads,
            int headSize,
            float scale,
            int keysOffset,
            int valuesOffset,
            int slots,
            float[] state,
            int stateOffset,
            float[] out,
            int outOffset);

    KvPage copy();

    /** A page of binary16 numbers. */
    record Half(short[] elements) implements KvPage {
        private static final float LARGEST = 65504;

        @Override
        public void write(float[] from, int fromOffset, int offset, int length) {
            for (int i = 0; i < length; i++) {
                elements[offset + i] =
                        Float.floatToFloat16(Math.max(-LARGEST, Math.min(LARGEST, from[fromOffset + i])));
            }
        }

        @Override
        public void attend(
                KernelProvider kernels,
                float[] q,
                int qOffset,
                int heads,
                int headSize,
                float scale,
                int keysOffset,
                int valuesOffset,
                int slots,
                float[] state,
                int stateOffset,
                float[] out,
                int outOffset) {
            kernels.attend(
                    q,
                    qOffset,
                    heads,
                    headSize,
                    scale,
                    elements,
                    keysOffset,
                    valuesOffset,
                    slots,
                    state,
                    stateOffset,
                    out,
                    outOffset);
        }

        @Override
        public KvPage copy() {
            return new Half(elements.clone());
        }
    }

    /** A page of binary32 numbers. */
    record Single(float[] elements) implements KvPage {
        @Override
        public void write(float[] from, int fromOffset, int offset, int length) {
            System.arraycopy(from, fromOffset, elements, offset, length);
        }

        @Override
        public void attend(
                KernelProvider kernels,
                float[] q,
                int qOffset,
                int heads,
                int headSize,
                float scale,
                int keysOffset,
                int valuesOffset,
                int slots,
                float[] state,
                int stateOffset,
                float[] out,
                int outOffset) {
            kernels.attend(
                    q,
                    qOffset,
                    heads,
                    headSize,
                    scale,
                    elements,
                    keysOffset,
                    valuesOffset,
                    slots,
                    state,
                    stateOffset,
                    out,
                    outOffset);
        }

        @Override
        public KvPage copy() {
            return new Single(elements.clone());
        }
    }
}
