package io.bitstack.inference.sampling;

import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.jspecify.annotations.Nullable;

/**
 * Chooses the tokens of one answer, one after the other. Logits first take bias and penalties, then temperature; min-p, top-k and
 * top-p say which tokens are left, and one of them is drawn. One thread at a time.
 */
public final class Sampler {
    /** Named, so that a seed gives the same answer on every Java runtime. */
    private static final String GENERATOR = "L64X128MixRandom";

    private final SamplingParameters parameters;
    private final int vocabulary;
    private final RandomGenerator random;
    private final Set<Integer> seen = new HashSet<>();
    private final Map<Integer, Integer> answered = new HashMap<>();

    /**
     * @param vocabulary tokens that may be chosen: ids from 0 on; a model's rows beyond its tokenizer's tokens name nothing
     * @param prompt the tokens before the answer
     */
    public Sampler(SamplingParameters parameters, int vocabulary, int[] prompt) {
        this.parameters = parameters;
        this.vocabulary = vocabulary;
        this.random = RandomGeneratorFactory.of(GENERATOR)
                .create(parameters
                        .seed()
                        .orElseGet(() -> ThreadLocalRandom.current().nextLong()));
        if (parameters.repetitionPenalty() != 1) {
            Arrays.stream(prompt).forEach(seen::add);
        }
    }

    /**
     * Chooses a token.
     *
     * @param logits those of the position start at {@code offset}; not changed
     */
    public int next(float[] logits, int offset) {
        float[] adjusted = Arrays.copyOfRange(logits, offset, offset + vocabulary);
        adjust(adjusted);
        int token = parameters.temperature() == 0 ? mostLikely(adjusted) : draw(adjusted);
        if (parameters.penalises()) {
            seen.add(token);
            answered.merge(token, 1, Integer::sum);
        }
        return token;
    }

    private void adjust(float[] logits) {
        parameters.logitBias().forEach((token, bias) -> {
            if (token < logits.length) {
                logits[token] += bias;
            }
        });
        float repetition = (float) parameters.repetitionPenalty();
        if (repetition != 1) {
            for (int token : seen) {
                if (token < logits.length) {
                    logits[token] = logits[token] > 0 ? logits[token] / repetition : logits[token] * repetition;
                }
            }
        }
        answered.forEach((token, times) ->
                logits[token] -= (float) (parameters.presencePenalty() + times * parameters.frequencyPenalty()));
    }

    /** The lowest of the ids with the highest logit. */
    private static int mostLikely(float[] logits) {
        int best = 0;
        for (int i = 1; i < logits.length; i++) {
            if (logits[i] > logits[best]) {
                best = i;
            }
        }
        return best;
    }

    private int draw(float[] logits) {
        float highest = logits[mostLikely(logits)];
        // Probabilities up to a common factor; the most likely token has 1.
        float[] weights = logits;
        double total = 0;
        for (int i = 0; i < weights.length; i++) {
            double weight = Math.exp((logits[i] - highest) / parameters.temperature());
            weights[i] = weight < parameters.minP() ? 0 : (float) weight;
            total += weights[i];
        }
        if (parameters.topK() == 0 && parameters.topP() >= 1) {
            return pick(weights, null, weights.length, total);
        }
        Heaviest heaviest = new Heaviest(weights);
        int[] order = new int[weights.length];
        int count = 0;
        double kept = 0;
        int limit = parameters.topK() == 0 ? weights.length : Math.min(parameters.topK(), weights.length);
        double wanted = parameters.topP() * total;
        // Top-p refers to what top-k leaves, so that both together keep at least what each would.
        if (parameters.topK() != 0 && parameters.topP() < 1) {
            wanted = parameters.topP() * new Heaviest(weights).sum(limit);
        }
        while (count < limit && (count == 0 || kept < wanted)) {
            int token = heaviest.poll();
            if (weights[token] == 0) {
                break;
            }
            order[count++] = token;
            kept += weights[token];
        }
        return pick(weights, order, count, kept);
    }

    private int pick(float[] weights, int @Nullable [] order, int count, double total) {
        double left = random.nextDouble() * total;
        int last = 0;
        for (int i = 0; i < count; i++) {
            int token = order == null ? i : order[i];
            if (weights[token] == 0) {
                continue;
            }
            last = token;
            left -= weights[token];
            if (left < 0) {
                break;
            }
        }
        return last;
    }
}
