package io.bitstack.inference.chat;

import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.lib.filter.Filter;
import java.util.Collection;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/** The filter {@code tojson} as chat templates know it: spaces after commas and colons, characters as they are, {@code indent=}. */
final class PythonJson implements Filter {
    private static final int DEEPEST = 64;

    @Override
    public String getName() {
        return "tojson";
    }

    @Override
    public Object filter(@Nullable Object value, JinjavaInterpreter interpreter, String... arguments) {
        return filter(value, interpreter, (Object[]) arguments, Map.of());
    }

    @Override
    public Object filter(
            @Nullable Object value, JinjavaInterpreter interpreter, Object[] arguments, Map<String, Object> named) {
        Object indent = named.getOrDefault("indent", arguments.length > 0 ? arguments[0] : null);
        StringBuilder out = new StringBuilder();
        write(value, indent == null ? 0 : Integer.parseInt(Objects.toString(indent)), 0, out);
        return out.toString();
    }

    private static void write(@Nullable Object value, int indent, int depth, StringBuilder out) {
        if (depth > DEEPEST) {
            throw new IllegalArgumentException("tojson: values are nested more than %d deep".formatted(DEEPEST));
        }
        switch (value) {
            case Map<?, ?> map -> {
                out.append('{');
                boolean first = true;
                for (Map.Entry<?, ?> entry : map.entrySet()) {
                    separate(first, indent, depth + 1, out);
                    first = false;
                    out.append(JsonMapper.shared().writeValueAsString(String.valueOf(entry.getKey())))
                            .append(": ");
                    write(entry.getValue(), indent, depth + 1, out);
                }
                close(first, indent, depth, out);
                out.append('}');
            }
            case Collection<?> items -> {
                out.append('[');
                boolean first = true;
                for (Object item : items) {
                    separate(first, indent, depth + 1, out);
                    first = false;
                    write(item, indent, depth + 1, out);
                }
                close(first, indent, depth, out);
                out.append(']');
            }
            case null -> out.append("null");
            case Number number -> out.append(number);
            case Boolean bool -> out.append(bool);
            default -> out.append(JsonMapper.shared().writeValueAsString(value.toString()));
        }
    }

    private static void separate(boolean first, int indent, int depth, StringBuilder out) {
        if (indent > 0) {
            out.append(first ? "\n" : ",\n").repeat(" ", indent * depth);
        } else if (!first) {
            out.append(", ");
        }
    }

    private static void close(boolean empty, int indent, int depth, StringBuilder out) {
        if (indent > 0 && !empty) {
            out.append('\n').repeat(" ", indent * depth);
        }
    }
}
