package io.bitstack.registry.rollout;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.bitstack.registry.deployment.Targets;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A rollout as its row has it, and as clients see it.
 *
 * @param kind {@code version} or {@code size}: the other stays what it is
 * @param step the step whose nodes are being changed, from 0; -1 while the state before is measured
 * @param healthySince since when all changed nodes pass the gate
 * @param reason why it is over, or what it waits for
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record Rollout(
        long id,
        long deployment,
        String model,
        String kind,
        Targets.Target from,
        Targets.Target to,
        List<Step> steps,
        Gate gate,
        RolloutState state,
        int step,
        Instant stepStartedAt,
        @Nullable Instant healthySince,
        @Nullable Double referencePerplexity,
        @Nullable String reason,
        String createdBy,
        Instant createdAt,
        @Nullable Instant finishedAt) {

    /** A node that is changed. */
    record NodeView(String node, int step) {}

    /** Something that happened to it. */
    record HistoryView(Instant at, String what, String detail, String by) {}

    /** With its nodes and its history. */
    record Whole(@JsonUnwrapped Rollout rollout, List<NodeView> nodes, List<HistoryView> history) {}
}
