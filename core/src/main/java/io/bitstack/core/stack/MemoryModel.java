package io.bitstack.core.stack;

/**
 * How many bytes serving a stack takes besides its residual blocks. The planner subtracts them from the budget before it
 * chooses a prefix, and the node keeps to them.
 */
public final class MemoryModel {
    /** Tokens that one pass of the model works on at most. */
    public static final int CHUNK_TOKENS = 64;

    /** Tokens whose logits are computed at once at most. */
    public static final int LOGITS_TOKENS = 8;

    /** Tokens of a page, the unit in which the KV cache grows. */
    public static final int PAGE_TOKENS = 64;

    /** Rows of a weight matrix that are decoded at once to be multiplied with many tokens. */
    private static final int DECODE_ROWS = 64;

    /** Threads that decode such rows at the same time, as far as the estimate goes. */
    private static final int DECODE_THREADS = 8;

    private MemoryModel() {}

    /** Keys and values of {@code tokens} positions in binary16, whole pages. */
    public static long kvCacheBytes(StackManifest.Model model, int tokens) {
        return kvCacheBytes(model, tokens, KvPrecision.HALF);
    }

    /** Keys and values of {@code tokens} positions, whole pages. */
    public static long kvCacheBytes(StackManifest.Model model, int tokens, KvPrecision precision) {
        long pages = (tokens + (long) PAGE_TOKENS - 1) / PAGE_TOKENS;
        return pages
                * PAGE_TOKENS
                * 2L
                * model.layers()
                * model.keyValueHeads()
                * precision.vectorBytes(model.headSize());
    }

    /** What a forward pass needs for itself: activations of a chunk of tokens, logits, tiles of decoded rows. */
    public static long scratchBytes(StackManifest.Model model) {
        long query = (long) model.attentionHeads() * model.headSize();
        long keyValue = (long) model.keyValueHeads() * model.headSize();
        long widest = Math.max(query, Math.max(model.hiddenSize(), model.intermediateSize()));
        long activations = 2L * model.hiddenSize()
                + 2 * query
                + 2 * keyValue
                + 2L * model.intermediateSize()
                + 2L * model.headSize() // rotation
                + 2 * widest // transformed inputs and their side branch
                + widest; // one output before it is added
        long logits = (long) LOGITS_TOKENS * model.vocabularySize();
        long tiles = (long) DECODE_THREADS * DECODE_ROWS * widest;
        return (CHUNK_TOKENS * activations + logits + tiles) * Float.BYTES;
    }

    /**
     * The base as it is held in memory: tensors as they are; inputs and matrix headers twice their size, since their binary16
     * numbers are kept as binary32; and the signs of each input's rotation, which the blob has as a seed.
     */
    public static long residentBaseBytes(StackManifest manifest) {
        long signs = manifest.inputs().stream()
                .mapToLong(input -> (long) Float.BYTES * input.columns())
                .sum();
        return 2 * manifest.baseBytes() - manifest.tensors().sizeBytes() + signs;
    }
}
