package io.bitstack.core.model;

import io.bitstack.core.kernel.KvPage;
import io.bitstack.core.stack.KvPrecision;
import io.bitstack.core.stack.MemoryModel;
import java.util.List;

/**
 * Keys and values of the tokens that a sequence has seen, in pages that are allocated as it grows and freed as it is cut.
 * Belongs to one sequence; one thread at a time.
 */
public final class KvCache {
    static final int PAGE_TOKENS = MemoryModel.PAGE_TOKENS;

    /** A page full of tokens, which several caches may hold at once: nobody writes it any more. */
    public static final class Page {
        private final KvPage[] layers;
        private final KvPrecision precision;
        private final int heads;
        private final int headSize;

        private Page(KvPage[] layers, KvPrecision precision, int heads, int headSize) {
            this.layers = layers;
            this.precision = precision;
            this.heads = heads;
            this.headSize = headSize;
        }

        public long heldBytes() {
            return layers.length * layerBytes(precision, heads, headSize);
        }
    }

    private final int capacityTokens;
    private final int heads;
    private final int headSize;
    private final KvPrecision precision;
    /** [layer][page]; empty ones where none is held any more. */
    private final KvPage[][] pages;

    private int length;
    private int pagesHeld;
    /** So many of the first pages may be held by others too, and are not to be written. */
    private int pagesShared;

    /** An empty cache in single precision. @throws ModelException if the model cannot see that many */
    public KvCache(ModelConfig config, int capacityTokens) {
        this(config, capacityTokens, KvPrecision.SINGLE);
    }

    /** An empty cache for at most {@code capacityTokens} tokens. @throws ModelException if the model cannot see that many */
    public KvCache(ModelConfig config, int capacityTokens, KvPrecision precision) {
        this(config, capacityTokens, precision, config.layers());
    }

    private KvCache(ModelConfig config, int capacityTokens, KvPrecision precision, int layers) {
        if (capacityTokens < 1 || capacityTokens > config.contextTokens()) {
            throw new ModelException(
                    ModelError.CONTEXT_FULL,
                    "a context of %d tokens was asked for; this model has between 1 and %d"
                            .formatted(capacityTokens, config.contextTokens()));
        }
        this.capacityTokens = capacityTokens;
        this.heads = config.keyValueHeads();
        this.headSize = config.headSize();
        this.precision = precision;
        this.pages = new KvPage[layers][(capacityTokens + PAGE_TOKENS - 1) / PAGE_TOKENS];
    }

    /** For passes that take all tokens through a layer before the next one: an empty cache that all layers use in turn. */
    public static KvCache ofOneLayer(ModelConfig config, int capacityTokens, KvPrecision precision) {
        return new KvCache(config, capacityTokens, precision, 1);
    }

    /** One of these for each window of a group. */
    public static List<KvCache> ofOneLayer(ModelConfig config, WindowGroup group, KvPrecision precision) {
        return group.windows().stream()
                .map(window -> ofOneLayer(config, window.length, precision))
                .toList();
    }

    /** Tokens held. */
    public int length() {
        return length;
    }

    public int capacityTokens() {
        return capacityTokens;
    }

    /** Bytes of all pages that are held now, shared ones included. */
    public long heldBytes() {
        return pagesHeld * pageBytes();
    }

    /** Bytes of those pages that nobody else holds. */
    public long ownBytes() {
        return (pagesHeld - pagesShared) * pageBytes();
    }

    /** How many of the first pages are shared with others. */
    public int sharedPages() {
        return pagesShared;
    }

    /** Lets others hold the first page that is not shared yet, which must be full of tokens. */
    public Page share() {
        if (length < (pagesShared + 1) * PAGE_TOKENS) {
            throw new IllegalStateException("page %d is not full at %d tokens".formatted(pagesShared, length));
        }
        KvPage[] layers = new KvPage[pages.length];
        for (int layer = 0; layer < pages.length; layer++) {
            layers[layer] = page(layer, pagesShared);
        }
        pagesShared++;
        return new Page(layers, precision, heads, headSize);
    }

    /**
     * Appends the tokens of a page of another cache, which must have held the same tokens before it and have turned keys alike
     * ({@link RopeScaling#frequencyTokens}). Only while all of this cache's pages are shared and full.
     */
    public void adopt(Page page) {
        if (length != pagesShared * PAGE_TOKENS || pagesHeld != pagesShared) {
            throw new IllegalStateException("a page can only follow shared ones; %d tokens are held".formatted(length));
        }
        if (PAGE_TOKENS > capacityTokens - length
                || page.layers.length != pages.length
                || page.precision != precision
                || page.heads != heads
                || page.headSize != headSize) {
            throw new IllegalArgumentException("the page does not fit this cache");
        }
        for (int layer = 0; layer < pages.length; layer++) {
            pages[layer][pagesHeld] = page.layers[layer];
        }
        pagesHeld++;
        pagesShared++;
        length += PAGE_TOKENS;
    }

    /** Forgets all tokens from {@code newLength} on, and frees the pages that only they used. */
    public void truncate(int newLength) {
        if (newLength < 0 || newLength > length) {
            throw new IllegalArgumentException("cannot cut %d tokens to %d".formatted(length, newLength));
        }
        length = newLength;
        int keep = (newLength + PAGE_TOKENS - 1) / PAGE_TOKENS;
        for (; pagesHeld > keep; pagesHeld--) {
            for (KvPage[] layer : pages) {
                layer[pagesHeld - 1] = newPage(0);
            }
        }
        if (pagesShared > newLength / PAGE_TOKENS) {
            pagesShared = newLength / PAGE_TOKENS;
            if (pagesHeld > pagesShared) {
                // Tokens will be written behind those that are left; others still read what is there.
                for (int layer = 0; layer < pages.length; layer++) {
                    pages[layer][pagesShared] = page(layer, pagesShared).copy();
                }
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
            for (KvPage[] layer : pages) {
                layer[pagesHeld] = newPage(pageElements());
            }
        }
    }

    /** Counts tokens whose keys and values have been written in all layers. */
    void append(int tokens) {
        length += tokens;
    }

    /** Writes the key and value (heads × head size each, at the given offset) of one position. */
    void write(int layer, int position, float[] key, float[] value, int offset) {
        KvPage page = page(layer, position / PAGE_TOKENS);
        int slot = position % PAGE_TOKENS;
        for (int h = 0; h < heads; h++) {
            page.write(key, offset + h * headSize, keyOffset(h, slot), headSize);
            page.write(value, offset + h * headSize, valueOffset(h, slot), headSize);
        }
    }

    KvPage page(int layer, int page) {
        return pages[pages.length == 1 ? 0 : layer][page];
    }

    int keyOffset(int head, int slot) {
        return (head * PAGE_TOKENS + slot) * headSize;
    }

    int valueOffset(int head, int slot) {
        return ((heads + head) * PAGE_TOKENS + slot) * headSize;
    }

    private long pageBytes() {
        return pages.length * layerBytes(precision, heads, headSize);
    }

    /** Bytes of one page of one layer. */
    private static long layerBytes(KvPrecision precision, int heads, int headSize) {
        return 2L * PAGE_TOKENS * heads * precision.vectorBytes(headSize);
    }

    private KvPage newPage(int elements) {
        return switch (precision) {
            case INT8 -> KvPage.Int8.empty(elements, headSize);
            case HALF -> new KvPage.Half(new short[elements]);
            case SINGLE -> new KvPage.Single(new float[elements]);
        };
    }

    private int pageElements() {
        return Math.multiplyExact(2 * PAGE_TOKENS, heads * headSize);
    }
}
