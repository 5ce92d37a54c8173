package io.bitstack.core.model;

import static io.bitstack.core.gguf.GgufError.ARCHITECTURE_UNSUPPORTED;

import io.bitstack.core.gguf.GgufException;
import io.bitstack.core.gguf.GgufFile;
import io.bitstack.core.gguf.GgufMetadata;
import io.bitstack.core.gguf.GgufTensor;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Set;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Says in the words of config.json what a GGUF file says of its model. */
final class GgufConfig {
    private static final int MOST = Integer.MAX_VALUE;

    private final GgufFile file;
    private final GgufMetadata metadata;
    private final GgufFamily family;

    private GgufConfig(GgufFile file) {
        this.file = file;
        this.metadata = file.metadata();
        this.family = GgufFamily.of(metadata);
    }

    /** The text of a config.json; its numbers are checked by whoever reads it. */
    static String json(GgufFile file) {
        return new GgufConfig(file).config().toString();
    }

    private ObjectNode config() {
        if (metadata.whole(key("expert_count"), 0, MOST).orElse(0) > 0) {
            throw new GgufException(
                    ARCHITECTURE_UNSUPPORTED,
                    "%s holds a mixture of experts, which is not supported".formatted(metadata.source()));
        }
        int hidden = integer("embedding_length");
        int heads = integer("attention.head_count");
        int headSize = headSize(hidden, heads);
        int context = integer("context_length");
        ObjectNode config = JsonMapper.shared().createObjectNode();
        config.putArray("architectures").add(family.architecture(metadata));
        config.put("model_type", family.modelType(metadata));
        config.put("hidden_act", "silu");
        config.put("vocab_size", vocabularySize());
        config.put("hidden_size", hidden);
        config.put("intermediate_size", integer("feed_forward_length"));
        config.put("num_hidden_layers", integer("block_count"));
        config.put("num_attention_heads", heads);
        config.put("num_key_value_heads", optional("attention.head_count_kv", heads));
        config.put("head_dim", headSize);
        config.put("max_position_embeddings", context);
        config.put(
                "rms_norm_eps",
                metadata.number(key("attention.layer_norm_rms_epsilon"), 0, 1).orElse(1e-6));
        config.put("tie_word_embeddings", !file.tensors().containsKey("output.weight"));
        config.put("attention_bias", family.hasBias() || has("blk.0.attn_q.bias"));
        config.put("mlp_bias", has("blk.0.ffn_gate.bias"));
        int window = optional("attention.sliding_window", 0);
        if (window > 0) {
            config.put("sliding_window", window);
        }
        new GgufRope(file, family, headSize, context).describe(config);
        tokens(config);
        return config;
    }

    private String key(String rest) {
        return family.key(rest);
    }

    /** A number that is the same for all layers. */
    private int integer(String rest) {
        if (metadata.isList(key(rest))) {
            Set<Long> all = new HashSet<>(metadata.wholes(key(rest)));
            if (all.size() != 1) {
                throw new GgufException(
                        ARCHITECTURE_UNSUPPORTED,
                        "%s: %s differs from layer to layer, which is not supported"
                                .formatted(metadata.source(), key(rest)));
            }
            return Math.toIntExact(Math.clamp(all.iterator().next(), 0, MOST));
        }
        return metadata.integer(key(rest), 1, MOST);
    }

    private int optional(String rest, int otherwise) {
        return metadata.has(key(rest)) && !metadata.isList(key(rest))
                ? metadata.integer(key(rest), 0, MOST)
                : metadata.has(key(rest)) ? integer(rest) : otherwise;
    }

    private int headSize(int hidden, int heads) {
        int keys = optional("attention.key_length", hidden / heads);
        int values = optional("attention.value_length", keys);
        int rotated = optional("rope.dimension_count", keys);
        if (keys != values || rotated != keys) {
            throw new GgufException(
                    ARCHITECTURE_UNSUPPORTED,
                    "%s has keys of %d, values of %d and a rotation of %d elements a head; supported: all the same"
                            .formatted(metadata.source(), keys, values, rotated));
        }
        return keys;
    }

    private boolean has(String tensor) {
        return file.tensors().containsKey(tensor);
    }

    /** By the tensor, which some files have with more rows than they list tokens. */
    private int vocabularySize() {
        GgufTensor embedding = file.tensors().get("token_embd.weight");
        if (embedding == null) {
            throw new GgufException(
                    ARCHITECTURE_UNSUPPORTED,
                    metadata.source() + " has no tensor 'token_embd.weight': it is no language model");
        }
        return embedding.shape().getFirst();
    }

    private void tokens(ObjectNode config) {
        metadata.whole("tokenizer.ggml.bos_token_id", 0, MOST).ifPresent(id -> config.put("bos_token_id", id));
        metadata.whole("tokenizer.ggml.padding_token_id", 0, MOST).ifPresent(id -> config.put("pad_token_id", id));
        Set<Long> ends = new LinkedHashSet<>();
        for (String end : new String[] {"eos", "eot", "eom"}) {
            metadata.whole("tokenizer.ggml." + end + "_token_id", 0, MOST).ifPresent(ends::add);
        }
        if (ends.size() == 1) {
            config.put("eos_token_id", ends.iterator().next());
        } else if (!ends.isEmpty()) {
            ends.forEach(config.putArray("eos_token_id")::add);
        }
    }
}
