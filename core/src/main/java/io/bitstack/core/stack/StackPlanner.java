package io.bitstack.core.stack;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Finds the longest prefix that a budget holds. Reads the manifest once; immutable, safe for many threads. */
public final class StackPlanner {
    private final StackShape shape;
    /** Element k: bytes of the first k blocks. */
    private final long[] bytesBefore;

    public StackPlanner(StackManifest manifest) {
        this(
                StackShape.of(manifest),
                manifest.blocks().stream()
                        .mapToLong(StackManifest.Block::sizeBytes)
                        .toArray());
    }

    /** @param blockSizesBytes of all blocks in stack order */
    public StackPlanner(StackShape shape, long[] blockSizesBytes) {
        this.shape = shape;
        this.bytesBefore = new long[blockSizesBytes.length + 1];
        for (int k = 0; k < blockSizesBytes.length; k++) {
            bytesBefore[k + 1] = bytesBefore[k] + blockSizesBytes[k];
        }
    }

    /** How many blocks the stack has. */
    public int blocks() {
        return bytesBefore.length - 1;
    }

    /** What the curve promises of a prefix, interpolated; null where the stack has no curve. */
    public @Nullable Double expectedPerplexity(int blocks) {
        return expected(blocks, true);
    }

    /** Bytes of base and the first k blocks as stored: what bpw and the curve count. */
    public long storedBytes(int blocks) {
        return shape.baseBytes() + bytesBefore[blocks];
    }

    /** All stored bytes of a prefix over the number of weights, in bits. */
    public double bpw(int blocks) {
        return 8.0 * storedBytes(blocks) / shape.model().weights();
    }

    /** Plans the memory of a node that keeps keys and values in binary16. @throws BudgetTooSmallException likewise */
    public Plan plan(long budgetBytes, int contextTokens) {
        return plan(budgetBytes, contextTokens, KvPrecision.HALF);
    }

    /**
     * Plans a node's memory: KV cache for the context and scratch first, then the base, then as many blocks as fit.
     *
     * @throws BudgetTooSmallException if the minimal prefix does not fit
     */
    public Plan plan(long budgetBytes, int contextTokens, KvPrecision precision) {
        long kvCacheBytes = MemoryModel.kvCacheBytes(shape.model(), contextTokens, precision);
        long scratchBytes = MemoryModel.scratchBytes(shape.model());
        long baseBytes = shape.residentBaseBytes();
        long fixed = kvCacheBytes + scratchBytes + baseBytes;
        int blocks = longestPrefix(budgetBytes - fixed);
        if (blocks < shape.minimalBlocks()) {
            throw new BudgetTooSmallException(budgetBytes, fixed + bytesBefore[shape.minimalBlocks()]);
        }
        Plan.@Nullable Next next =
                blocks == blocks() ? null : new Plan.Next(blocks + 1, fixed + bytesBefore[blocks + 1] - budgetBytes);
        return new Plan(
                budgetBytes,
                contextTokens,
                kvCacheBytes,
                scratchBytes,
                baseBytes,
                blocks,
                baseBytes + bytesBefore[blocks],
                bpw(blocks),
                expectedPerplexity(blocks),
                expected(blocks, false),
                next);
    }

    /** The longest prefix whose stored bytes, base included, are at most {@code limitBytes}; may be below the minimal one. */
    public int prefixWithin(long limitBytes) {
        return longestPrefix(limitBytes - shape.baseBytes());
    }

    private int longestPrefix(long blockBytes) {
        if (blockBytes < 0) {
            return 0;
        }
        int found = Arrays.binarySearch(bytesBefore, blockBytes);
        return found >= 0 ? found : -found - 2;
    }

    /** Between two points of the curve quality is taken as linear in bytes (of the logarithm, for perplexity). */
    private @Nullable Double expected(int blocks, boolean perplexity) {
        List<StackManifest.CurvePoint> curve = shape.curve();
        if (curve.isEmpty()) {
            return null;
        }
        int after = 0;
        while (after < curve.size() && curve.get(after).blocks() < blocks) {
            after++;
        }
        StackManifest.CurvePoint high = curve.get(Math.min(after, curve.size() - 1));
        StackManifest.CurvePoint low =
                curve.get(Math.max(0, Math.min(after, curve.size() - 1) - (high.blocks() > blocks ? 1 : 0)));
        double span = (double) storedBytes(high.blocks()) - storedBytes(low.blocks());
        double share = span > 0 ? (storedBytes(blocks) - (double) storedBytes(low.blocks())) / span : 0;
        share = Math.clamp(share, 0, 1);
        return perplexity
                ? Math.exp((1 - share) * Math.log(low.perplexity()) + share * Math.log(high.perplexity()))
                : (1 - share) * low.klDivergence() + share * high.klDivergence();
    }
}
