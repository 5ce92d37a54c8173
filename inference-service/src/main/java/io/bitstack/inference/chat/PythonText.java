package io.bitstack.inference.chat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Methods of Python's strings, which chat templates call and Java's strings do not have, or have otherwise. */
final class PythonText {
    private PythonText() {}

    /** The result, or empty in the sense of {@link #UNKNOWN} if there is no such method. */
    static Object call(String text, String method, List<@Nullable Object> arguments) {
        return switch (method) {
            case "strip" -> strip(text, characters(arguments), true, true);
            case "lstrip" -> strip(text, characters(arguments), true, false);
            case "rstrip" -> strip(text, characters(arguments), false, true);
            case "startswith" -> text.startsWith(argument(arguments, 0));
            case "endswith" -> text.endsWith(argument(arguments, 0));
            case "split" -> split(text, arguments);
            case "splitlines" -> text.lines().toList();
            case "upper" -> text.toUpperCase(Locale.ROOT);
            case "lower" -> text.toLowerCase(Locale.ROOT);
            case "capitalize" ->
                text.isEmpty()
                        ? text
                        : text.substring(0, 1).toUpperCase(Locale.ROOT)
                                + text.substring(1).toLowerCase(Locale.ROOT);
            case "replace" -> text.replace(argument(arguments, 0), argument(arguments, 1));
            case "find" -> (long) text.indexOf(argument(arguments, 0));
            case "count" -> (long) split(text, List.of(argument(arguments, 0))).size() - 1;
            default -> UNKNOWN;
        };
    }

    /** Says that strings have no such method. */
    static final Object UNKNOWN = new Object();

    private static String argument(List<@Nullable Object> arguments, int index) {
        if (index >= arguments.size()) {
            throw new IllegalArgumentException("a string method misses its argument " + (index + 1));
        }
        return String.valueOf(arguments.get(index));
    }

    private static @Nullable String characters(List<@Nullable Object> arguments) {
        return arguments.isEmpty() || arguments.getFirst() == null ? null : argument(arguments, 0);
    }

    private static String strip(String text, @Nullable String characters, boolean left, boolean right) {
        int from = 0;
        int to = text.length();
        while (left && from < to && strips(text.charAt(from), characters)) {
            from++;
        }
        while (right && to > from && strips(text.charAt(to - 1), characters)) {
            to--;
        }
        return text.substring(from, to);
    }

    private static boolean strips(char c, @Nullable String characters) {
        return characters == null ? Character.isWhitespace(c) || c == '\u00a0' : characters.indexOf(c) >= 0;
    }

    private static List<String> split(String text, List<? extends @Nullable Object> arguments) {
        long most = arguments.size() > 1 && arguments.get(1) instanceof Number n ? n.longValue() : -1;
        if (arguments.isEmpty() || arguments.getFirst() == null) {
            return Arrays.stream(text.strip().split("\\s+"))
                    .filter(part -> !part.isEmpty())
                    .toList();
        }
        String separator = String.valueOf(arguments.getFirst());
        if (separator.isEmpty()) {
            throw new IllegalArgumentException("split: empty separator");
        }
        List<String> parts = new ArrayList<>();
        int from = 0;
        int at;
        while ((most < 0 || parts.size() < most) && (at = text.indexOf(separator, from)) >= 0) {
            parts.add(text.substring(from, at));
            from = at + separator.length();
        }
        parts.add(text.substring(from));
        return parts;
    }
}
