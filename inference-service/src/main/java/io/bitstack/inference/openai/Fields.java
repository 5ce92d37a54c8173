package io.bitstack.inference.openai;

import io.bitstack.inference.engine.RequestCode;
import io.bitstack.inference.engine.RequestException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Reads the members of a JSON object, within bounds, and says which member is to blame. Null counts as absent, and members that nobody asks for are
 * let be, as OpenAI's own service does: clients send many that are meant for others.
 */
final class Fields {
    private final JsonNode object;
    private final String path;

    /** @param path what comes before the member's name in messages, such as {@code stream_options.}, or nothing */
    Fields(JsonNode object, String path) {
        this.object = object;
        this.path = path;
        if (!object.isObject()) {
            throw invalid(path.isEmpty() ? "body" : path.substring(0, path.length() - 1), "must be an object");
        }
    }

    /** The member, or null if it is absent or null. */
    @Nullable
    JsonNode get(String name) {
        JsonNode value = object.get(name);
        return value == null || value.isNull() ? null : value;
    }

    String text(String name, int longest) {
        JsonNode value = get(name);
        if (value == null) {
            throw new RequestException(
                    RequestCode.MISSING_PARAMETER, path + name, "'%s' is missing".formatted(path + name));
        }
        if (!value.isString() || value.asString().length() > longest) {
            throw invalid(name, "must be a string of at most %d characters".formatted(longest));
        }
        return value.asString();
    }

    boolean flag(String name) {
        JsonNode value = get(name);
        if (value == null) {
            return false;
        }
        if (!value.isBoolean()) {
            throw invalid(name, "must be true or false");
        }
        return value.asBoolean();
    }

    double number(String name, double least, double most, double otherwise) {
        JsonNode value = get(name);
        if (value == null) {
            return otherwise;
        }
        // Not a number where it is beyond what a double holds: then it is within no bounds.
        double number = value.isNumber() ? value.asDouble(Double.NaN) : Double.NaN;
        if (!(number >= least && number <= most)) {
            throw invalid(name, "must be a number between %s and %s".formatted(plain(least), plain(most)));
        }
        return number;
    }

    Optional<Long> integer(String name, long least, long most) {
        JsonNode value = get(name);
        if (value == null) {
            return Optional.empty();
        }
        if (!value.isIntegralNumber() || !value.canConvertToLong() || value.asLong() < least || value.asLong() > most) {
            throw invalid(name, "must be an integer between %d and %d".formatted(least, most));
        }
        return Optional.of(value.asLong());
    }

    /** Refuses a member unless it is absent or asks for what happens anyway. */
    void only(String name, String accepted) {
        JsonNode value = get(name);
        if (value != null && !value.toString().equals(accepted)) {
            throw new RequestException(
                    RequestCode.UNSUPPORTED_PARAMETER,
                    path + name,
                    "'%s' is not supported with another value than %s; leave it out".formatted(path + name, accepted));
        }
    }

    /** Refuses a member that is present. */
    void never(String name) {
        if (get(name) != null) {
            throw new RequestException(
                    RequestCode.UNSUPPORTED_PARAMETER,
                    path + name,
                    "'%s' is not supported; leave it out".formatted(path + name));
        }
    }

    RequestException invalid(String name, String rule) {
        String full = path + name;
        return new RequestException(RequestCode.INVALID_VALUE, full, "'%s' %s".formatted(full, rule));
    }

    private static String plain(double value) {
        return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
    }
}
