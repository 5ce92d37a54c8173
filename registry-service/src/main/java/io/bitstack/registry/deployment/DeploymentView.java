package io.bitstack.registry.deployment;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A deployment as clients see it.
 *
 * @param nodes left out for every node
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record DeploymentView(
        long id,
        String model,
        @Nullable String alias,
        @Nullable Integer version,
        int contextTokens,
        @Nullable Set<String> nodes,
        String createdBy,
        Instant createdAt) {}
