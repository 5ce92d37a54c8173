package io.bitstack.core.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Optional;

/** The element types of weights, little-endian as safetensors stores them. */
public enum DType {
    F32(4) {
        @Override
        public float read(MemorySegment data, long offsetBytes) {
            return data.get(FLOAT, offsetBytes);
        }

        @Override
        public void read(MemorySegment data, long offsetBytes, float[] out, int outOffset, int count) {
            MemorySegment.copy(data, FLOAT, offsetBytes, out, outOffset, count);
        }
    },
    F16(2) {
        @Override
        public float read(MemorySegment data, long offsetBytes) {
            return Float.float16ToFloat(data.get(SHORT, offsetBytes));
        }

        @Override
        public void read(MemorySegment data, long offsetBytes, float[] out, int outOffset, int count) {
            short[] piece = new short[Math.min(count, PIECE)];
            for (int from = 0; from < count; from += piece.length) {
                int size = Math.min(piece.length, count - from);
                MemorySegment.copy(data, SHORT, offsetBytes + 2L * from, piece, 0, size);
                for (int i = 0; i < size; i++) {
                    out[outOffset + from + i] = Float.float16ToFloat(piece[i]);
                }
            }
        }
    },
    BF16(2) {
        @Override
        public float read(MemorySegment data, long offsetBytes) {
            return BFloat16.toFloat(data.get(SHORT, offsetBytes));
        }

        @Override
        public void read(MemorySegment data, long offsetBytes, float[] out, int outOffset, int count) {
            short[] piece = new short[Math.min(count, PIECE)];
            for (int from = 0; from < count; from += piece.length) {
                int size = Math.min(piece.length, count - from);
                MemorySegment.copy(data, SHORT, offsetBytes + 2L * from, piece, 0, size);
                for (int i = 0; i < size; i++) {
                    out[outOffset + from + i] = BFloat16.toFloat(piece[i]);
                }
            }
        }
    };

    /** Elements that are copied to an array first: a loop over an array is one of whole registers, one over a segment is not. */
    private static final int PIECE = 1 << 12;

    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final int sizeBytes;

    DType(int sizeBytes) {
        this.sizeBytes = sizeBytes;
    }

    /** Bytes of one element. */
    public int sizeBytes() {
        return sizeBytes;
    }

    /** The element at a byte offset, which need not be aligned. */
    public abstract float read(MemorySegment data, long offsetBytes);

    /** Converts {@code count} elements from a byte offset on to {@code out[outOffset … outOffset + count)}. */
    public abstract void read(MemorySegment data, long offsetBytes, float[] out, int outOffset, int count);

    /** The type that safetensors calls by this name, or empty if it is not one that weights may have. */
    public static Optional<DType> named(String name) {
        return switch (name) {
            case "F32" -> Optional.of(F32);
            case "F16" -> Optional.of(F16);
            case "BF16" -> Optional.of(BF16);
            default -> Optional.empty();
        };
    }
}
