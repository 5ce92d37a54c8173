package io.bitstack.registry.scrub;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one scrub or check has found.
 *
 * @param subject the node's name or the stack's digest; left out for the store
 * @param endedAt left out while it is under way, or where a client asked for no further page
 * @param badBlobs how many were missing, of another size or corrupt
 * @param repairedBlobs how many of them were fetched again, which nodes do
 * @param bad the first of them, where they were named
 * @param versions that are made of the stack, as {@code model/number}; at most ten
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record ScrubResult(
        long id,
        ScrubKind kind,
        @Nullable String subject,
        Instant startedAt,
        @Nullable Instant endedAt,
        long checkedBlobs,
        long checkedBytes,
        long badBlobs,
        long repairedBlobs,
        List<BadBlob> bad,
        List<String> versions,
        String startedBy) {}
