package io.bitstack.registry;

import io.bitstack.registry.error.ErrorCode;
import io.bitstack.service.ApiException;
import java.util.regex.Pattern;

/** What the names of models, aliases, nodes and keys look like. */
public final class Names {
    private static final Pattern FORM = Pattern.compile("[a-z0-9][a-z0-9._-]{0,62}");

    private Names() {}

    /** The name itself. @throws ApiException {@code NAME_INVALID} */
    public static String require(String what, String name) {
        if (!FORM.matcher(name).matches()) {
            throw new ApiException(
                    ErrorCode.NAME_INVALID,
                    "a %s is 1 to 63 lower-case letters, digits, dots, dashes and underscores, a letter or digit first"
                            .formatted(what));
        }
        return name;
    }
}
