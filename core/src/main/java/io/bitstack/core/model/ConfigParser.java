package io.bitstack.core.model;

import static io.bitstack.core.model.ModelError.*;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reads config.json; every number has a bound, so that nothing later has to fear an overflow. */
final class ConfigParser {
    private static final long MAX_CONFIG_BYTES = 1 << 20;
    private static final JsonMapper JSON = JsonMapper.builder().build();

    /** What sets the supported families apart. */
    private enum Family {
        LlamaForCausalLM("llama"),
        MistralForCausalLM("mistral"),
        Qwen2ForCausalLM("qwen2"),
        Qwen3ForCausalLM("qwen3");

        private final String modelType;

        Family(String modelType) {
            this.modelType = modelType;
        }
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
        int positions = integer("max_position_embeddings", 1, 1 << 24);
        RopeScaling rope = new RopeParser(root, positions).rope();
        if (rope.type() == RopeScaling.Type.DYNAMIC && headSize < 4) {
            throw new ModelException(CONFIG_INVALID, "config.json: dynamic rope scaling needs heads of at least 4");
        }
        // Dynamic scaling is for sequences longer than the positions of training, which this member then gives.
        int context = rope.type() == RopeScaling.Type.DYNAMIC
                ? (int) Math.min((double) positions * rope.factor(), 1 << 24)
                : positions;
        int layers = integer("num_hidden_layers", 1, 1000);
        boolean attentionBias = bool("attention_bias", family == Family.Qwen2ForCausalLM);
        return new ModelConfig(
                family.name(),
                integer("vocab_size", 2, 1 << 21),
                hidden,
                integer("intermediate_size", 1, 1 << 19),
                layers,
                heads,
                keyValueHeads,
                headSize,
                context,
                (float) number("rms_norm_eps", 1e-6, 0, 1),
                rope,
                bool("tie_word_embeddings", false),
                attentionBias || family == Family.Qwen2ForCausalLM,
                attentionBias && family != Family.Qwen2ForCausalLM,
                bool("mlp_bias", false),
                family == Family.Qwen3ForCausalLM,
                windows(family, layers),
                tokens("bos_token_id").stream().findFirst().orElse(-1),
                tokens("eos_token_id"));
    }

    /** By the class name in {@code architectures}; what {@code model_type} says must agree with it, or stands alone. */
    private Family family() {
        String name = root.path("architectures").path(0).asString("");
        String type = root.path("model_type").asString("");
        for (Family family : Family.values()) {
            if (name.isEmpty() ? family.modelType.equals(type) : family.name().equals(name)) {
                if (type.isEmpty() || family.modelType.equals(type)) {
                    return family;
                }
            }
        }
        throw new ModelException(
                UNSUPPORTED_ARCHITECTURE,
                "the architecture '%s' with model_type '%s' is not supported; supported: %s"
                        .formatted(
                                name,
                                type,
                                Arrays.stream(Family.values())
                                        .map(family -> family.name() + " (" + family.modelType + ")")
                                        .collect(Collectors.joining(", "))));
    }

    /** How many of the latest positions a token sees in each layer; 0 = all. */
    private List<Integer> windows(Family family, int layers) {
        boolean used = switch (family) {
            case LlamaForCausalLM -> false;
            case MistralForCausalLM -> true;
            case Qwen2ForCausalLM, Qwen3ForCausalLM -> bool("use_sliding_window", false);
        };
        if (!used || !root.hasNonNull("sliding_window")) {
            return Collections.nCopies(layers, 0);
        }
        int window = integer("sliding_window", 1, 1 << 24);
        if (family == Family.MistralForCausalLM) {
            return Collections.nCopies(layers, window);
        }
        if (root.hasNonNull("layer_types")) {
            return windowsByType(window, layers);
        }
        int first = root.hasNonNull("max_window_layers") ? integer("max_window_layers", 0, 1 << 24) : 28;
        return IntStream.range(0, layers)
                .map(i -> i >= first ? window : 0)
                .boxed()
                .toList();
    }

    private List<Integer> windowsByType(int window, int layers) {
        JsonNode types = root.path("layer_types");
        if (!types.isArray() || types.size() != layers) {
            throw new ModelException(
                    CONFIG_INVALID, "config.json: layer_types must be an array of %d names".formatted(layers));
        }
        List<Integer> windows = new ArrayList<>();
        for (JsonNode type : types) {
            windows.add(
                    switch (type.asString("")) {
                        case "full_attention" -> 0;
                        case "sliding_attention" -> window;
                        default ->
                            throw new ModelException(
                                    UNSUPPORTED_ARCHITECTURE,
                                    "the layer type %s is not supported; supported: full_attention, sliding_attention"
                                            .formatted(type));
                    });
        }
        return windows;
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

    static double number(JsonNode parent, String key, double otherwise, double low, double high) {
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
