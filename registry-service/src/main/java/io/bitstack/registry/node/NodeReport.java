package io.bitstack.registry.node;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import io.bitstack.core.stack.Digest;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Size;
import java.net.URI;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a node says of itself; members that this registry does not know are passed over. */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_NULL)
record NodeReport(
        @NotNull URI url,
        @Nullable @Size(min = 16, max = 200) String accessToken,
        @Min(0) long budgetBytes,
        @Nullable @Size(max = 64) Map<@Size(max = 63) String, @Size(max = 200) String> labels,
        @NotNull NodeState state,
        @Nullable @Size(max = 63) String model,
        @Nullable Integer version,
        @Nullable Digest stackDigest,
        @Nullable Integer contextTokens,
        @Min(0) int blocks,
        @Min(0) long heldBytes,
        @Nullable Ledger ledger,
        @Nullable Double bpw,
        @Nullable Double expectedPerplexity,
        @Nullable Double tokensPerSecond,
        @Nullable Double lastResizeMillis,
        @Min(0) int activeRequests,
        @Min(0) int queuedRequests,
        @Min(0) long corruptBlobs,
        @Nullable @Size(max = 2000) String problem) {

    /** Bytes that count against the node's budget. */
    record Ledger(long blocksBytes, long baseBytes, long kvCacheBytes, long scratchBytes) {}
}
