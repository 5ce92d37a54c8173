package io.bitstack.inference.node;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import io.bitstack.core.stack.Digest;
import org.jspecify.annotations.Nullable;

/**
 * What the registry wants a node to be.
 *
 * @param budgetBytes null beside a share of null leaves it to the node's own setting
 * @param budgetShare of the memory that the node has
 * @param deployment null if no deployment concerns this node
 * @param revision names this state; the node says it back when it has become so
 */
@JsonIgnoreProperties(ignoreUnknown = true)
record DesiredState(
        @Nullable Long budgetBytes,
        @Nullable Double budgetShare,
        @Nullable Deployment deployment,
        @Nullable String revision) {
    /**
     * A model to serve.
     *
     * @param minBlocks with fewer the node does not take the model
     * @param maxBlocks the node holds no more
     * @param probe what the node is to measure itself on
     */
    @JsonIgnoreProperties(ignoreUnknown = true)
    record Deployment(
            String model,
            int version,
            @Nullable String alias,
            Digest stackDigest,
            int contextTokens,
            @Nullable Integer minBlocks,
            @Nullable Integer maxBlocks,
            @Nullable Probe probe) {}

    /** A text to measure perplexity on. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    record Probe(String id, String text) {}

    static final DesiredState NOTHING = new DesiredState(null, null, null, null);
}
