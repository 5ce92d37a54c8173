package io.bitstack.inference.node;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.bitstack.core.stack.Digest;
import java.net.URI;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How a node is, as it tells the registry.
 *
 * @param accessToken what the gateway must show to this node; null where the report is shown to others
 * @param heldBytes base and blocks in memory
 * @param lastResizeMillis from being told another size to the last byte mapped or given back, without the time of pulling
 * @param corruptBlobs blobs since the start whose bytes did not match their digests; none of them was used
 * @param problem why the node is not what it is asked to be
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record NodeReport(
        URI url,
        @Nullable String accessToken,
        long budgetBytes,
        Map<String, String> labels,
        NodeState state,
        @Nullable String model,
        @Nullable Integer version,
        @Nullable Digest stackDigest,
        @Nullable Integer contextTokens,
        int blocks,
        long heldBytes,
        Ledger ledger,
        @Nullable Double bpw,
        @Nullable Double expectedPerplexity,
        @Nullable Double tokensPerSecond,
        @Nullable Double lastResizeMillis,
        int activeRequests,
        int queuedRequests,
        long corruptBlobs,
        @Nullable String problem) {

    /** Bytes that count against the budget; KV cache and scratch as they are held now. */
    record Ledger(long blocksBytes, long baseBytes, long kvCacheBytes, long scratchBytes) {
        long totalBytes() {
            return blocksBytes + baseBytes + kvCacheBytes + scratchBytes;
        }
    }

    NodeReport withoutSecret() {
        return new NodeReport(
                url,
                null,
                budgetBytes,
                labels,
                state,
                model,
                version,
                stackDigest,
                contextTokens,
                blocks,
                heldBytes,
                ledger,
                bpw,
                expectedPerplexity,
                tokensPerSecond,
                lastResizeMillis,
                activeRequests,
                queuedRequests,
                corruptBlobs,
                problem);
    }
}
