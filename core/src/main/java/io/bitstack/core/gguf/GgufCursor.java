package io.bitstack.core.gguf;

import static io.bitstack.core.gguf.GgufError.*;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** Reads the parts of a header one after the other, never beyond its end. */
final class GgufCursor {
    /** Metadata and descriptions of tensors that are read at most; large vocabularies take about 12 MiB. */
    static final long MAX_HEADER_BYTES = 256L << 20;

    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final MemorySegment content;
    private final String source;
    private long at;

    GgufCursor(MemorySegment content, String source) {
        this.content = content;
        this.source = source;
    }

    long position() {
        return at;
    }

    /** Bytes that are left of the header, at most. */
    long left() {
        return Math.min(content.byteSize(), MAX_HEADER_BYTES) - at;
    }

    private long take(long sizeBytes, String what) {
        if (sizeBytes < 0 || sizeBytes > content.byteSize() - at) {
            throw new GgufException(
                    TRUNCATED,
                    "%s ends at byte %d, within %s: the file is cut off".formatted(source, content.byteSize(), what));
        }
        if (sizeBytes > left()) {
            throw new GgufException(
                    TOO_LARGE,
                    "%s has more than %d bytes of metadata, at %s".formatted(source, MAX_HEADER_BYTES, what));
        }
        long start = at;
        at += sizeBytes;
        return start;
    }

    int unsignedByte(String what) {
        return content.get(ValueLayout.JAVA_BYTE, take(1, what)) & 255;
    }

    short word16(String what) {
        return content.get(SHORT, take(2, what));
    }

    int word32(String what) {
        return content.get(INT, take(4, what));
    }

    long word64(String what) {
        return content.get(LONG, take(8, what));
    }

    /** A count: 64 bits, at most {@code most}. */
    long count(long most, String what) {
        long count = word64(what);
        if (count < 0 || count > most) {
            throw new GgufException(
                    TOO_LARGE,
                    "%s: %s says %s, at most %d are read".formatted(source, what, Long.toUnsignedString(count), most));
        }
        return count;
    }

    /** A text with its length in front. */
    String text(int mostBytes, String what) {
        int sizeBytes = (int) count(mostBytes, "the length of " + what);
        byte[] bytes = content.asSlice(take(sizeBytes, what), sizeBytes).toArray(ValueLayout.JAVA_BYTE);
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new GgufException(METADATA_INVALID, "%s: %s is not UTF-8".formatted(source, what), e);
        }
    }
}
