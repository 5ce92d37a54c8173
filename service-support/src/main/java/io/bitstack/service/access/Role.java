package io.bitstack.service.access;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What a caller may be; all but {@link #ANYONE} and {@link #SERVICE} are scopes of API keys. */
public enum Role {
    /** Runs the platform. */
    ADMIN,
    /** Registers and compresses models, moves aliases. */
    PUBLISHER,
    /** Reads. */
    VIEWER,
    /** A node: reports, and pulls what it is to hold. */
    NODE,
    /** Asks models. */
    INFER,
    /** Not of a key: a join token is shown where a key would be, by a node that has none yet. */
    JOIN,
    /** One of the platform's services that asks for itself; no key has it. */
    SERVICE,
    /** Whoever asks, without credentials. */
    ANYONE;

    /** The role that a key's scope names; empty for one that this version does not know. */
    public static Optional<Role> ofScope(String text) {
        return of(text).filter(role -> role != SERVICE && role != ANYONE);
    }

    static Optional<Role> of(String text) {
        return Arrays.stream(values()).filter(role -> role.text().equals(text)).findFirst();
    }

    /** The name as headers, tokens and documents have it. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
