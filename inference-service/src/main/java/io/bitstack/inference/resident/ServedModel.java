package io.bitstack.inference.resident;

import io.bitstack.core.model.ModelConfig;
import io.bitstack.core.stack.Digest;
import io.bitstack.core.tokenizer.Tokenizer;
import java.util.Optional;

/**
 * What does not change with the model's size.
 *
 * @param name the model's name in the registry
 * @param chatTemplate Jinja source, if the model has one
 * @param contextTokens tokens of all running requests together that the node has KV cache for
 */
public record ServedModel(
        String name,
        int version,
        Digest stack,
        ModelConfig config,
        Tokenizer tokenizer,
        Optional<String> chatTemplate,
        int contextTokens) {}
