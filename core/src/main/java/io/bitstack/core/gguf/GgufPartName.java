package io.bitstack.core.gguf;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * The name of one of the files that a model is split over, as llama.cpp's splitter gives it: {@code model-00001-of-00003.gguf}.
 *
 * @param stem what is before the numbers, folders included
 * @param number from 1 on
 */
public record GgufPartName(String stem, int number, int count) {
    /** A model of more parts is refused. */
    public static final int MOST_PARTS = 1000;

    private static final Pattern FORM = Pattern.compile("(.*)-(\\d{5})-of-(\\d{5})\\.gguf");

    /** Nothing for a name of another form, or with numbers that cannot be. */
    public static Optional<GgufPartName> of(String name) {
        Matcher form = FORM.matcher(name);
        if (!form.matches()) {
            return Optional.empty();
        }
        int number = Integer.parseInt(form.group(2));
        int count = Integer.parseInt(form.group(3));
        return number < 1 || number > count || count > MOST_PARTS
                ? Optional.empty()
                : Optional.of(new GgufPartName(form.group(1), number, count));
    }

    /** The names of all parts, in order. */
    public List<String> all() {
        return IntStream.rangeClosed(1, count)
                .mapToObj(part -> "%s-%05d-of-%05d.gguf".formatted(stem, part, count))
                .toList();
    }
}
