package io.bitstack.core.model;

import io.bitstack.core.stack.MemoryModel;

/**
 * Keys and values of the tokens that a sequence has seen, in pages that are allocated as it grows and freed as it is cut.
 * Belongs to one sequence; one thread at a time.
 */
public final class KvCache {
    static final int PAGE_TOKENS = MemoryModel.PAGE_TOKENS;

    private final int capacityTokens;
    private final int heads;
    private final int headSize;
    /** [layer][page]: keys as heads × page tokens × head size, then values alike. */
    private final float[][][] pages;

    private int length;
    private int pagesHeld;

    /** An empty cache for at most {@code capacityTokens} tokens. @throws ModelException if the model cannot see that many */
    public KvCache(ModelConfig config, int capacityTokens) {
        if (capacityTokens < 1 || capacityTokens > config.contextTokens()) {
            throw new ModelException(
                    ModelError.CONTEXT_FULL,
                    "a context of %d tokens was asked for; this model has between 1 and %d"
                            .formatted(capacityTokens, config.contextTokens()));
        }
        this.capacityTokens = capacityTokens;
        this.heads = config.keyValueHeads();
        this.headSize = config.headSize();
        this.pages = new float[config.layers()][(capacityTokens + PAGE_TOKENS - 1) / PAGE_TOKENS][];
    }

    /** Tokens held. */
    public int length() {
        return length;
    }

    public int capacityTokens() {
        return capacityTokens;
    }

    /** Bytes of all pages that are allocated now. */
    public long heldBytes() {
        return (long) pagesHeld * pages.length * pageFloats() * Float.BYTES;
    }

    /** Forgets all tokens from {@code newLength} on, and frees the pages that only they used. */
    public void truncate(int newLength) {
        if (newLength < 0 || newLength > length) {
            throw new IllegalArgumentException("cannot cut %d tokens to %d".formatted(length, newLength));
        }
        length = newLength;
        int keep = (newLength + PAGE_TOKENS - 1) / PAGE_TOKENS;
        for (; pagesHeld > keep; pagesHeld--) {
            for (float[][] layer : pages) {
                layer[pagesHeld - 1] = new float[0];
            }
        }
    }

    /** Makes room for {@code tokens} more, which {@link #append} then counts. @throws ModelException {@code CONTEXT_FULL} */
    void reserve(int tokens) {
        if (tokens > capacityTokens - length) {
            throw new ModelException(
                    ModelError.CONTEXT_FULL,
                    "%d more tokens do not fit: %d of %d are used".formatted(tokens, length, capacityTokens));
        }
        int wanted = (length + tokens + PAGE_TOKENS - 1) / PAGE_TOKENS;
        for (; pagesHeld < wanted; pagesHeld++) {
            for (float[][] layer : pages) {
                layer[pagesHeld] = new float[pageFloats()];
            }
        }
    }

    /** Counts tokens whose keys and values have been written in all layers. */
    void append(int tokens) {
        length += tokens;
    }

    /** Writes the key and value (heads × head size each, at the given offset) of one position. */
    void write(int layer, int position, float[] key, float[] value, int offset) {
        float[] page = page(layer, position / PAGE_TOKENS);
        int slot = position % PAGE_TOKENS;
        for (int h = 0; h < heads; h++) {
            System.arraycopy(key, offset + h * headSize, page, keyOffset(h, slot), headSize);
            System.arraycopy(value, offset + h * headSize, page, valueOffset(h, slot), headSize);
        }
    }

    float[] page(int layer, int page) {
        return pages[layer][page];
    }

    int keyOffset(int head, int slot) {
        return (head * PAGE_TOKENS + slot) * headSize;
    }

    int valueOffset(int head, int slot) {
        return ((heads + head) * PAGE_TOKENS + slot) * headSize;
    }

    private int pageFloats() {
        return Math.multiplyExact(2 * PAGE_TOKENS, heads * headSize);
    }
}
