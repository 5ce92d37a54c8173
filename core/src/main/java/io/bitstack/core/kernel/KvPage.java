package io.bitstack.core.kernel;

import java.lang.foreign.MemorySegment;

/** Keys and values of some tokens, as {@link KernelProvider#attend} reads them; where which of them lies is the owner's affair. */
public sealed interface KvPage {
    /** Elements that it has room for. */
    int size();

    /** Writes {@code length} elements, rounded to what the page holds. */
    void write(float[] from, int fromOffset, int offset, int length);

    KvPage copy();

    /** The page's memory; shared. */
    MemorySegment memory();

    /** A page of binary16 numbers. */
    record Half(short[] elements) implements KvPage {
        private static final float LARGEST = 65504;

        @Override
        public int size() {
            return elements.length;
        }

        /** What is beyond the largest half becomes it, NaN stays NaN. */
        @Override
        public void write(float[] from, int fromOffset, int offset, int length) {
            for (int i = 0; i < length; i++) {
                elements[offset + i] =
                        Float.floatToFloat16(Math.max(-LARGEST, Math.min(LARGEST, from[fromOffset + i])));
            }
        }

        @Override
        public KvPage copy() {
            return new Half(elements.clone());
        }

        @Override
        public MemorySegment memory() {
            return MemorySegment.ofArray(elements);
        }
    }

    /** A page of binary32 numbers. */
    record Single(float[] elements) implements KvPage {
        @Override
        public int size() {
            return elements.length;
        }

        @Override
        public void write(float[] from, int fromOffset, int offset, int length) {
            System.arraycopy(from, fromOffset, elements, offset, length);
        }

        @Override
        public KvPage copy() {
            return new Single(elements.clone());
        }

        @Override
        public MemorySegment memory() {
            return MemorySegment.ofArray(elements);
        }
    }
}
