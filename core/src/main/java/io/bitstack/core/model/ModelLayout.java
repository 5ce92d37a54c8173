package io.bitstack.core.model;

import java.util.ArrayList;
import java.util.List;

/** Names and shapes of everything a model is made of, in the Hugging Face layout that all supported families share. */
final class ModelLayout {
    static final String EMBEDDING = "model.embed_tokens.weight";
    static final String HEAD = "lm_head.weight";
    static final String FINAL_NORM = "model.norm.weight";
    static final String HEAD_INPUT = "head";
    static final String EMBEDDING_INPUT = "embed";

    private ModelLayout() {}

    static String layer(int layer, String rest) {
        return "model.layers." + layer + "." + rest;
    }

    static String input(int layer, String kind) {
        return "layers." + layer + "." + kind;
    }

    static List<MatrixSpec> matrices(ModelConfig c) {
        List<MatrixSpec> all = new ArrayList<>();
        String embeddingInput = c.tiedEmbeddings() ? HEAD_INPUT : EMBEDDING_INPUT;
        all.add(new MatrixSpec(EMBEDDING, c.vocabularySize(), c.hiddenSize(), embeddingInput));
        for (int i = 0; i < c.layers(); i++) {
            add(all, i, "self_attn.q_proj", c.querySize(), c.hiddenSize(), "attn");
            add(all, i, "self_attn.k_proj", c.keyValueSize(), c.hiddenSize(), "attn");
            add(all, i, "self_attn.v_proj", c.keyValueSize(), c.hiddenSize(), "attn");
            add(all, i, "self_attn.o_proj", c.hiddenSize(), c.querySize(), "o");
            add(all, i, "mlp.gate_proj", c.intermediateSize(), c.hiddenSize(), "mlp");
            add(all, i, "mlp.up_proj", c.intermediateSize(), c.hiddenSize(), "mlp");
            add(all, i, "mlp.down_proj", c.hiddenSize(), c.intermediateSize(), "down");
        }
        if (!c.tiedEmbeddings()) {
            all.add(new MatrixSpec(HEAD, c.vocabularySize(), c.hiddenSize(), HEAD_INPUT));
        }
        return all;
    }

    private static void add(List<MatrixSpec> all, int layer, String part, int rows, int columns, String input) {
        all.add(new MatrixSpec(layer(layer, part + ".weight"), rows, columns, input(layer, input)));
    }

    static List<VectorSpec> vectors(ModelConfig c) {
        List<VectorSpec> all = new ArrayList<>();
        for (int i = 0; i < c.layers(); i++) {
            all.add(new VectorSpec(layer(i, "input_layernorm.weight"), c.hiddenSize()));
            all.add(new VectorSpec(layer(i, "post_attention_layernorm.weight"), c.hiddenSize()));
            if (c.queryKeyValueBias()) {
                all.add(new VectorSpec(layer(i, "self_attn.q_proj.bias"), c.querySize()));
                all.add(new VectorSpec(layer(i, "self_attn.k_proj.bias"), c.keyValueSize()));
                all.add(new VectorSpec(layer(i, "self_attn.v_proj.bias"), c.keyValueSize()));
            }
            if (c.outputBias()) {
                all.add(new VectorSpec(layer(i, "self_attn.o_proj.bias"), c.hiddenSize()));
            }
            if (c.mlpBias()) {
                all.add(new VectorSpec(layer(i, "mlp.gate_proj.bias"), c.intermediateSize()));
                all.add(new VectorSpec(layer(i, "mlp.up_proj.bias"), c.intermediateSize()));
                all.add(new VectorSpec(layer(i, "mlp.down_proj.bias"), c.hiddenSize()));
            }
            if (c.queryKeyNorm()) {
                all.add(new VectorSpec(layer(i, "self_attn.q_norm.weight"), c.headSize()));
                all.add(new VectorSpec(layer(i, "self_attn.k_norm.weight"), c.headSize()));
            }
        }
        all.add(new VectorSpec(FINAL_NORM, c.hiddenSize()));
        return all;
    }
}
