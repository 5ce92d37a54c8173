package io.bitstack.inference.openai;

import io.bitstack.core.tokenizer.Tokenizer;
import io.bitstack.inference.engine.RequestCode;
import io.bitstack.inference.engine.RequestException;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The body of {@code POST /v1/completions}.
 *
 * @param prompt its text, or null if it was given as tokens
 * @param promptTokens its tokens, or null if it was given as text
 * @param echo whether the prompt is part of the answer
 * @param scores whether log probabilities are wanted, with {@code alternatives} of the most likely tokens
 */
record CompletionRequest(
        Options options,
        @Nullable String prompt,
        int @Nullable [] promptTokens,
        int maxTokens,
        boolean echo,
        boolean scores,
        int alternatives) {
    /** What OpenAI's own service takes if nothing is said. */
    private static final long USUAL_TOKENS = 16;

    private static final int MOST_TOKENS = 1 << 20;

    static CompletionRequest read(JsonNode body) {
        Fields fields = new Fields(body, "");
        Options options = Options.read(fields);
        boolean echo = fields.flag("echo");
        int maxTokens = fields.integer("max_tokens", echo ? 0 : 1, Integer.MAX_VALUE)
                .orElse(USUAL_TOKENS)
                .intValue();
        Long alternatives = fields.integer("logprobs", 0, 20).orElse(null);
        fields.only("best_of", "1");
        fields.only("suffix", "\"\"");
        JsonNode prompt = prompt(fields);
        int[] tokens = prompt.isArray() ? tokens(fields, prompt) : null;
        fields.finish();
        return new CompletionRequest(
                options,
                tokens == null ? prompt.asString() : null,
                tokens,
                maxTokens,
                echo,
                alternatives != null,
                alternatives == null ? 0 : alternatives.intValue());
    }

    /** A string or an array of token ids; an array of one of these is the same. */
    private static JsonNode prompt(Fields fields) {
        JsonNode value = fields.get("prompt");
        if (value == null) {
            throw new RequestException(RequestCode.MISSING_PARAMETER, "prompt", "'prompt' is missing");
        }
        if (value.isArray() && !value.isEmpty() && !value.get(0).isNumber()) {
            if (value.size() > 1) {
                throw new RequestException(
                        RequestCode.UNSUPPORTED_PARAMETER,
                        "prompt",
                        "one prompt a request is supported, not %d; send them one by one".formatted(value.size()));
            }
            value = value.get(0);
        }
        if (!value.isString() && !value.isArray()) {
            throw fields.invalid("prompt", "must be a string or an array of token ids");
        }
        return value;
    }

    private static int[] tokens(Fields fields, JsonNode value) {
        if (value.size() > MOST_TOKENS) {
            throw fields.invalid("prompt", "must have at most %d tokens".formatted(MOST_TOKENS));
        }
        int[] tokens = new int[value.size()];
        for (int i = 0; i < tokens.length; i++) {
            JsonNode token = value.get(i);
            if (!token.isIntegralNumber() || !token.canConvertToInt() || token.asInt() < 0) {
                throw fields.invalid("prompt", "must be a string or an array of token ids");
            }
            tokens[i] = token.asInt();
        }
        return tokens;
    }

    /** The prompt's tokens. @throws RequestException if a token is not in the vocabulary */
    int[] encode(Tokenizer tokenizer) {
        if (promptTokens == null) {
            return tokenizer.encode(text(), true);
        }
        for (int token : promptTokens) {
            if (token >= tokenizer.vocabularySize()) {
                throw new RequestException(
                        RequestCode.INVALID_VALUE,
                        "prompt",
                        "token %d is not in the vocabulary of %d".formatted(token, tokenizer.vocabularySize()));
            }
        }
        return promptTokens;
    }

    /** How many of the prompt's first tokens stand for nothing that the client wrote. */
    int addedTokens(Tokenizer tokenizer) {
        return promptTokens == null
                ? tokenizer.encode(text(), true).length - tokenizer.encode(text(), false).length
                : 0;
    }

    String echoed(Tokenizer tokenizer) {
        return promptTokens == null ? text() : tokenizer.decode(promptTokens, false);
    }

    private String text() {
        return prompt == null ? "" : prompt;
    }
}
