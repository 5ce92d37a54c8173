package io.bitstack.core.stack;

import org.jspecify.annotations.Nullable;

/**
 * What a budget buys.
 *
 * @param blocks k, how many blocks of the stack order fit
 * @param heldBytes base and blocks as they are held in memory
 * @param expectedPerplexity interpolated from the curve; null where the stack has none
 * @param next what one block more would take; null where all blocks fit
 */
public record Plan(
        long budgetBytes,
        int contextTokens,
        long kvCacheBytes,
        long scratchBytes,
        long baseBytes,
        int blocks,
        long heldBytes,
        double bpw,
        @Nullable Double expectedPerplexity,
        @Nullable Double expectedKlDivergence,
        @Nullable Next next) {
    /** @param missingBytes by how much the budget falls short of it */
    public record Next(int blocks, long missingBytes) {}
}
