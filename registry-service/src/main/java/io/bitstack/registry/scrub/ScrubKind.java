package io.bitstack.registry.scrub;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** What was looked through. */
public enum ScrubKind {
    /** A node's cache, by the node itself: every byte. */
    NODE,
    /** The blobs of a stack in the store: every byte. */
    STACK,
    /** All blobs that are named: whether the store has them, with their sizes. */
    STORE;

    @JsonValue
    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }

    @JsonCreator
    static ScrubKind parse(String wireName) {
        return valueOf(wireName.toUpperCase(Locale.ROOT));
    }
}
