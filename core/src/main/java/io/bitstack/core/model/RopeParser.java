package io.bitstack.core.model;

import static io.bitstack.core.model.ConfigParser.number;
import static io.bitstack.core.model.ModelError.CONFIG_INVALID;
import static io.bitstack.core.model.ModelError.UNSUPPORTED_ROPE;

import java.util.Locale;
import tools.jackson.databind.JsonNode;

/** Reads what config.json says about rotary position embedding, in its older and its newer spelling. */
final class RopeParser {
    private static final int MOST_TOKENS = 1 << 24;

    private final JsonNode root;
    private final JsonNode scaling;
    private final int contextTokens;

    /** @param contextTokens {@code max_position_embeddings} */
    RopeParser(JsonNode root, int contextTokens) {
        this.root = root;
        // Newer files keep everything in rope_parameters, older ones rope_theta beside rope_scaling.
        JsonNode parameters = root.path("rope_parameters");
        this.scaling = parameters.isObject() ? parameters : root.path("rope_scaling");
        this.contextTokens = contextTokens;
    }

    RopeScaling rope() {
        float theta = (float) number(scaling.has("rope_theta") ? scaling : root, "rope_theta", 10_000, 1, 1e12);
        double share = number(scaling.has("partial_rotary_factor") ? scaling : root, "partial_rotary_factor", 1, 0, 1);
        if (share != 1) {
            throw new ModelException(
                    UNSUPPORTED_ROPE,
                    "partial_rotary_factor %s is not supported; supported: 1, rotation of whole heads"
                            .formatted(share));
        }
        if (!scaling.isObject()) {
            return RopeScaling.plain(theta);
        }
        String type = scaling.path("rope_type").asString(scaling.path("type").asString("default"));
        return switch (type.toLowerCase(Locale.ROOT)) {
            case "default" -> RopeScaling.plain(theta);
            case "linear" -> new RopeScaling(theta, RopeScaling.Type.LINEAR, factor(), 1, 1, contextTokens, 1, true);
            case "dynamic" -> new RopeScaling(theta, RopeScaling.Type.DYNAMIC, factor(), 1, 1, contextTokens, 1, true);
            case "llama3" -> llama3(theta);
            case "yarn" -> yarn(theta);
            default ->
                throw new ModelException(
                        UNSUPPORTED_ROPE,
                        "the rope type '%s' is not supported; supported: default, linear, dynamic, llama3, yarn"
                                .formatted(type));
        };
    }

    private float factor() {
        if (!scaling.hasNonNull("factor")) {
            throw new ModelException(CONFIG_INVALID, "config.json: the rope scaling has no factor");
        }
        return (float) number(scaling, "factor", 1, 1, 1e6);
    }

    private int originalContextTokens(int otherwise) {
        return (int) number(scaling, "original_max_position_embeddings", otherwise, 1, MOST_TOKENS);
    }

    private RopeScaling llama3(float theta) {
        double low = number(scaling, "low_freq_factor", 1, 1e-6, 1e6);
        double high = number(scaling, "high_freq_factor", 4, 1e-6, 1e6);
        checkOrder(low, high, "low_freq_factor", "high_freq_factor");
        return new RopeScaling(
                theta,
                RopeScaling.Type.LLAMA3,
                factor(),
                (float) low,
                (float) high,
                originalContextTokens(8192),
                1,
                true);
    }

    private RopeScaling yarn(float theta) {
        double slow = number(scaling, "beta_slow", 1, 1e-6, 1e6);
        double fast = number(scaling, "beta_fast", 32, 1e-6, 1e6);
        checkOrder(slow, fast, "beta_slow", "beta_fast");
        if (theta <= 1) {
            throw new ModelException(CONFIG_INVALID, "config.json: yarn needs a rope_theta above 1");
        }
        float factor = factor();
        return new RopeScaling(
                theta,
                RopeScaling.Type.YARN,
                factor,
                (float) slow,
                (float) fast,
                originalContextTokens(contextTokens),
                (float) attentionFactor(factor),
                scaling.path("truncate").asBoolean(true));
    }

    /** What the file says, else the published default, 0.1 ln(factor) + 1. */
    private double attentionFactor(double factor) {
        double otherwise = magnitude(factor, 1);
        double above = number(scaling, "mscale", 0, 0, 1e3);
        double below = number(scaling, "mscale_all_dim", 0, 0, 1e3);
        if (above != 0 && below != 0) {
            otherwise = magnitude(factor, above) / magnitude(factor, below);
        }
        return number(scaling, "attention_factor", otherwise, 1e-6, 1e6);
    }

    private static double magnitude(double factor, double scale) {
        return factor <= 1 ? 1 : 0.1 * scale * Math.log(factor) + 1;
    }

    private static void checkOrder(double low, double high, String lowName, String highName) {
        if (high <= low) {
            throw new ModelException(
                    CONFIG_INVALID, "config.json: %s must be larger than %s".formatted(highName, lowName));
        }
    }
}
