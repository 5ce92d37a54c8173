package io.bitstack.core.codec;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Reads a codec's blob from front to back, refusing what is too short, too long or not finite. */
final class BlobReader {
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final String what;
    private final MemorySegment blob;
    private long at;

    BlobReader(String what, MemorySegment blob) {
        this.what = what;
        this.blob = blob;
    }

    int readInt() {
        need(Integer.BYTES);
        int value = blob.get(INT, at);
        at += Integer.BYTES;
        return value;
    }

    long readLong() {
        need(Long.BYTES);
        long value = blob.get(LONG, at);
        at += Long.BYTES;
        return value;
    }

    float[] readHalfs(long count) {
        need(Math.multiplyExact(count, Short.BYTES));
        float[] values = new float[Math.toIntExact(count)];
        for (int i = 0; i < values.length; i++) {
            values[i] = finite(Float.float16ToFloat(blob.get(SHORT, at + 2L * i)), i);
        }
        at += 2 * count;
        return values;
    }

    float[] readFloats(long count) {
        need(Math.multiplyExact(count, Float.BYTES));
        float[] values = new float[Math.toIntExact(count)];
        for (int i = 0; i < values.length; i++) {
            values[i] = finite(blob.get(FLOAT, at + 4L * i), i);
        }
        at += 4 * count;
        return values;
    }

    /** To be called last: the blob must have been read to its end. */
    void end() {
        if (at != blob.byteSize()) {
            throw new CodecException("%s has %d bytes where its form needs %d".formatted(what, blob.byteSize(), at));
        }
    }

    /** Throws with the reader's subject in front. */
    CodecException bad(String why) {
        return new CodecException(what + ": " + why);
    }

    private float finite(float value, int index) {
        if (!Float.isFinite(value)) {
            throw bad("element %d of the array at byte %d is not finite".formatted(index, at));
        }
        return value;
    }

    private void need(long bytes) {
        if (bytes < 0 || blob.byteSize() - at < bytes) {
            throw bad("ends at byte %d, needs %d more from byte %d".formatted(blob.byteSize(), bytes, at));
        }
    }
}
