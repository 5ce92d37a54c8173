package io.bitstack.inference.node;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import io.bitstack.core.stack.Digest;
import org.jspecify.annotations.Nullable;

/**
 * What the registry wants a node to be.
 *
 * @param budgetBytes null leaves it to the node's own setting
 * @param deployment null if no deployment concerns this node
 */
@JsonIgnoreProperties(ignoreUnknown = true)
record DesiredState(@Nullable Long budgetBytes, @Nullable Deployment deployment) {
    @JsonIgnoreProperties(ignoreUnknown = true)
    record Deployment(String model, int version, @Nullable String alias, Digest stackDigest, int contextTokens) {}

    static final DesiredState NOTHING = new DesiredState(null, null);
}
