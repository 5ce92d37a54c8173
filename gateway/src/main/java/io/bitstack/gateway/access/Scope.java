package io.bitstack.gateway.access;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What a key is for. */
public enum Scope {
    ADMIN,
    PUBLISHER,
    VIEWER,
    NODE,
    INFER,
    /** Not of a key: a join token is shown where a key would be, by a node that has none yet. */
    JOIN;

    /** The scope of a name as the registry writes it; empty for one that this gateway does not know. */
    static Optional<Scope> of(String name) {
        return Arrays.stream(values())
                .filter(scope -> scope.text().equals(name))
                .findFirst();
    }

    String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
