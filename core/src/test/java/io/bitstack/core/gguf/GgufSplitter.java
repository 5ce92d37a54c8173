package io.bitstack.core.gguf;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/** Cuts a GGUF file into parts as llama.cpp's splitter does: all that describes the model in the first, in each its number, the count and all tensors' number. */
public final class GgufSplitter {
    private GgufSplitter() {}

    /** Writes the parts beside each other and gives their paths. */
    public static List<Path> split(Path file, Path directory, String stem, int count) throws IOException {
        List<Path> paths = new ArrayList<>();
        try (GgufFile whole = GgufFile.open(file)) {
            List<GgufTensor> tensors = List.copyOf(whole.tensors().values());
            for (int number = 0; number < count; number++) {
                Map<String, Object> entries = number == 0 ? described(whole) : new LinkedHashMap<>();
                entries.putAll(numbers(number, count, tensors.size()));
                List<GgufTensor> own =
                        tensors.subList(number * tensors.size() / count, (number + 1) * tensors.size() / count);
                Path part = directory.resolve("%s-%05d-of-%05d.gguf".formatted(stem, number + 1, count));
                paths.add(Files.write(part, part(whole, entries, own)));
            }
        }
        return paths;
    }

    /** Writes the file again with further metadata and without one of its tensors. */
    public static Path changed(Path file, Path to, Map<String, Object> more, String without) throws IOException {
        try (GgufFile whole = GgufFile.open(file)) {
            Map<String, Object> entries = described(whole);
            entries.putAll(more);
            List<GgufTensor> tensors = whole.tensors().values().stream()
                    .filter(tensor -> !tensor.name().equals(without))
                    .toList();
            return Files.write(to, part(whole, entries, tensors));
        }
    }

    private static Map<String, Object> described(GgufFile whole) {
        Map<String, Object> entries = new LinkedHashMap<>();
        GgufMetadata described = whole.metadata();
        described.keys().forEach(key -> entries.put(key, Objects.requireNonNull(described.value(key))));
        entries.remove("general.alignment");
        return entries;
    }

    /** What each part says of the split. */
    static Map<String, Object> numbers(int number, int count, int tensors) {
        Map<String, Object> numbers = new TreeMap<>();
        numbers.put("split.no", (long) number);
        numbers.put("split.count", (long) count);
        numbers.put("split.tensors.count", (long) tensors);
        return numbers;
    }

    /** A file with some entries and some tensors of a model. */
    static byte[] part(GgufFile whole, Map<String, Object> entries, List<GgufTensor> tensors) {
        GgufBytes bytes = GgufBytes.start(tensors.size(), entries.size());
        entries.forEach((key, value) -> value(bytes.text(key).word32(type(value)), value));
        long offset = 0;
        for (GgufTensor tensor : tensors) {
            long[] innermostFirst = tensor.shape().reversed().stream()
                    .mapToLong(Integer::longValue)
                    .toArray();
            bytes.tensor(tensor.name(), tensor.type().id(), offset, innermostFirst);
            offset += (tensor.sizeBytes() + 31) / 32 * 32;
        }
        bytes.pad();
        for (GgufTensor tensor : tensors) {
            bytes.raw(whole.inPlace(tensor).orElseThrow().toArray(ValueLayout.JAVA_BYTE))
                    .pad();
        }
        return bytes.bytes();
    }

    private static int type(Object value) {
        return switch (value) {
            case Boolean flag -> 7;
            case String text -> 8;
            case List<?> list -> 9;
            case Long whole -> 11;
            case Double number -> 12;
            default -> throw new IllegalArgumentException(value.getClass().getName());
        };
    }

    private static void value(GgufBytes bytes, Object value) {
        switch (value) {
            case Boolean flag -> bytes.raw(new byte[] {(byte) (flag ? 1 : 0)});
            case String text -> bytes.text(text);
            case Long whole -> bytes.word64(whole);
            case Double number -> bytes.word64(Double.doubleToLongBits(number));
            case List<?> list -> {
                bytes.word32(list.isEmpty() ? 8 : type(list.getFirst())).word64(list.size());
                list.forEach(element -> value(bytes, element));
            }
            default -> throw new IllegalArgumentException(value.getClass().getName());
        }
    }
}
