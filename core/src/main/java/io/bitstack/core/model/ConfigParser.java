package io.bitstack.core.model;

import static io.bitstack.core.model.ModelError.*;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reads config.json; every number has a bound, so that nothing later has to fear an overflow. */
final class ConfigParser {
    private static final long MAX_CONFIG_BYTES = 1 << 20;
    private static final JsonMapper JSON = JsonMapper.builder().build();

    /** What sets the supported families apart. */
    private enum Family {
        LlamaForCausalLM,
        MistralForCausalLM,
        Qwen2ForCausalLM,
        Qwen3ForCausalLM
    }

    private final JsonNode root;

    private ConfigParser(JsonNode root) {
        this.root = root;
    }

    static ModelConfig read(Path directory) {
        Path file = directory.resolve("config.json");
        if (!Files.isRegularFile(file)) {
            throw new ModelException(CONFIG_NOT_FOUND, "there is no config.json in " + directory);
        }
        try {
            if (Files.size(file) > MAX_CONFIG_BYTES) {
                throw new ModelException(CONFIG_INVALID, file + " is larger than " + MAX_CONFIG_BYTES + " bytes");
            }
            return parse(Files.readString(file));
        } catch (IOException e) {
            throw new ModelException(CONFIG_INVALID, file + " cannot be read: " + e.getMessage(), e);
        }
    }

    static ModelConfig parse(String json) {
        try {
            JsonNode root = JSON.readTree(json);
            if (!root.isObject()) {
                throw new ModelException(CONFIG_INVALID, "config.json is not a JSON object");
            }
            return new ConfigParser(root).config();
        } catch (JacksonException e) {
            throw new ModelException(CONFIG_INVALID, "config.json is not valid JSON: " + e.getOriginalMessage(), e);
        }
    }

    private ModelConfig config() {
        Family family = family();
        if (root.hasNonNull("quantization_config")) {
            throw new ModelException(
                    ALREADY_QUANTIZED,
                    "config.json has a quantization_config; only checkpoints in F32, F16 or BF16 can be compressed");
        }
        String activation = root.path("hidden_act").asString("silu");
        if (!activation.equals("silu") && !activation.equals("swish")) {
            throw new ModelException(
                    UNSUPPORTED_ACTIVATION,
                    "the activation '%s' is not supported; supported: silu".formatted(activation));
        }
        int hidden = integer("hidden_size", 1, 1 << 17);
        int heads = integer("num_attention_heads", 1, 1 << 12);
        int keyValueHeads = root.hasNonNull("num_key_value_heads") ? integer("num_key_value_heads", 1, heads) : heads;
        int headSize = root.hasNonNull("head_dim") ? integer("head_dim", 2, 1 << 12) : hidden / heads;
        if (heads % keyValueHeads != 0 || headSize % 2 != 0 || headSize == 0) {
            throw new ModelException(
                    CONFIG_INVALID,
                    "config.json: %d attention heads on %d key-value heads of size %d; the first must be a multiple of the"
                                    .formatted(heads, keyValueHeads, headSize)
                            + " second, and the size even");
        }
        int context = integer("max_position_embeddings", 1, 1 << 24);
        boolean attentionBias = bool("attention_bias", family == Family.Qwen2ForCausalLM);
        return new ModelConfig(
                family.name(),
                integer("vocab_size", 2, 1 << 21),
                hidden,
                integer("intermediate_size", 1, 1 << 19),
                integer("num_hidden_layers", 1, 1000),
                heads,
                keyValueHeads,
                headSize,
                context,
                (float) number("rms_norm_eps", 1e-6, 0, 1),
                rope(context),
                bool("tie_word_embeddings", false),
                attentionBias || family == Family.Qwen2ForCausalLM,
                attentionBias && family != Family.Qwen2ForCausalLM,
                bool("mlp_bias", false),
                family == Family.Qwen3ForCausalLM,
                slidingWindow(family),
                tokens("bos_token_id").stream().findFirst().orElse(-1),
                tokens("eos_token_id"));
    }

    private Family family() {
        String name = root.path("architectures").path(0).asString("");
        for (Family family : Family.values()) {
            if (family.name().equals(name)) {
                return family;
            }
        }
        throw new ModelException(
                UNSUPPORTED_ARCHITECTURE,
                "the architecture '%s' (model type '%s') is not supported; supported: %s"
                        .formatted(name, root.path("model_type").asString(""), List.of(Family.values())));
    }

    private int slidingWindow(Family family) {
        boolean used = switch (family) {
            case LlamaForCausalLM -> false;
            case MistralForCausalLM -> true;
            case Qwen2ForCausalLM, Qwen3ForCausalLM -> bool("use_sliding_window", false);
        };
        if (!used || !root.hasNonNull("sliding_window")) {
            return 0;
        }
        if (family != Family.MistralForCausalLM) {
            throw new ModelException(
                    UNSUPPORTED_ARCHITECTURE,
                    "%s with use_sliding_window is not supported; it is supported without".formatted(family));
        }
        return integer("sliding_window", 1, 1 << 24);
    }

    private RopeScaling rope(int context) {
        // Newer files keep everything in rope_parameters, older ones rope_theta beside rope_scaling.
        JsonNode parameters = root.path("rope_parameters");
        JsonNode scaling = parameters.isObject() ? parameters : root.path("rope_scaling");
        float theta = (float)
                (scaling.has("rope_theta")
                        ? number(scaling, "rope_theta", 10_000, 1, 1e12)
                        : number("rope_theta", 10_000, 1, 1e12));
        if (!scaling.isObject()) {
            return RopeScaling.plain(theta);
        }
        String type = scaling.path("rope_type").asString(scaling.path("type").asString("default"));
        return switch (type.toLowerCase(Locale.ROOT)) {
            case "default" -> RopeScaling.plain(theta);
            case "linear" ->
                new RopeScaling(
                        theta, RopeScaling.Type.LINEAR, (float) number(scaling, "factor", 1, 1, 1e6), 1, 1, context);
            case "llama3" -> {
                double low = number(scaling, "low_freq_factor", 1, 1e-6, 1e6);
                double high = number(scaling, "high_freq_factor", 4, 1e-6, 1e6);
                if (high <= low) {
                    throw new ModelException(
                            CONFIG_INVALID, "config.json: high_freq_factor must be larger than low_freq_factor");
                }
                yield new RopeScaling(
                        theta,
                        RopeScaling.Type.LLAMA3,
                        (float) number(scaling, "factor", 8, 1, 1e6),
                        (float) low,
                        (float) high,
                        (int) number(scaling, "original_max_position_embeddings", 8192, 1, 1 << 24));
            }
            default ->
                throw new ModelException(
                        UNSUPPORTED_ROPE,
                        "the rope type '%s' is not supported; supported: default, linear, llama3".formatted(type));
        };
    }

    private List<Integer> tokens(String key) {
        List<Integer> tokens = new ArrayList<>();
        JsonNode node = root.path(key);
        if (node.isArray()) {
            node.forEach(token -> tokens.add(token.asInt(-1)));
        } else if (node.isInt()) {
            tokens.add(node.asInt());
        }
        return tokens;
    }

    private boolean bool(String key, boolean otherwise) {
        return root.path(key).asBoolean(otherwise);
    }

    private int integer(String key, int low, int high) {
        JsonNode node = root.path(key);
        if (!node.isIntegralNumber() || !node.canConvertToInt() || node.asInt() < low || node.asInt() > high) {
            throw new ModelException(
                    CONFIG_INVALID,
                    "config.json: %s must be a whole number between %d and %d, but is %s"
                            .formatted(key, low, high, node.isMissingNode() ? "missing" : node));
        }
        return node.asInt();
    }

    private double number(String key, double otherwise, double low, double high) {
        return number(root, key, otherwise, low, high);
    }

    private static double number(JsonNode parent, String key, double otherwise, double low, double high) {
        JsonNode node = parent.path(key);
        if (node.isMissingNode() || node.isNull()) {
            return otherwise;
        }
        double value = node.asDouble(Double.NaN);
        if (!(value >= low && value <= high)) {
            throw new ModelException(
                    CONFIG_INVALID,
                    "config.json: %s must be a number between %s and %s, but is %s".formatted(key, low, high, node));
        }
        return value;
    }
}
