package io.bitstack.inference.sampling;

import java.util.Map;
import java.util.OptionalLong;

/**
 * How the next token is chosen. The caller has checked the bounds.
 *
 * @param temperature logits are divided by it; 0 takes the most likely token, whatever the members after it say
 * @param topK only the k most likely tokens may be chosen; 0 = all
 * @param topP only the most likely tokens that together reach this probability, in (0, 1]
 * @param minP only tokens at least this times as likely as the most likely one, in [0, 1]
 * @param repetitionPenalty logits of tokens seen in prompt or answer are divided (if positive) or multiplied by it; 1 = none
 * @param presencePenalty subtracted from the logits of tokens that the answer holds
 * @param frequencyPenalty subtracted from a logit once for each time that the answer holds the token
 * @param logitBias added to logits, by token
 * @param seed equal seeds give equal answers; random if empty
 */
public record SamplingParameters(
        double temperature,
        int topK,
        double topP,
        double minP,
        double repetitionPenalty,
        double presencePenalty,
        double frequencyPenalty,
        Map<Integer, Float> logitBias,
        OptionalLong seed) {
    /** Always the most likely token. */
    public static final SamplingParameters GREEDY =
            new SamplingParameters(0, 0, 1, 0, 1, 0, 0, Map.of(), OptionalLong.empty());

    public SamplingParameters {
        logitBias = Map.copyOf(logitBias);
    }

    /** The same for another answer to the same prompt: a seed gives each answer a number sequence of its own. */
    public SamplingParameters forAnswer(int index) {
        return index == 0 || seed.isEmpty()
                ? this
                : new SamplingParameters(
                        temperature,
                        topK,
                        topP,
                        minP,
                        repetitionPenalty,
                        presencePenalty,
                        frequencyPenalty,
                        logitBias,
                        OptionalLong.of(seed.getAsLong() + index));
    }

    boolean penalises() {
        return repetitionPenalty != 1 || presencePenalty != 0 || frequencyPenalty != 0;
    }
}
