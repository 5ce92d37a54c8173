package io.bitstack.standalone.demo;

import io.bitstack.core.model.ModelConfig;
import io.bitstack.core.stack.MemoryModel;
import io.bitstack.core.stack.StackManifest;

/** Two budgets that hold different prefixes of a model that has not been compressed yet. */
public record DemoBudgets(long smallBytes, long largeBytes) {
    /** Bits per weight for base and blocks in memory; a minimal prefix of the default codec takes about 3.7. */
    private static final double SMALL_BPW = 5;

    private static final double LARGE_BPW = 7;

    /** @param contextTokens tokens that each node has KV cache for */
    public static DemoBudgets of(ModelConfig config, int contextTokens) {
        StackManifest.Model model = config.toManifest();
        long fixed = MemoryModel.kvCacheBytes(model, contextTokens) + MemoryModel.scratchBytes(model);
        return new DemoBudgets(
                fixed + (long) (model.weights() * SMALL_BPW / 8), fixed + (long) (model.weights() * LARGE_BPW / 8));
    }
}
