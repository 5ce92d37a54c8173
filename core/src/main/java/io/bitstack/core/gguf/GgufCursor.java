package io.bitstack.core.gguf;

import static io.bitstack.core.gguf.GgufError.*;

import io.bitstack.core.source.ModelFile;
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

    /** What is copied first of a file that is not in place; most headers fit. */
    private static final long FIRST_BYTES = 16L << 20;

    private final ModelFile file;
    private final String source;
    /** The beginning of the file, as much as was needed so far. */
    private MemorySegment content;

    private long at;

    GgufCursor(ModelFile file) {
        this.file = file;
        this.source = file.name();
        this.content = file.range(0, file.isInPlace() ? file.sizeBytes() : Math.min(FIRST_BYTES, file.sizeBytes()));
    }

    long position() {
        return at;
    }

    /** Bytes that are left of the header, at most. */
    long left() {
        return Math.min(file.sizeBytes(), MAX_HEADER_BYTES) - at;
    }

    /** Where the next bytes start in {@link #content}, which has them then. */
    private long take(long sizeBytes, String what) {
        if (sizeBytes < 0 || sizeBytes > file.sizeBytes() - at) {
            throw new GgufException(
                    TRUNCATED,
                    "%s ends at byte %d, within %s: the file is cut off".formatted(source, file.sizeBytes(), what));
        }
        if (sizeBytes > left()) {
            throw new GgufException(
                    TOO_LARGE,
                    "%s has more than %d bytes of metadata, at %s".formatted(source, MAX_HEADER_BYTES, what));
        }
        if (at + sizeBytes > content.byteSize()) {
            content = file.range(0, Math.min(file.sizeBytes(), Math.max(at + sizeBytes, 2 * content.byteSize())));
        }
        long start = at;
        at += sizeBytes;
        return start;
    }

    int unsignedByte(String what) {
        long start = take(1, what);
        return content.get(ValueLayout.JAVA_BYTE, start) & 255;
    }

    short word16(String what) {
        long start = take(2, what);
        return content.get(SHORT, start);
    }

    int word32(String what) {
        long start = take(4, what);
        return content.get(INT, start);
    }

    long word64(String what) {
        long start = take(8, what);
        return content.get(LONG, start);
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
        long start = take(sizeBytes, what);
        byte[] bytes = content.asSlice(start, sizeBytes).toArray(ValueLayout.JAVA_BYTE);
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
