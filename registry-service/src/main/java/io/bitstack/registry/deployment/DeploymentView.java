package io.bitstack.registry.deployment;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A deployment as clients see it.
 *
 * @param nodes left out where nodes are chosen by labels, and for every node
 * @param selector labels that a node must have; left out where it chooses nothing
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record DeploymentView(
        long id,
        String model,
        @Nullable String alias,
        @Nullable Integer version,
        int contextTokens,
        @Nullable Set<String> nodes,
        @Nullable Map<String, String> selector,
        Sizing sizing,
        String createdBy,
        Instant createdAt) {}
