package io.bitstack.inference.openai;

import io.bitstack.core.tokenizer.Tokenizer;
import io.bitstack.inference.engine.RequestCode;
import io.bitstack.inference.engine.RequestException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * One prompt of a completion, as text or as tokens.
 *
 * @param text null if it was given as tokens
 * @param tokens null if it was given as text
 */
record CompletionPrompt(@Nullable String text, int @Nullable [] tokens) {
    private static final int MOST_TOKENS = 1 << 20;
    private static final String FORMS = "must be a string or an array of token ids, or an array of several of these";

    /** A string, an array of token ids, or an array of several of these. */
    static List<CompletionPrompt> readAll(Fields fields) {
        JsonNode value = fields.get("prompt");
        if (value == null) {
            throw new RequestException(RequestCode.MISSING_PARAMETER, "prompt", "'prompt' is missing");
        }
        if (!value.isArray() || value.isEmpty() || value.get(0).isNumber()) {
            return List.of(read(fields, value));
        }
        if (value.size() > Options.MOST_CHOICES) {
            throw fields.invalid(
                    "prompt", "must have at most %d prompts, not %d".formatted(Options.MOST_CHOICES, value.size()));
        }
        List<CompletionPrompt> prompts = new ArrayList<>();
        for (JsonNode prompt : value) {
            prompts.add(read(fields, prompt));
        }
        return prompts;
    }

    private static CompletionPrompt read(Fields fields, JsonNode value) {
        if (value.isString()) {
            return new CompletionPrompt(value.asString(), null);
        }
        if (!value.isArray()) {
            throw fields.invalid("prompt", FORMS);
        }
        if (value.size() > MOST_TOKENS) {
            throw fields.invalid("prompt", "must have at most %d tokens".formatted(MOST_TOKENS));
        }
        int[] tokens = new int[value.size()];
        for (int i = 0; i < tokens.length; i++) {
            JsonNode token = value.get(i);
            if (!token.isIntegralNumber() || !token.canConvertToInt() || token.asInt() < 0) {
                throw fields.invalid("prompt", FORMS);
            }
            tokens[i] = token.asInt();
        }
        return new CompletionPrompt(null, tokens);
    }

    /** The prompt's tokens. @throws RequestException if a token is not in the vocabulary */
    int[] encode(Tokenizer tokenizer) {
        if (tokens == null) {
            return tokenizer.encode(words(), true);
        }
        for (int token : tokens) {
            if (token >= tokenizer.vocabularySize()) {
                throw new RequestException(
                        RequestCode.INVALID_VALUE,
                        "prompt",
                        "token %d is not in the vocabulary of %d".formatted(token, tokenizer.vocabularySize()));
            }
        }
        return tokens;
    }

    /** How many of the prompt's first tokens stand for nothing that the client wrote. */
    int addedTokens(Tokenizer tokenizer) {
        return tokens == null ? tokenizer.encode(words(), true).length - tokenizer.encode(words(), false).length : 0;
    }

    String echoed(Tokenizer tokenizer) {
        return tokens == null ? words() : tokenizer.decode(tokens, false);
    }

    private String words() {
        return text == null ? "" : text;
    }
}
