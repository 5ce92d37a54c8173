package io.bitstack.core.gguf;

import static io.bitstack.core.gguf.GgufError.*;

import io.bitstack.core.source.ModelFile;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads what is in front of the data: magic, version, metadata, descriptions of the tensors. */
final class GgufHeader {
    private static final int MAGIC = 0x46554747;
    private static final int MAX_ENTRIES = 65_536;
    private static final int MAX_TENSORS = 100_000;
    private static final int MAX_DIMENSIONS = 4;
    private static final int MAX_KEY_BYTES = 65_535;
    private static final int MAX_NAME_BYTES = 512;
    private static final int MAX_TEXT_BYTES = 16 << 20;
    private static final int MAX_DEPTH = 4;

    /** Elements of all lists together: a vocabulary of 2²⁰ tokens with scores, types and merges fits. */
    private static final int MAX_ELEMENTS = 1 << 23;

    private final GgufCursor cursor;
    private final String source;
    private final Map<String, Object> values = new HashMap<>();
    private final Map<String, GgufTensor> tensors = new LinkedHashMap<>();
    private long elementsLeft = MAX_ELEMENTS;
    private long alignment = 32;
    private long dataStart;

    GgufHeader(ModelFile file) {
        this.cursor = new GgufCursor(file);
        this.source = file.name();
    }

    /** Reads all of it; tensors have their places in the file, which are not yet checked against each other. */
    GgufHeader read() {
        if (cursor.left() < 4 || cursor.word32("its magic") != MAGIC) {
            throw new GgufException(NOT_GGUF, source + " is not a GGUF file: it does not start with \"GGUF\"");
        }
        int version = cursor.word32("its version");
        if (version != 2 && version != 3) {
            boolean swapped = Integer.reverseBytes(version) == 2 || Integer.reverseBytes(version) == 3;
            throw new GgufException(
                    VERSION_UNSUPPORTED,
                    swapped
                            ? source + " is big-endian; convert it on a little-endian machine"
                            : "%s has version %s of the format; 2 and 3 are read"
                                    .formatted(source, Integer.toUnsignedString(version)));
        }
        int tensorCount = (int) cursor.count(MAX_TENSORS, "the number of tensors");
        int entries = (int) cursor.count(MAX_ENTRIES, "the number of metadata entries");
        for (int i = 0; i < entries; i++) {
            String key = cursor.text(MAX_KEY_BYTES, "the key of entry " + i);
            if (values.put(key, value(cursor.word32("the type of " + key), key, 0)) != null) {
                throw new GgufException(METADATA_INVALID, "%s has the key '%s' twice".formatted(source, key));
            }
        }
        alignment = metadata().whole("general.alignment", 1, 1 << 20).orElse(32);
        List<Unplaced> unplaced = new ArrayList<>();
        for (int i = 0; i < tensorCount; i++) {
            unplaced.add(tensor(i));
        }
        dataStart = aligned(cursor.position());
        unplaced.forEach(this::place);
        return this;
    }

    GgufMetadata metadata() {
        return new GgufMetadata(values, source);
    }

    Map<String, GgufTensor> tensors() {
        return Collections.unmodifiableMap(tensors);
    }

    /** Where the data of the tensors starts. */
    long dataStart() {
        return dataStart;
    }

    /** The first allowed place for a tensor that is not before {@code offset}. */
    long aligned(long offset) {
        return Math.addExact(offset, alignment - 1) / alignment * alignment;
    }

    private Object value(int type, String key, int depth) {
        return switch (type) {
            case 0 -> (long) cursor.unsignedByte(key);
            case 1 -> (long) (byte) cursor.unsignedByte(key);
            case 2 -> Short.toUnsignedLong(cursor.word16(key));
            case 3 -> (long) cursor.word16(key);
            case 4 -> Integer.toUnsignedLong(cursor.word32(key));
            case 5 -> (long) cursor.word32(key);
            case 6 -> (double) Float.intBitsToFloat(cursor.word32(key));
            case 7 -> flag(key);
            case 8 -> cursor.text(MAX_TEXT_BYTES, key);
            case 9 -> list(key, depth);
            case 10, 11 -> cursor.word64(key);
            case 12 -> Double.longBitsToDouble(cursor.word64(key));
            default ->
                throw new GgufException(
                        METADATA_INVALID, "%s: %s has the unknown type %d".formatted(source, key, type));
        };
    }

    private boolean flag(String key) {
        int value = cursor.unsignedByte(key);
        if (value > 1) {
            throw new GgufException(
                    METADATA_INVALID, "%s: %s must be true or false, but is %d".formatted(source, key, value));
        }
        return value == 1;
    }

    private List<Object> list(String key, int depth) {
        if (depth == MAX_DEPTH) {
            throw new GgufException(
                    TOO_LARGE, "%s: %s holds lists more than %d deep".formatted(source, key, MAX_DEPTH));
        }
        int type = cursor.word32("the type of " + key);
        long count = cursor.count(elementsLeft, "the length of " + key);
        if (count > cursor.left()) {
            throw new GgufException(
                    TRUNCATED, "%s ends within %s, which claims %d elements".formatted(source, key, count));
        }
        elementsLeft -= count;
        List<Object> list = new ArrayList<>((int) Math.min(count, 1 << 16));
        for (long i = 0; i < count; i++) {
            list.add(value(type, key, depth + 1));
        }
        return Collections.unmodifiableList(list);
    }

    /** A tensor before it is known where the data starts. */
    private record Unplaced(String name, GgufType type, List<Integer> shape, long sizeBytes, long offsetInData) {}

    private Unplaced tensor(int index) {
        String name = cursor.text(MAX_NAME_BYTES, "the name of tensor " + index);
        int dimensions = cursor.word32("the dimensions of '" + name + "'");
        if (dimensions < 1 || dimensions > MAX_DIMENSIONS) {
            throw invalid(
                    name,
                    "has %s dimensions; 1 to %d are allowed"
                            .formatted(Integer.toUnsignedString(dimensions), MAX_DIMENSIONS));
        }
        List<Integer> shape = new ArrayList<>();
        long elements = 1;
        for (int d = 0; d < dimensions; d++) {
            long length = cursor.word64("the shape of '" + name + "'");
            if (length < 1 || length > Integer.MAX_VALUE || elements > Long.MAX_VALUE / 4 / length) {
                throw invalid(
                        name, "has a dimension of %s, which is not allowed".formatted(Long.toUnsignedString(length)));
            }
            elements *= length;
            shape.addFirst((int) length);
        }
        int typeId = cursor.word32("the type of '" + name + "'");
        GgufType type = GgufType.of(Integer.toUnsignedLong(typeId))
                .orElseThrow(() -> new GgufException(
                        TYPE_UNSUPPORTED,
                        "%s: tensor '%s' is stored in type %s; read are F32, F16, BF16, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q4_K,"
                                        .formatted(source, name, Integer.toUnsignedString(typeId))
                                + " Q5_K, Q6_K"));
        if (shape.getLast() % type.blockWeights() != 0) {
            throw invalid(
                    name,
                    "has rows of %d weights, which %s cannot store: it needs a multiple of %d"
                            .formatted(shape.getLast(), type, type.blockWeights()));
        }
        long offset = cursor.word64("the place of '" + name + "'");
        if (offset < 0 || offset % alignment != 0) {
            throw invalid(
                    name,
                    "starts at %s of the data, which is no multiple of %d"
                            .formatted(Long.toUnsignedString(offset), alignment));
        }
        return new Unplaced(name, type, shape, elements / type.blockWeights() * type.blockBytes(), offset);
    }

    private void place(Unplaced tensor) {
        long offset = dataStart + tensor.offsetInData();
        if (offset < 0 || offset > Long.MAX_VALUE - tensor.sizeBytes() - alignment) {
            throw invalid(
                    tensor.name(), "starts at %d of the data, beyond every file".formatted(tensor.offsetInData()));
        }
        GgufTensor placed =
                new GgufTensor(tensor.name(), tensor.type(), tensor.shape(), offset, tensor.sizeBytes(), source);
        if (tensors.put(tensor.name(), placed) != null) {
            throw invalid(tensor.name(), "is there twice");
        }
    }

    private GgufException invalid(String name, String what) {
        return new GgufException(TENSOR_INVALID, "%s: tensor '%s' %s".formatted(source, name, what));
    }
}
