package io.bitstack.inference.node;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.bitstack.core.stack.Digest;
import io.bitstack.inference.settings.NodeSettings;
import java.net.URI;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How a node is, as it tells the registry.
 *
 * @param url where the node is asked; null if it dials out
 * @param reachable how the gateway gets at it
 * @param accessToken what the gateway must show to this node; null where the report is shown to others
 * @param heldBytes base and blocks in memory
 * @param lastResizeMillis from being told another size to the last byte mapped or given back, without the time of pulling
 * @param corruptBlobs blobs since the start whose bytes did not match their digests; none of them was used
 * @param problem why the node is not what it is asked to be
 * @param settledOn the revision of the desired state that the node has become
 * @param scrub the last one of the cache that is done; null before the first
 * @param firstPrefixMillis from being told what to serve, with nothing held, to the first prefix that could be served
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record NodeReport(
        @Nullable URI url,
        NodeSettings.Reachable reachable,
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
        @Nullable String problem,
        Cache cache,
        Memory memory,
        Requests requests,
        Prober.@Nullable Result probe,
        @Nullable String settledOn,
        @Nullable Double firstPrefixMillis,
        Instant startedAt,
        Scrub.@Nullable Round scrub) {

    /**
     * Bytes that are held: of the model, which count against the budget, KV cache and scratch as they are now; and of the JVM beside
     * it, which count where the budget is for the process.
     */
    record Ledger(
            long blocksBytes, long baseBytes, long tablesBytes, long kvCacheBytes, long scratchBytes, long jvmBytes) {}

    /** @param quotaBytes null without a bound */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Cache(long usedBytes, @Nullable Long quotaBytes, long pulledBytes) {}

    /** @param limitBytes of cgroup or machine; {@code pressurePercent} is null where the system does not say */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Memory(
            long limitBytes, long processBytes, @Nullable Double pressurePercent) {}

    /** Requests that ended since the start, and those of them that the node failed. */
    record Requests(long ended, long failed) {}

    NodeReport withoutSecret() {
        return new NodeReport(
                url,
                reachable,
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
                problem,
                cache,
                memory,
                requests,
                probe,
                settledOn,
                firstPrefixMillis,
                startedAt,
                scrub);
    }
}
