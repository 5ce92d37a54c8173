package io.bitstack.core.safetensors;

import static io.bitstack.core.safetensors.SafetensorsError.*;

import io.bitstack.core.source.ModelFile;
import io.bitstack.core.source.PlacedFile;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * One safetensors file, wherever it lies, whose header has been checked in full: known element types, shapes that
 * agree with byte ranges, and ranges that tile the data without holes or overlap.
 */
public final class Safetensors {
    /** The longest header that is read. */
    public static final long MAX_HEADER_BYTES = 16L << 20;

    private static final ValueLayout.OfLong LENGTH = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final ModelFile file;
    private final Map<String, TensorInfo> tensors;

    private Safetensors(ModelFile file, Map<String, TensorInfo> tensors) {
        this.file = file;
        this.tensors = tensors;
    }

    /**
     * Reads and checks the header. The content is used in place and must stay alive and unchanged.
     *
     * @param source what to call it in messages, usually the file's name
     * @throws SafetensorsException if anything about it is wrong
     */
    public static Safetensors parse(MemorySegment content, String source) {
        return parse(PlacedFile.of(source, content));
    }

    /** The same of a file, of which nothing else is read. It stays open, and is the caller's to close. */
    static Safetensors parse(ModelFile file) {
        String source = file.name();
        long sizeBytes = file.sizeBytes();
        if (sizeBytes < 8) {
            ContentSniffer.refuseForeign(file);
            throw new SafetensorsException(
                    TRUNCATED, "%s has %d bytes; even an empty file has 10".formatted(source, sizeBytes));
        }
        long headerBytes = file.range(0, 8).get(LENGTH, 0);
        boolean looksRight = sizeBytes > 8 && file.range(8, 1).get(ValueLayout.JAVA_BYTE, 0) == '{';
        if (!looksRight || headerBytes < 2 || headerBytes > MAX_HEADER_BYTES) {
            ContentSniffer.refuseForeign(file);
        }
        if (headerBytes < 0 || headerBytes > MAX_HEADER_BYTES) {
            throw new SafetensorsException(
                    HEADER_TOO_LARGE,
                    "%s claims a header of %s bytes; at most %d are read"
                            .formatted(source, Long.toUnsignedString(headerBytes), MAX_HEADER_BYTES));
        }
        if (headerBytes > sizeBytes - 8) {
            throw new SafetensorsException(
                    TRUNCATED,
                    "%s ends within its header: %d of %d bytes are there"
                            .formatted(source, sizeBytes - 8, headerBytes));
        }
        byte[] header = file.range(8, headerBytes).toArray(ValueLayout.JAVA_BYTE);
        if (header.length == 0 || header[0] != '{') {
            throw new SafetensorsException(HEADER_INVALID, source + ": the header does not start with '{'");
        }
        Map<String, TensorInfo> tensors = HeaderParser.parse(header, source, 8 + headerBytes);
        checkTiling(tensors, source, 8 + headerBytes, sizeBytes);
        return new Safetensors(file, tensors);
    }

    private static void checkTiling(Map<String, TensorInfo> tensors, String source, long dataStart, long fileBytes) {
        List<TensorInfo> byOffset = new ArrayList<>(tensors.values());
        byOffset.sort(Comparator.comparingLong(TensorInfo::offsetBytes).thenComparingLong(TensorInfo::sizeBytes));
        long expected = dataStart;
        String before = "the header";
        for (TensorInfo tensor : byOffset) {
            if (tensor.offsetBytes() < expected) {
                throw new SafetensorsException(
                        OVERLAP, "%s: tensor '%s' overlaps '%s'".formatted(source, tensor.name(), before));
            }
            if (tensor.offsetBytes() > expected) {
                throw new SafetensorsException(
                        GAP,
                        "%s: %d bytes between '%s' and tensor '%s' belong to no tensor"
                                .formatted(source, tensor.offsetBytes() - expected, before, tensor.name()));
            }
            expected = tensor.offsetBytes() + tensor.sizeBytes();
            before = tensor.name();
        }
        if (expected > fileBytes) {
            throw new SafetensorsException(
                    TRUNCATED,
                    "%s ends at byte %d, but tensor '%s' ends at byte %d: the file is cut off"
                            .formatted(source, fileBytes, before, expected));
        }
        if (expected < fileBytes) {
            throw new SafetensorsException(
                    GAP, "%s: %d bytes after '%s' belong to no tensor".formatted(source, fileBytes - expected, before));
        }
    }

    /** All tensors by name, in the header's order. */
    public Map<String, TensorInfo> tensors() {
        return Collections.unmodifiableMap(tensors);
    }

    /** A tensor of it, its numbers unchecked. */
    StoredTensor stored(TensorInfo tensor) {
        return new FileTensor(tensor, file);
    }

    /**
     * All elements of a tensor as floats.
     *
     * @throws SafetensorsException {@code MISSING_TENSOR}, {@code BAD_SHAPE} if it is too large for an array, {@code NOT_FINITE}
     */
    public float[] floats(String name, String source) {
        TensorInfo tensor = tensors.get(name);
        if (tensor == null) {
            throw new SafetensorsException(MISSING_TENSOR, "%s has no tensor '%s'".formatted(source, name));
        }
        return CheckedNumbers.all(stored(tensor));
    }

    /** Reads a tensor once. @throws SafetensorsException {@code NOT_FINITE}, naming the first element that is not finite */
    void requireFinite(TensorInfo tensor) {
        CheckedNumbers.require(stored(tensor));
    }
}
