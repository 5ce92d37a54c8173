package io.bitstack.registry.mlflow;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Checks parameters as MLflow's server does, with its messages' words. */
final class Wanted {
    private static final Pattern NUMBER = Pattern.compile("[0-9]{1,9}");

    private Wanted() {}

    static String text(String parameter, @Nullable String value) {
        if (value == null || value.isEmpty()) {
            throw MlflowException.invalid("Missing value for required parameter '%s'".formatted(parameter));
        }
        return value;
    }

    static String text(String parameter, @Nullable String value, int longest) {
        String present = value == null ? "" : value;
        if (present.length() > longest) {
            throw MlflowException.invalid("The value of '%s' has %d characters, more than %d"
                    .formatted(parameter, present.length(), longest));
        }
        return present;
    }

    static int version(@Nullable String value) {
        String text = text("version", value);
        if (!NUMBER.matcher(text).matches()) {
            throw MlflowException.invalid("Model version must be an integer, got '%s'".formatted(text));
        }
        return Integer.parseInt(text);
    }

    static int results(@Nullable Integer value, int usual, int most) {
        int results = value == null ? usual : value;
        if (results < 1 || results > most) {
            throw MlflowException.invalid(
                    "Invalid value %d for parameter 'max_results': it must be 1 to %d".formatted(results, most));
        }
        return results;
    }
}
