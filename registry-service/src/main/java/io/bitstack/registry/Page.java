package io.bitstack.registry;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** @param next what to send as {@code after} for the next page; left out on the last one */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Page<T>(List<T> items, @Nullable String next) {
    /** The most items that a page may have. */
    public static final int LARGEST = 200;

    /** Makes a page of what was asked for with one item too many, to see whether there are more. */
    public static <E, T> Page<T> of(List<E> found, int limit, Function<E, T> view, Function<E, String> key) {
        List<E> items = found.subList(0, Math.min(limit, found.size()));
        return new Page<>(items.stream().map(view).toList(), found.size() > limit ? key.apply(items.getLast()) : null);
    }
}
