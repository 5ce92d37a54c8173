package io.bitstack.core.kernel;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** Keys and values of some tokens, as {@link KernelProvider#attend} reads them; where which of them lies is the owner's affair. */
public sealed interface KvPage {
    /** What is beyond the largest half becomes it in pages of less than single precision. */
    float LARGEST = 65504;

    /** Elements that it has room for. */
    int size();

    /** Writes {@code length} elements, one key or value, rounded to what the page holds. */
    void write(float[] from, int fromOffset, int offset, int length);

    KvPage copy();

    /** The page's memory; shared. */
    MemorySegment memory();

    /** A page of binary16 numbers. */
    record Half(short[] elements) implements KvPage {
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

    /**
     * A page of whole numbers from −127 to 127, each times the scale of its key or value: its largest element over 127. A rounded element
     * is wrong by half a scale at most. A NaN makes the whole vector NaN.
     *
     * @param scales one for each {@code vectorLength} elements
     */
    record Int8(byte[] elements, float[] scales, int vectorLength) implements KvPage {
        private static final int STEPS = 127;

        public Int8 {
            if (vectorLength < 1 || (long) scales.length * vectorLength != elements.length) {
                throw new IllegalArgumentException("%d elements in vectors of %d need as many scales, not %d"
                        .formatted(elements.length, vectorLength, scales.length));
            }
        }

        /**
         * A page of zeros.
         *
         * @param elements a multiple of {@code vectorLength}
         */
        public static Int8 empty(int elements, int vectorLength) {
            return new Int8(new byte[elements], new float[elements / vectorLength], vectorLength);
        }

        @Override
        public int size() {
            return elements.length;
        }

        @Override
        public void write(float[] from, int fromOffset, int offset, int length) {
            if (length != vectorLength || offset % vectorLength != 0) {
                throw new IllegalArgumentException("only whole vectors of %d elements can be written, not %d at %d"
                        .formatted(vectorLength, length, offset));
            }
            float largest = 0;
            for (int i = 0; i < length; i++) {
                largest = Math.max(largest, Math.abs(from[fromOffset + i]));
            }
            float scale = Math.min(largest, LARGEST) / STEPS;
            scales[offset / vectorLength] = scale;
            if (scale == 0) {
                // Nothing but zeros, or what is as good as zero.
                Arrays.fill(elements, offset, offset + length, (byte) 0);
                return;
            }
            for (int i = 0; i < length; i++) {
                double steps = Math.rint(from[fromOffset + i] / scale);
                elements[offset + i] = (byte) Math.max(-STEPS, Math.min(STEPS, steps));
            }
        }

        @Override
        public KvPage copy() {
            return new Int8(elements.clone(), scales.clone(), vectorLength);
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
