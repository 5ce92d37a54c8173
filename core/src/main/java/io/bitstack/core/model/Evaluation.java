package io.bitstack.core.model;

import io.bitstack.core.kernel.RowPool;
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
     * @param tokens tokens scored
     */
    public record Score(double perplexity, double klDivergence, int tokens) {}

    private final EvaluationText text;
    private final Transformer transformer;
    private final ModelConfig config;
    private final float[] reference;

    /** @throws ModelException {@code CONTEXT_FULL} if a window is longer than the model's context */
    public Evaluation(ModelConfig config, EvaluationText text, RowPool pool) {
        for (int[] window : text.windows()) {
            if (window.length > config.contextTokens()) {
                throw new ModelException(
                        ModelError.CONTEXT_FULL,
                        "a window has %d tokens, but the model's context is %d; evaluate with a shorter context"
                                .formatted(window.length, config.contextTokens()));
            }
        }
        this.config = config;
        this.text = text;
        this.transformer = new Transformer(config, pool);
        this.reference = new float[config.vocabularySize()];
    }

    /** Keeps the logits of the full model; {@link ReferenceLogits#sizeBytes} of {@link EvaluationText#scoredTokens()} bytes. */
    public ReferenceLogits reference(ModelWeights full) {
        ReferenceLogits kept = new ReferenceLogits(text.scoredTokens(), config.vocabularySize());
        eachToken(full, (index, next, logits, offset) -> kept.set(index, logits, offset));
        return kept;
    }

    /** Scores weights; the KL divergence is to {@code full}, which must be of the same text. */
    public Score score(ModelWeights weights, @Nullable ReferenceLogits full) {
        if (full != null && full.tokens() != text.scoredTokens()) {
            throw new IllegalArgumentException(
                    "the reference has %d tokens, the text %d".formatted(full.tokens(), text.scoredTokens()));
        }
        double[] sums = new double[2];
        eachToken(weights, (index, next, logits, offset) -> {
            double logSum = logSumExp(logits, offset);
            sums[0] += logSum - logits[offset + next];
            if (full != null) {
                full.get(index, reference);
                sums[1] += divergence(logits, offset, logSum);
            }
        });
        int tokens = text.scoredTokens();
        return new Score(Math.exp(sums[0] / tokens), full == null ? Double.NaN : sums[1] / tokens, tokens);
    }

    /** Σ p·(log p − log q), p from {@code reference}, q from the logits. */
    private double divergence(float[] logits, int offset, double logSum) {
        double referenceLogSum = logSumExp(reference, 0);
        double sum = 0;
        for (int i = 0; i < reference.length; i++) {
            double logP = reference[i] - referenceLogSum;
            sum += Math.exp(logP) * (logP - (logits[offset + i] - logSum));
        }
        return sum;
    }

    private double logSumExp(float[] logits, int offset) {
        float maximum = Float.NEGATIVE_INFINITY;
        for (int i = 0; i < config.vocabularySize(); i++) {
            maximum = Math.max(maximum, logits[offset + i]);
        }
        double sum = 0;
        for (int i = 0; i < config.vocabularySize(); i++) {
            sum += Math.exp(logits[offset + i] - maximum);
        }
        return maximum + Math.log(sum);
    }

    private interface TokenVisitor {
        void visit(int index, int nextToken, float[] logits, int offset);
    }

    private void eachToken(ModelWeights weights, TokenVisitor visitor) {
        int done = 0;
        for (int[] window : text.windows()) {
            int base = done;
            KvCache cache = new KvCache(config, window.length);
            transformer.forward(weights, window, cache, (first, count, logits) -> {
                for (int t = 0; t < count && first + t + 1 < window.length; t++) {
                    visitor.visit(base + first + t, window[first + t + 1], logits, t * config.vocabularySize());
                }
            });
            done += window.length - 1;
        }
    }
}
