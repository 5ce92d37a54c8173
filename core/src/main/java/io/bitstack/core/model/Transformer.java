package io.bitstack.core.model;

import io.bitstack.core.kernel.KernelProvider;
import io.bitstack.core.kernel.Kernels;
import io.bitstack.core.kernel.RowPool;
import io.bitstack.core.stack.KvPrecision;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The forward pass of a decoder-only transformer. Holds the scratch of one pass, so each thread that runs passes at the same
 * time needs one of its own; weights and caches are passed in.
 */
public final class Transformer {
    private static final int GATE_GRAIN = 1024;
    /** From so many tokens on the short loops over them are shared too; fewer, as in a decode step, take no longer than waking a thread. */
    private static final int SHARED_TOKENS = 64;

    private static final int TOKENS_GRAIN = 8;

    private static final KernelProvider KERNELS = Kernels.active();

    private final ModelConfig config;
    private final RowPool pool;
    private final ForwardScratch s;
    private final Attention attention;
    private final RowPool.Body gateBody;

    public Transformer(ModelConfig config, RowPool pool) {
        this(config, pool, tokens -> config.rope().inverseFrequencies(config.headSize(), tokens));
    }

    /** For whole texts: more tokens at a time, so that weights are read from memory less often, and more memory for them; the numbers are the same. */
    public static Transformer ofTexts(ModelConfig config, RowPool pool) {
        return new Transformer(
                config,
                pool,
                ForwardScratch.large(config, tokens -> config.rope().inverseFrequencies(config.headSize(), tokens)));
    }

    /** With frequencies other than the configuration's, which references may have been made with. */
    Transformer(ModelConfig config, RowPool pool, Rotation.Frequencies frequencies) {
        this(config, pool, ForwardScratch.small(config, frequencies));
    }

    private Transformer(ModelConfig config, RowPool pool, ForwardScratch scratch) {
        this.config = config;
        this.pool = pool;
        this.s = scratch;
        this.attention = new Attention(config);
        this.gateBody = (from, to) -> KERNELS.gate(scratch.gate, scratch.up, from, to);
    }

    /** Bytes of the buffers that are held from call to call. */
    public long scratchHeldBytes() {
        return s.heldBytes();
    }

    /**
     * Appends tokens to a sequence.
     *
     * @return logits: tokens × vocabulary for {@code ALL}, vocabulary for {@code LAST}; newly allocated
     * @throws ModelException {@code CONTEXT_FULL} or {@code BAD_TOKEN}, before anything is changed
     */
    public float[] forward(ModelWeights weights, int[] tokens, KvCache cache, LogitsWanted wanted) {
        int vocabulary = config.vocabularySize();
        if (wanted == LogitsWanted.LAST) {
            float[] last = new float[vocabulary];
            run(
                    weights,
                    tokens,
                    cache,
                    tokens.length - 1,
                    (first, count, logits) -> System.arraycopy(logits, (count - 1) * vocabulary, last, 0, vocabulary));
            return last;
        }
        float[] all = new float[Math.multiplyExact(tokens.length, vocabulary)];
        forward(
                weights,
                tokens,
                cache,
                (first, count, logits) -> System.arraycopy(logits, 0, all, first * vocabulary, count * vocabulary));
        return all;
    }

    /** Appends tokens to a sequence and hands the logits of each to {@code sink}, in order, a few tokens at a time. */
    public void forward(ModelWeights weights, int[] tokens, KvCache cache, LogitsSink sink) {
        run(weights, tokens, cache, 0, sink);
    }

    /** Runs tokens from an empty cache to see the activations; no logits are computed. */
    public void observe(ModelWeights weights, int[] tokens, ActivationObserver observer) {
        float[] streams = streams(weights, tokens);
        List<KvCache> cache = List.of(KvCache.ofOneLayer(config, tokens.length, KvPrecision.SINGLE));
        for (int i = 0; i < config.layers(); i++) {
            observeLayer(weights, i, streams, cache, observer);
        }
        observeHead(weights, streams, observer);
    }

    /** The residual streams (tokens × hidden) that {@link #observeLayer} starts with, newly allocated. */
    public float[] streams(ModelWeights weights, int[] tokens) {
        checkTokens(tokens);
        int hidden = config.hiddenSize();
        float[] streams = new float[Math.multiplyExact(tokens.length, hidden)];
        for (int t = 0; t < tokens.length; t++) {
            weights.embedding().row(tokens[t], streams, t * hidden);
        }
        return streams;
    }

    /** Tokens that go through a layer together: windows of this many in all cost the least. */
    public int tokensTogether() {
        return s.chunkTokens;
    }

    /**
     * Runs one decoder layer over whole windows, to see its activations: with all layers in order what a forward pass does, but only one layer's weights and
     * statistics need to be in memory at a time.
     *
     * @param streams the residual streams of windows of the same length, one window after the other, tokens × hidden; replaced
     * @param caches an empty cache with room for a window for each of them, which stays empty; may serve any number of calls
     */
    public void observeLayer(
            ModelWeights weights, int layer, float[] streams, List<KvCache> caches, ActivationObserver observer) {
        runLayer(weights, layer, streams, caches, observer);
    }

    /** The same without anybody looking on. */
    void runLayer(ModelWeights weights, int layer, float[] streams, List<KvCache> caches) {
        runLayer(weights, layer, streams, caches, null);
    }

    private void runLayer(
            ModelWeights weights,
            int layer,
            float[] streams,
            List<KvCache> caches,
            @Nullable ActivationObserver observer) {
        int hidden = config.hiddenSize();
        int tokens = streams.length / hidden;
        int windowTokens = tokens / caches.size();
        caches.forEach(cache -> cache.reserve(windowTokens));
        for (int start = 0; start < tokens; start += s.chunkTokens) {
            int count = Math.min(s.chunkTokens, tokens - start);
            for (int t = 0; t < count; t++) {
                place(t, caches.get((start + t) / windowTokens), (start + t) % windowTokens);
            }
            System.arraycopy(streams, start * hidden, s.x, 0, count * hidden);
            layer(weights.layers().get(layer), layer, count, observer);
            System.arraycopy(s.x, 0, streams, start * hidden, count * hidden);
        }
    }

    /** Shows the activations that the head is multiplied with, from the streams after the last layer. */
    public void observeHead(ModelWeights weights, float[] streams, ActivationObserver observer) {
        int hidden = config.hiddenSize();
        int tokens = streams.length / hidden;
        for (int start = 0; start < tokens; start += s.chunkTokens) {
            int count = Math.min(s.chunkTokens, tokens - start);
            System.arraycopy(streams, start * hidden, s.x, 0, count * hidden);
            norm(weights.finalNorm(), 0, count);
            observer.observe(ModelLayout.HEAD_INPUT, s.normed, count);
        }
    }

    /**
     * Decodes several sequences together: appends {@code tokens[i]} to {@code caches.get(i)}. Each weight is read once for
     * all of them.
     *
     * @return logits, sequences × vocabulary, newly allocated
     * @throws ModelException {@code CONTEXT_FULL} or {@code BAD_TOKEN}, before anything is changed
     */
    public float[] decode(ModelWeights weights, int[] tokens, List<KvCache> caches) {
        if (tokens.length != caches.size() || caches.stream().distinct().count() != caches.size()) {
            throw new IllegalArgumentException("decoding %d tokens needs as many different caches, not %d"
                    .formatted(tokens.length, caches.size()));
        }
        checkTokens(tokens);
        caches.forEach(cache -> cache.reserve(1));
        int vocabulary = config.vocabularySize();
        float[] all = new float[Math.multiplyExact(tokens.length, vocabulary)];
        for (int start = 0; start < tokens.length; start += s.chunkTokens) {
            int count = Math.min(s.chunkTokens, tokens.length - start);
            for (int t = 0; t < count; t++) {
                place(t, caches.get(start + t), caches.get(start + t).length());
            }
            chunk(weights, tokens, start, count);
            for (int t = 0; t < count; t++) {
                caches.get(start + t).append(1);
            }
            logits(
                    weights,
                    start,
                    0,
                    count,
                    (first, n, logits) -> System.arraycopy(logits, 0, all, first * vocabulary, n * vocabulary));
        }
        return all;
    }

    /** Hands on the logits of whole windows from their streams after the last layer. */
    void logits(ModelWeights weights, float[] streams, LogitsSink sink) {
        int hidden = config.hiddenSize();
        int tokens = streams.length / hidden;
        for (int start = 0; start < tokens; start += s.chunkTokens) {
            int count = Math.min(s.chunkTokens, tokens - start);
            System.arraycopy(streams, start * hidden, s.x, 0, count * hidden);
            logits(weights, start, 0, count, sink);
        }
    }

    private void run(ModelWeights weights, int[] tokens, KvCache cache, int firstWanted, LogitsSink sink) {
        checkTokens(tokens);
        cache.reserve(tokens.length);
        for (int start = 0; start < tokens.length; start += s.chunkTokens) {
            int count = Math.min(s.chunkTokens, tokens.length - start);
            for (int t = 0; t < count; t++) {
                place(t, cache, cache.length() + t);
            }
            chunk(weights, tokens, start, count);
            cache.append(count);
            if (firstWanted < start + count) {
                logits(weights, start, Math.max(firstWanted - start, 0), count, sink);
            }
        }
    }

    private void checkTokens(int[] tokens) {
        for (int token : tokens) {
            if (token < 0 || token >= config.vocabularySize()) {
                throw new ModelException(
                        ModelError.BAD_TOKEN,
                        "token %d is not in the vocabulary of %d".formatted(token, config.vocabularySize()));
            }
        }
    }

    private void place(int token, KvCache cache, int position) {
        s.caches[token] = cache;
        s.positions[token] = position;
        s.rotation.setPosition(token, position, cache.capacityTokens());
    }

    /** Runs a chunk of placed tokens through all decoder layers; {@code s.x} then holds the residual stream. */
    private void chunk(ModelWeights w, int[] tokens, int start, int count) {
        embed(w.embedding(), tokens, start, count);
        for (int i = 0; i < config.layers(); i++) {
            layer(w.layers().get(i), i, count, null);
        }
    }

    private void layer(DecoderLayer layer, int index, int count, @Nullable ActivationObserver observer) {
        norm(layer.attentionNorm(), 0, count);
        see(observer, index, "attn", s.normed, count);
        selfAttention(layer, index, count);
        see(observer, index, "o", s.attended, count);
        layer.o().multiply(s.shared.set(s.attended, count), s.out, pool);
        addToStream(layer.oBias(), count);
        norm(layer.mlpNorm(), 0, count);
        see(observer, index, "mlp", s.normed, count);
        gatedUnit(layer, count);
        see(observer, index, "down", s.gate, count);
        layer.down().multiply(s.shared.set(s.gate, count), s.out, pool);
        addToStream(layer.downBias(), count);
    }

    private void embed(WeightMatrix embedding, int[] tokens, int start, int count) {
        int hidden = config.hiddenSize();
        if (count == 1) {
            // Without the object that a loop needs: a decode step allocates nothing.
            embedding.row(tokens[start], s.x, 0);
            return;
        }
        WorkSize.poolFor(pool, (long) count * hidden).forRows(count, 1, (from, to) -> {
            for (int t = from; t < to; t++) {
                embedding.row(tokens[start + t], s.x, t * hidden);
            }
        });
    }

    private static void see(@Nullable ActivationObserver observer, int layer, String kind, float[] x, int tokens) {
        if (observer != null) {
            observer.observe(ModelLayout.input(layer, kind), x, tokens);
        }
    }

    private void selfAttention(DecoderLayer layer, int index, int count) {
        SharedInput input = s.shared.set(s.normed, count);
        layer.qkv().multiply(input, s.qkv, pool);
        addBias(layer.qBias(), s.q, count);
        addBias(layer.kBias(), s.k, count);
        addBias(layer.vBias(), s.v, count);
        if (count < SHARED_TOKENS) {
            turnHeads(layer, index, 0, count);
        } else {
            pool.forRows(count, TOKENS_GRAIN, (from, to) -> turnHeads(layer, index, from, to));
        }
        attention.attend(index, s, count, pool);
    }

    /** Gives queries and keys of some tokens their positions, and keeps keys and values. */
    private void turnHeads(DecoderLayer layer, int index, int from, int to) {
        int querySize = config.querySize();
        int keyValueSize = config.keyValueSize();
        for (int t = from; t < to; t++) {
            normHeads(layer.qNorm(), s.q, t * querySize, config.attentionHeads());
            normHeads(layer.kNorm(), s.k, t * keyValueSize, config.keyValueHeads());
            s.rotation.apply(t, s.q, t * querySize, config.attentionHeads());
            s.rotation.apply(t, s.k, t * keyValueSize, config.keyValueHeads());
            s.caches[t].write(index, s.positions[t], s.k, s.v, t * keyValueSize);
        }
    }

    private void normHeads(float[] weight, float[] x, int offset, int heads) {
        for (int h = 0; h < heads && weight.length > 0; h++) {
            int at = offset + h * config.headSize();
            RmsNorm.apply(x, at, weight, config.normEpsilon(), x, at);
        }
    }

    /** {@code s.gate = silu(gate·x) ⊙ (up·x)}. */
    private void gatedUnit(DecoderLayer layer, int count) {
        SharedInput input = s.shared.set(s.normed, count);
        layer.gateUp().multiply(input, s.gateUp, pool);
        addBias(layer.gateBias(), s.gate, count);
        addBias(layer.upBias(), s.up, count);
        int size = count * config.intermediateSize();
        // An exponential costs about as much as eight multiply-adds.
        WorkSize.poolFor(pool, 8L * size).forRows(size, GATE_GRAIN, gateBody);
    }

    private static void addBias(float[] bias, float[] y, int tokens) {
        for (int t = 0; t < tokens; t++) {
            for (int i = 0; i < bias.length; i++) {
                y[t * bias.length + i] += bias[i];
            }
        }
    }

    private void addToStream(float[] bias, int count) {
        addBias(bias, s.out, count);
        int hidden = config.hiddenSize();
        if (count < SHARED_TOKENS) {
            addToStream(0, count * hidden);
        } else {
            pool.forRows(count, TOKENS_GRAIN, (from, to) -> addToStream(from * hidden, to * hidden));
        }
    }

    private void addToStream(int from, int to) {
        for (int i = from; i < to; i++) {
            s.x[i] += s.out[i];
        }
    }

    /** Normalises {@code count} tokens of the stream from {@code first} on to the front of {@code s.normed}. */
    private void norm(float[] weight, int first, int count) {
        if (count < SHARED_TOKENS) {
            norm(weight, first, 0, count);
        } else {
            pool.forRows(count, TOKENS_GRAIN, (from, to) -> norm(weight, first, from, to));
        }
    }

    private void norm(float[] weight, int first, int from, int to) {
        int hidden = config.hiddenSize();
        for (int t = from; t < to; t++) {
            RmsNorm.apply(s.x, (first + t) * hidden, weight, config.normEpsilon(), s.normed, t * hidden);
        }
    }

    /** Logits of the tokens [from, to) of the chunk that started at {@code start}. */
    private void logits(ModelWeights w, int start, int from, int to, LogitsSink sink) {
        for (int first = from; first < to; first += s.logitsTokens) {
            int count = Math.min(s.logitsTokens, to - first);
            norm(w.finalNorm(), first, count);
            w.head().multiply(s.shared.set(s.normed, count), s.logits, pool);
            sink.accept(start + first, count, s.logits);
        }
    }
}
