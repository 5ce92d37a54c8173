package io.bitstack.registry.stack;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.bitstack.core.stack.Digest;
import org.jspecify.annotations.Nullable;

/**
 * A stack in short.
 *
 * @param minimalBytes stored bytes of the minimal prefix, base included
 * @param sizeBytes stored bytes of base and all blocks
 * @param fullPerplexity of the uncompressed model
 * @param bestPerplexity of all blocks
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record StackView(
        Digest stackDigest,
        String architecture,
        String codec,
        long weights,
        int blocks,
        int minimalBlocks,
        long baseBytes,
        long minimalBytes,
        long sizeBytes,
        double minimalBpw,
        double bpw,
        @Nullable Double fullPerplexity,
        @Nullable Double bestPerplexity) {}
