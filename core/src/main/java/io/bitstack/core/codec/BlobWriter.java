package io.bitstack.core.codec;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Writes a codec's blob of known size, little-endian. */
final class BlobWriter {
    private final ByteBuffer buffer;

    BlobWriter(long sizeBytes) {
        this.buffer = ByteBuffer.allocate(Math.toIntExact(sizeBytes)).order(ByteOrder.LITTLE_ENDIAN);
    }

    BlobWriter writeInt(int value) {
        buffer.putInt(value);
        return this;
    }

    BlobWriter writeLong(long value) {
        buffer.putLong(value);
        return this;
    }

    /** Rounds to binary16. @throws CodecException if a value overflows it */
    BlobWriter writeHalfs(float[] values) {
        for (float value : values) {
            short half = Float.floatToFloat16(value);
            if (!Float.isFinite(Float.float16ToFloat(half))) {
                throw new CodecException(
                        "a factor of %g does not fit half precision: the weights are too large to encode"
                                .formatted(value));
            }
            buffer.putShort(half);
        }
        return this;
    }

    BlobWriter writeFloats(float[] values) {
        for (float value : values) {
            buffer.putFloat(value);
        }
        return this;
    }

    byte[] finish() {
        if (buffer.hasRemaining()) {
            throw new IllegalStateException(buffer.remaining() + " bytes of the blob were not written");
        }
        return buffer.array();
    }
}
