package io.bitstack.registry.version;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** What may be done with a version. */
public enum VersionState {
    /** Being prepared: it may be without a stack, and nothing serves it. */
    DRAFT,
    /** Aliases, deployments and plans may use it. */
    READY,
    /** Kept, and served where it is served already; nothing new uses it. */
    ARCHIVED,
    /** Deleted, the first phase: it can be taken back until the grace period is over. */
    CONDEMNED;

    /** Whether a version may go from this state to another one; whether it has what that state needs is asked apart. */
    public boolean canTransitionTo(VersionState next) {
        return switch (this) {
            case DRAFT -> next == READY || next == ARCHIVED || next == CONDEMNED;
            case READY -> next == ARCHIVED || next == CONDEMNED;
            case ARCHIVED -> next == DRAFT || next == READY || next == CONDEMNED;
            case CONDEMNED -> next == ARCHIVED;
        };
    }

    @JsonValue
    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }

    @JsonCreator
    static VersionState parse(String wireName) {
        return valueOf(wireName.toUpperCase(Locale.ROOT));
    }
}
