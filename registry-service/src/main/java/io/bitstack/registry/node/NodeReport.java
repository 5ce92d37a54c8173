package io.bitstack.registry.node;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonValue;
import io.bitstack.core.stack.Digest;
import jakarta.validation.Valid;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Size;
import java.net.URI;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a node says of itself; members that this registry does not know are passed over.
 *
 * @param url where the gateway asks the node; null for one that dials out
 * @param reachable how the gateway gets at the node; null as "direct", of nodes that do not say it
 * @param settledOn the revision of the desired state that the node has become; null while it is not what it ought to be
 * @param firstPrefixMillis how long it took from an empty node to the first prefix that could be served
 * @param startedAt when the node's process began
 * @param scrub the last one of the node's cache that is done; null before the first
 */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_NULL)
record NodeReport(
        @Nullable URI url,
        @Nullable Reachable reachable,
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
        @Nullable @Size(max = 2000) String problem,
        @Nullable Cache cache,
        @Nullable Memory memory,
        @Nullable Requests requests,
        @Nullable Probe probe,
        @Nullable @Size(max = 64) String settledOn,
        @Nullable Double firstPrefixMillis,
        @Nullable Instant startedAt,
        @Nullable @Valid Scrub scrub) {

    /** How the gateway gets at a node. */
    enum Reachable {
        /** At its URL. */
        DIRECT,
        /** Over connections that the node has opened. */
        DIAL_OUT;

        @JsonValue
        String wireName() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    boolean dialsOut() {
        return reachable == Reachable.DIAL_OUT;
    }

    /**
     * Bytes that count against the node's budget; what the JVM takes beside the model is left out where it does not count.
     *
     * @param tablesBytes null from nodes that count their tables with the base
     */
    record Ledger(
            long blocksBytes,
            long baseBytes,
            @Nullable Long tablesBytes,
            long kvCacheBytes,
            long scratchBytes,
            @Nullable Long jvmBytes) {}

    /** @param quotaBytes what the cache may take of the disk; null without a bound */
    record Cache(
            @Min(0) long usedBytes,
            @Nullable Long quotaBytes,
            @Min(0) long pulledBytes) {}

    /**
     * The node's memory.
     *
     * @param limitBytes of its cgroup or machine
     * @param processBytes resident memory of the process
     * @param pressurePercent of the last ten seconds, how long something waited for memory; null where the system does not say
     */
    record Memory(
            @Min(0) long limitBytes,
            @Min(0) long processBytes,
            @Nullable Double pressurePercent) {}

    /** Requests that ended since the node started, and those of them that the node failed. */
    record Requests(@Min(0) long ended, @Min(0) long failed) {}

    /** What the node measured on the text that it was asked to probe itself with. */
    record Probe(
            @NotNull @Size(max = 64) String id, @NotNull Digest stackDigest, int blocks, double perplexity) {}

    /**
     * A scrub of the node's cache.
     *
     * @param corruptBlobs of those that were checked; {@code repairedBlobs} of them were fetched again
     */
    record Scrub(
            @NotNull Instant startedAt,
            @NotNull Instant endedAt,
            @Min(0) long checkedBlobs,
            @Min(0) long checkedBytes,
            @Min(0) long corruptBlobs,
            @Min(0) long repairedBlobs) {}

    /** The report of a node that has not sent one. */
    static NodeReport none() {
        return new NodeReport(
                URI.create("about:blank"),
                null,
                null,
                0,
                null,
                NodeState.EMPTY,
                null,
                null,
                null,
                null,
                0,
                0,
                null,
                null,
                null,
                null,
                null,
                0,
                0,
                0,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null);
    }

    /** The same report with what others say of the node. */
    NodeReport as(NodeState state, @Nullable Map<String, String> labels, @Nullable String accessToken) {
        return new NodeReport(
                url,
                reachable,
                accessToken,
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
