package io.bitstack.inference.engine;

import io.bitstack.inference.sampling.SamplingParameters;
import java.util.List;

/**
 * What to generate.
 *
 * @param prompt token ids, at least one
 * @param maxTokens tokens to generate at most; 0 only scores the prompt
 * @param stop texts that end the answer and are not part of it
 * @param scores whether each token comes with its log probability
 * @param alternatives how many of the most likely tokens are named with it
 * @param scorePrompt whether the prompt's tokens are scored too
 */
public record GenerationRequest(
        int[] prompt,
        int maxTokens,
        List<String> stop,
        SamplingParameters sampling,
        boolean scores,
        int alternatives,
        boolean scorePrompt) {
    public GenerationRequest {
        stop = List.copyOf(stop);
    }

    /** Tokens that the sequence may come to hold. */
    int capacityTokens() {
        return prompt.length + maxTokens;
    }
}
