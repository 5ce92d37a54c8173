package io.bitstack.registry.rollout;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** How far a rollout is. */
enum RolloutState {
    /** Nodes are changed, and watched. */
    RUNNING,
    /** Somebody stopped it where it is: changed nodes stay changed, no other is. */
    PAUSED,
    /** Every node is changed; the deployment says now what was rolled out. */
    COMPLETED,
    /** The gate took it back: every node is what it was. */
    ROLLED_BACK,
    /** Somebody took it back. */
    ABORTED;

    boolean canTransitionTo(RolloutState next) {
        return switch (this) {
            case RUNNING -> next != RUNNING;
            case PAUSED -> next == RUNNING || next == ABORTED;
            case COMPLETED, ROLLED_BACK, ABORTED -> false;
        };
    }

    boolean isOver() {
        return this != RUNNING && this != PAUSED;
    }

    @JsonValue
    String wireName() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    @JsonCreator
    static RolloutState parse(String wireName) {
        return valueOf(wireName.toUpperCase(Locale.ROOT).replace('-', '_'));
    }
}
