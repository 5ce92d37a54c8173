package io.bitstack.core.gguf;

import static io.bitstack.core.gguf.GgufError.METADATA_INVALID;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The metadata of a file by key: numbers, truth values, texts and lists of them, each asked for by kind and bounds. */
public final class GgufMetadata {
    private final Map<String, Object> values;
    private final String source;

    /** @param values {@code Long}, {@code Double}, {@code Boolean}, {@code String}, or a {@code List} of one of them, by key */
    GgufMetadata(Map<String, Object> values, String source) {
        this.values = Map.copyOf(values);
        this.source = source;
    }

    /** What to call the file in messages. */
    public String source() {
        return source;
    }

    public boolean has(String key) {
        return values.containsKey(key);
    }

    Set<String> keys() {
        return values.keySet();
    }

    /** Whether an entry that is here is not there, or is the same there. */
    boolean saysOf(String key, GgufMetadata there) {
        return !there.has(key) || Objects.equals(value(key), there.value(key));
    }

    @Nullable
    Object value(String key) {
        return values.get(key);
    }

    /** @throws GgufException {@code METADATA_INVALID} if it is there but no text */
    public Optional<String> text(String key) {
        return optional(key, String.class, "a text");
    }

    /** @throws GgufException {@code METADATA_INVALID} if it is there but neither true nor false */
    public boolean flag(String key, boolean otherwise) {
        return optional(key, Boolean.class, "true or false").orElse(otherwise);
    }

    /** @throws GgufException {@code METADATA_INVALID} if it is not there, no whole number or out of bounds */
    public int integer(String key, int low, int high) {
        return (int) whole(key, low, high)
                .orElseThrow(() -> wrong(key, "a whole number between %d and %d".formatted(low, high), "missing"));
    }

    /** @throws GgufException {@code METADATA_INVALID} if it is there but no whole number or out of bounds */
    public OptionalLong whole(String key, long low, long high) {
        Optional<Long> value = optional(key, Long.class, "a whole number");
        if (value.isPresent() && (value.get() < low || value.get() > high)) {
            throw wrong(key, "a whole number between %d and %d".formatted(low, high), value.get());
        }
        return value.map(OptionalLong::of).orElseGet(OptionalLong::empty);
    }

    /** @throws GgufException {@code METADATA_INVALID} if it is there but no number or out of bounds */
    public OptionalDouble number(String key, double low, double high) {
        Object value = values.get(key);
        if (value == null) {
            return OptionalDouble.empty();
        }
        if (!(value instanceof Number number) || !(number.doubleValue() >= low && number.doubleValue() <= high)) {
            throw wrong(key, "a number between %s and %s".formatted(low, high), value);
        }
        return OptionalDouble.of(number.doubleValue());
    }

    /** A list of texts; empty if there is none. @throws GgufException {@code METADATA_INVALID} if it is something else */
    public List<String> texts(String key) {
        return list(key, String.class, "texts");
    }

    /** A list of whole numbers; empty if there is none. @throws GgufException {@code METADATA_INVALID} if it is something else */
    public List<Long> wholes(String key) {
        return list(key, Long.class, "whole numbers");
    }

    /** A list of numbers; empty if there is none. @throws GgufException {@code METADATA_INVALID} if it is something else */
    public List<Double> numbers(String key) {
        return list(key, Double.class, "numbers");
    }

    /** Whether an entry is a list. */
    public boolean isList(String key) {
        return values.get(key) instanceof List;
    }

    private <T> Optional<T> optional(String key, Class<T> kind, String wanted) {
        Object value = values.get(key);
        if (value != null && !kind.isInstance(value)) {
            throw wrong(key, wanted, value);
        }
        return Optional.ofNullable(kind.cast(value));
    }

    private <T> List<T> list(String key, Class<T> kind, String wanted) {
        Object value = values.get(key);
        if (value == null) {
            return List.of();
        }
        if (!(value instanceof List<?> list)) {
            throw wrong(key, "a list of " + wanted, value);
        }
        List<T> typed = new ArrayList<>(list.size());
        for (Object element : list) {
            if (!kind.isInstance(element)) {
                throw wrong(key, "a list of " + wanted, element);
            }
            typed.add(kind.cast(element));
        }
        return typed;
    }

    /** An error that says what an entry should be and what it is. */
    public GgufException wrong(String key, String wanted, Object found) {
        String text = String.valueOf(found);
        return new GgufException(
                METADATA_INVALID,
                "%s: %s must be %s, but is %s"
                        .formatted(source, key, wanted, text.length() > 100 ? text.substring(0, 100) + "…" : text));
    }
}
