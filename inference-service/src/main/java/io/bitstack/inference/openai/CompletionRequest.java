package io.bitstack.inference.openai;

import io.bitstack.inference.engine.GenerationRequest;
import java.util.List;
import tools.jackson.databind.JsonNode;

/**
 * The body of {@code POST /v1/completions}.
 *
 * @param echo whether the prompt is part of the answer
 * @param scores whether log probabilities are wanted, with {@code alternatives} of the most likely tokens
 */
record CompletionRequest(
        Options options,
        List<CompletionPrompt> prompts,
        int maxTokens,
        boolean echo,
        boolean scores,
        int alternatives) {
    /** What OpenAI's own service takes if nothing is said. */
    private static final long USUAL_TOKENS = 16;

    CompletionRequest {
        prompts = List.copyOf(prompts);
    }

    static CompletionRequest read(JsonNode body) {
        Fields fields = new Fields(body, "");
        Options options = Options.read(fields);
        boolean echo = fields.flag("echo");
        int maxTokens = fields.integer("max_tokens", echo ? 0 : 1, Integer.MAX_VALUE)
                .orElse(USUAL_TOKENS)
                .intValue();
        Long alternatives = fields.integer("logprobs", 0, 20).orElse(null);
        fields.only("best_of", Integer.toString(options.choices()));
        fields.only("suffix", "\"\"");
        List<CompletionPrompt> prompts = CompletionPrompt.readAll(fields);
        if (prompts.size() * options.choices() > Options.MOST_CHOICES) {
            throw fields.invalid(
                    "n",
                    "asks for %d answers to each of %d prompts, but a request may have %d answers in all; send several"
                            .formatted(options.choices(), prompts.size(), Options.MOST_CHOICES));
        }
        return new CompletionRequest(
                options,
                prompts,
                maxTokens,
                echo,
                alternatives != null,
                alternatives == null ? 0 : alternatives.intValue());
    }

    /** What the engine is to do for one of the prompts, as its answer {@code index}. */
    GenerationRequest generation(int[] prompt, int index) {
        return new GenerationRequest(
                prompt,
                Math.min(maxTokens, Integer.MAX_VALUE - prompt.length),
                options.stop(),
                options.sampling().forAnswer(index),
                scores,
                alternatives,
                echo && scores);
    }
}
