package io.bitstack.core.model;

import io.bitstack.core.kernel.Kernels;
import io.bitstack.core.kernel.RowPool;
import io.bitstack.core.stack.KvPrecision;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Measures how well weights predict a text, and how far they are from the full model. One thread at a time. The same weights
 * and text always give the same numbers.
 */
public final class Evaluation {
    /**
     * What a measurement gave.
     *
     * @param perplexity e to the mean of −log p(token)
     * @param klDivergence mean over tokens of KL(full ‖ these), in nats; NaN without a reference
     * @param topTokenChanged share of tokens where the most likely token is not the full model's; NaN without a reference
     * @param bitsPerByte Σ −log₂ p over the UTF-8 bytes that the scored tokens stand for; NaN where the text does not say them
     * @param tokens tokens scored
     */
    public record Score(
            double perplexity, double klDivergence, double topTokenChanged, double bitsPerByte, int tokens) {}

    private final EvaluationText text;
    private final Transformer transformer;
    private final List<WindowGroup> groups;
    private final ModelConfig config;
    private final KvPrecision precision;
    private final RowPool pool;
    private final float[] reference;
    /** What the last {@link #logSumExp} summed, and its sum. */
    private final float[] exponentials;

    private double exponentialsSum;

    /** @throws ModelException {@code CONTEXT_FULL} if a window is longer than the model's context */
    public Evaluation(ModelConfig config, EvaluationText text, RowPool pool) {
        this(config, text, pool, KvPrecision.SINGLE);
    }

    /**
     * With keys and values kept less exactly, to see what that costs.
     *
     * @throws ModelException {@code CONTEXT_FULL} if a window is longer than the model's context
     */
    public Evaluation(ModelConfig config, EvaluationText text, RowPool pool, KvPrecision precision) {
        for (int[] window : text.windows()) {
            if (window.length > config.contextTokens()) {
                throw new ModelException(
                        ModelError.CONTEXT_FULL,
                        "a window has %d tokens, but the model's context is %d; evaluate with a shorter context"
                                .formatted(window.length, config.contextTokens()));
            }
        }
        this.config = config;
        this.precision = precision;
        this.pool = pool;
        this.text = text;
        this.transformer = Transformer.ofTexts(config, pool);
        this.groups = WindowGroup.of(text.windows(), transformer.tokensTogether());
        this.reference = new float[config.vocabularySize()];
        this.exponentials = new float[config.vocabularySize()];
    }

    /** What the full model says about a text; its score has no divergence. */
    public record Full(ReferenceLogits logits, Score score) {}

    /** Keeps the logits of the full model; {@link ReferenceLogits#sizeBytes} of {@link EvaluationText#scoredTokens()} bytes. */
    public ReferenceLogits reference(ModelWeights full) {
        return full(full).logits();
    }

    /** Keeps the logits of the full model and scores it, in one pass. */
    public Full full(ModelWeights full) {
        ReferenceLogits kept = new ReferenceLogits(text.scoredTokens(), config.vocabularySize());
        double[] sum = new double[1];
        eachToken(full, (index, next, logits, offset) -> {
            kept.set(index, logits, offset);
            sum[0] += logSumExp(logits, offset) - logits[offset + next];
        });
        return new Full(kept, score(sum[0], Double.NaN, Double.NaN));
    }

    /** What the text's streams are before each layer; {@link LayerStreams#sizeBytes} of memory. */
    public LayerStreams streams(ModelWeights weights) {
        return LayerStreams.of(config, groups, weights, transformer);
    }

    /** Scores weights; the KL divergence is to {@code full}, which must be of the same text. */
    public Score score(ModelWeights weights, @Nullable ReferenceLogits full) {
        return score(full, visitor -> eachToken(weights, visitor));
    }

    /**
     * The same for weights that are, before a layer, those that {@code streams} was made with; these layers are not run again.
     *
     * @param streams of the same text
     */
    public Score scoreFrom(LayerStreams streams, int layer, ModelWeights weights, ReferenceLogits full) {
        return score(full, visitor -> eachTokenFrom(streams, layer, weights, visitor));
    }

    /** The same for weights that are opened a layer at a time; holds the residual streams of the whole text meanwhile. */
    public Score score(LayeredWeights weights, @Nullable ReferenceLogits full) {
        return score(full, visitor -> eachToken(weights, visitor));
    }

    private interface Tokens {
        void visit(TokenVisitor visitor);
    }

    private Score score(@Nullable ReferenceLogits full, Tokens tokens) {
        if (full != null && full.tokens() != text.scoredTokens()) {
            throw new IllegalArgumentException(
                    "the reference has %d tokens, the text %d".formatted(full.tokens(), text.scoredTokens()));
        }
        double[] sums = new double[3];
        tokens.visit((index, next, logits, offset) -> {
            double logSum = logSumExp(logits, offset);
            sums[0] += logSum - logits[offset + next];
            if (full != null) {
                full.get(index, reference);
                sums[1] += divergence(logits, offset, logSum);
                int top = ReferenceLogits.topToken(logits, offset, config.vocabularySize());
                sums[2] += top == full.topToken(index) ? 0 : 1;
            }
        });
        return score(sums[0], full == null ? Double.NaN : sums[1], full == null ? Double.NaN : sums[2]);
    }

    /** @param negativeLog Σ −log p over the scored tokens, in nats */
    private Score score(double negativeLog, double divergence, double changed) {
        int tokens = text.scoredTokens();
        return new Score(
                Math.exp(negativeLog / tokens),
                divergence / tokens,
                changed / tokens,
                text.scoredBytes() > 0 ? negativeLog / Math.log(2) / text.scoredBytes() : Double.NaN,
                tokens);
    }

    /** Σ p·(log p − log q), p from {@code reference}, q from the logits. */
    private double divergence(float[] logits, int offset, double logSum) {
        double referenceLogSum = logSumExp(reference, 0);
        // logSumExp has left exp(reference − maximum): p up to a factor, which their sum takes out again.
        double even = 0;
        double odd = 0;
        double third = 0;
        double fourth = 0;
        int i = 0;
        for (; i + 4 <= reference.length; i += 4) {
            even += exponentials[i] * ((double) reference[i] - logits[offset + i]);
            odd += exponentials[i + 1] * ((double) reference[i + 1] - logits[offset + i + 1]);
            third += exponentials[i + 2] * ((double) reference[i + 2] - logits[offset + i + 2]);
            fourth += exponentials[i + 3] * ((double) reference[i + 3] - logits[offset + i + 3]);
        }
        for (; i < reference.length; i++) {
            even += exponentials[i] * ((double) reference[i] - logits[offset + i]);
        }
        return ((even + odd) + (third + fourth)) / exponentialsSum + (logSum - referenceLogSum);
    }

    private double logSumExp(float[] logits, int offset) {
        float maximum = ReferenceLogits.highest(logits, offset, exponentials.length);
        Kernels.active().exponentials(logits, offset, maximum, exponentials, 0, exponentials.length);
        // Several sums, since one addition waits for the one before.
        double even = 0;
        double odd = 0;
        double third = 0;
        double fourth = 0;
        int i = 0;
        for (; i + 4 <= exponentials.length; i += 4) {
            even += exponentials[i];
            odd += exponentials[i + 1];
            third += exponentials[i + 2];
            fourth += exponentials[i + 3];
        }
        for (; i < exponentials.length; i++) {
            even += exponentials[i];
        }
        exponentialsSum = (even + odd) + (third + fourth);
        return maximum + Math.log(exponentialsSum);
    }

    private interface TokenVisitor {
        void visit(int index, int nextToken, float[] logits, int offset);
    }

    private void eachToken(ModelWeights weights, TokenVisitor visitor) {
        for (WindowGroup group : groups) {
            eachToken(group, transformer.streams(weights, group.tokens()), 0, weights, visitor);
        }
    }

    private void eachToken(LayeredWeights weights, TokenVisitor visitor) {
        LayeredPass.run(
                weights,
                transformer,
                pool,
                groups.stream().map(WindowGroup::tokens).toList(),
                group -> KvCache.ofOneLayer(config, groups.get(group), precision),
                (group, first, count, logits) -> visit(groups.get(group), first, count, logits, visitor));
    }

    private void eachTokenFrom(LayerStreams start, int layer, ModelWeights weights, TokenVisitor visitor) {
        for (int g = 0; g < groups.size(); g++) {
            eachToken(groups.get(g), start.before(g, layer), layer, weights, visitor);
        }
    }

    /** @param streams before the first layer that is run */
    private void eachToken(
            WindowGroup group, float[] streams, int firstLayer, ModelWeights weights, TokenVisitor visitor) {
        List<KvCache> caches = KvCache.ofOneLayer(config, group, precision);
        for (int i = firstLayer; i < config.layers(); i++) {
            transformer.runLayer(weights, i, streams, caches);
        }
        transformer.logits(weights, streams, (first, count, logits) -> visit(group, first, count, logits, visitor));
    }

    private void visit(WindowGroup group, int first, int count, float[] logits, TokenVisitor visitor) {
        int length = group.windowTokens();
        for (int t = 0; t < count; t++) {
            int window = (first + t) / length;
            int token = (first + t) % length;
            if (token + 1 < length) {
                visitor.visit(
                        group.firstScored() + window * (length - 1) + token,
                        group.windows().get(window)[token + 1],
                        logits,
                        t * config.vocabularySize());
            }
        }
    }
}
