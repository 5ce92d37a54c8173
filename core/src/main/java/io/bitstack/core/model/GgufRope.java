package io.bitstack.core.model;

import static io.bitstack.core.gguf.GgufError.ARCHITECTURE_UNSUPPORTED;

import io.bitstack.core.gguf.GgufException;
import io.bitstack.core.gguf.GgufFile;
import io.bitstack.core.gguf.GgufMetadata;
import io.bitstack.core.gguf.GgufTensor;
import tools.jackson.databind.node.ObjectNode;

/** Says in the words of config.json how a GGUF file wants positions rotated. */
final class GgufRope {
    private static final String FACTORS = "rope_freqs.weight";
    /** Of every model published with the llama3 scaling. */
    private static final int LLAMA3_CONTEXT = 8192;

    private static final double TOLERANCE = 1e-3;
    private static final int MOST = 1 << 24;

    private final GgufFile file;
    private final GgufMetadata metadata;
    private final GgufFamily family;
    private final int headSize;
    private final int contextTokens;

    GgufRope(GgufFile file, GgufFamily family, int headSize, int contextTokens) {
        this.file = file;
        this.metadata = file.metadata();
        this.family = family;
        this.headSize = headSize;
        this.contextTokens = contextTokens;
    }

    void describe(ObjectNode config) {
        double theta = metadata.number(family.key("rope.freq_base"), 1, 1e12).orElse(10_000);
        config.put("rope_theta", theta);
        String type = metadata.text(family.key("rope.scaling.type")).orElse("none");
        double factor =
                metadata.number(family.key("rope.scaling.factor"), 0, 1e6).orElse(0);
        if (file.tensors().containsKey(FACTORS)) {
            if (!type.equals("none")) {
                throw unsupported("both " + FACTORS + " and the rope scaling '" + type + "'");
            }
            llama3(config, (float) theta);
        } else if (type.equals("linear") || (type.equals("none") && factor > 1)) {
            ObjectNode scaling = config.putObject("rope_scaling");
            scaling.put("rope_type", "linear");
            scaling.put("factor", factor);
        } else if (type.equals("yarn")) {
            yarn(config, factor);
        } else if (!type.equals("none")) {
            throw unsupported("the rope scaling '" + type + "'");
        }
    }

    private void yarn(ObjectNode config, double factor) {
        ObjectNode scaling = config.putObject("rope_scaling");
        scaling.put("rope_type", "yarn");
        scaling.put("factor", factor);
        scaling.put(
                "original_max_position_embeddings",
                metadata.whole(family.key("rope.scaling.original_context_length"), 1, MOST)
                        .orElse(contextTokens));
        metadata.number(family.key("rope.scaling.yarn_beta_fast"), 1e-6, 1e6)
                .ifPresent(beta -> scaling.put("beta_fast", beta));
        metadata.number(family.key("rope.scaling.yarn_beta_slow"), 1e-6, 1e6)
                .ifPresent(beta -> scaling.put("beta_slow", beta));
        double share = metadata.number(family.key("rope.scaling.attn_factor"), 1e-6, 1e6)
                .orElse(1);
        if (share != 1) {
            throw unsupported("rope.scaling.attn_factor " + share);
        }
    }

    /** The file holds what each pair's frequency is divided by; config.json holds what that was computed from. */
    private void llama3(ObjectNode config, float theta) {
        GgufTensor tensor = file.tensors().get(FACTORS);
        if (tensor == null || tensor.elements() != headSize / 2) {
            throw unsupported(FACTORS + " of another length than half a head");
        }
        float[] divisors = new float[headSize / 2];
        file.read(tensor, 0, divisors, 0, divisors.length);
        float factor = 1;
        for (float divisor : divisors) {
            factor = Math.max(factor, divisor);
        }
        RopeScaling scaling = new RopeScaling(theta, RopeScaling.Type.LLAMA3, factor, 1, 4, LLAMA3_CONTEXT, 1, true);
        float[] scaled = scaling.inverseFrequencies(headSize, LLAMA3_CONTEXT);
        float[] plain = RopeScaling.plain(theta).inverseFrequencies(headSize, LLAMA3_CONTEXT);
        for (int i = 0; i < divisors.length; i++) {
            double expected = plain[i] / (double) scaled[i];
            if (!(Math.abs(divisors[i] - expected) <= TOLERANCE * expected)) {
                throw unsupported("%s whose value %d is %s, where the published scaling has %s"
                        .formatted(FACTORS, i, divisors[i], expected));
            }
        }
        if (factor == 1) {
            return;
        }
        ObjectNode json = config.putObject("rope_scaling");
        json.put("rope_type", "llama3");
        json.put("factor", factor);
        json.put("low_freq_factor", 1.0);
        json.put("high_freq_factor", 4.0);
        json.put("original_max_position_embeddings", LLAMA3_CONTEXT);
    }

    private GgufException unsupported(String what) {
        return new GgufException(
                ARCHITECTURE_UNSUPPORTED, "%s has %s, which is not supported".formatted(metadata.source(), what));
    }
}
