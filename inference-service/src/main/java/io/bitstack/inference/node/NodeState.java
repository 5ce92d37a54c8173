package io.bitstack.inference.node;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** How far a node is. Only a ready one is sent requests. */
enum NodeState {
    /** No model was asked for, or none could be had. */
    EMPTY,
    /** The minimal prefix is not in memory yet. */
    LOADING,
    /** Requests are served, though perhaps still at a smaller size than the budget allows. */
    READY,
    /** The process is going down: requests that run are finished, new ones are refused. */
    DRAINING;

    /** From draining there is no way back. */
    boolean canTransitionTo(NodeState next) {
        return this != DRAINING || next == DRAINING;
    }

    @JsonValue
    String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
