package io.bitstack.registry.node;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A node as others see it: its last report, in which the state is what is known now.
 *
 * @param drainedAt since when an operator keeps new requests from it
 * @param revokedAt since when its key is good for nothing
 * @param desiredBudgetBytes left out, as is the share, where the deployment's policy or the node's own setting holds
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record NodeView(
        String name,
        @JsonUnwrapped NodeReport report,
        @Nullable Long desiredBudgetBytes,
        @Nullable Double desiredBudgetShare,
        @Nullable Instant drainedAt,
        @Nullable Instant revokedAt,
        Instant firstSeenAt,
        Instant lastSeenAt) {}
