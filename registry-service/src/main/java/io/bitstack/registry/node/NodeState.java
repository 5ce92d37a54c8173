package io.bitstack.registry.node;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.time.Duration;
import java.util.Locale;

/** How a node is: what it said last, unless it has been silent for too long. */
enum NodeState {
    EMPTY,
    LOADING,
    READY,
    DRAINING,
    /** Some heartbeats are missing; no new requests. */
    STALE,
    /** It has not been heard of for long. */
    LOST,
    /** An operator took its key away; it does not belong here until it joins again. */
    REVOKED;

    private static final Duration STALE_AFTER = Duration.ofSeconds(5);
    static final Duration LOST_AFTER = Duration.ofSeconds(15);

    /** Whether a node may say this of itself; the last three are for others to say. */
    boolean isReportable() {
        return this != STALE && this != LOST && this != REVOKED;
    }

    /** A silent node only gets staler; any report brings it back. */
    boolean canTransitionTo(NodeState next) {
        return switch (next) {
            case STALE -> isReportable();
            case LOST -> this != LOST && this != REVOKED;
            case REVOKED -> this != REVOKED;
            default -> true;
        };
    }

    NodeState after(Duration silence) {
        NodeState next = silence.compareTo(LOST_AFTER) > 0 ? LOST : silence.compareTo(STALE_AFTER) > 0 ? STALE : this;
        return next != this && canTransitionTo(next) ? next : this;
    }

    /** What it is for others while an operator keeps requests from it: it is as it is, but not ready. */
    NodeState whileDrained() {
        return this == READY ? DRAINING : this;
    }

    @JsonValue
    String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }

    @JsonCreator
    static NodeState parse(String wireName) {
        return valueOf(wireName.toUpperCase(Locale.ROOT));
    }
}
