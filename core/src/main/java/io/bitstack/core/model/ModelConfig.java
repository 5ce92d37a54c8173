package io.bitstack.core.model;

import io.bitstack.core.stack.StackManifest;
import java.nio.file.Path;
import java.util.List;

/**
 * The shape of a decoder-only transformer, as config.json gives it.
 *
 * @param architecture the class name in config.json, {@code LlamaForCausalLM} and the like
 * @param attentionHeads query heads
 * @param keyValueHeads key and value heads; divides {@code attentionHeads}
 * @param headSize elements of a head, even
 * @param contextTokens longest context the model was made for
 * @param tiedEmbeddings whether the LM head is the embedding matrix
 * @param queryKeyValueBias whether q, k and v projections have biases
 * @param outputBias whether the o projection has a bias
 * @param mlpBias whether gate, up and down projections have biases
 * @param queryKeyNorm whether each head of q and k is normalised before the rotation (Qwen3)
 * @param windowTokens by layer: how many of the latest positions, its own included, a token sees; 0 = all
 * @param bosToken the token that starts a text, or -1
 * @param eosTokens the tokens that end one
 */
public record ModelConfig(
        String architecture,
        int vocabularySize,
        int hiddenSize,
        int intermediateSize,
        int layers,
        int attentionHeads,
        int keyValueHeads,
        int headSize,
        int contextTokens,
        float normEpsilon,
        RopeScaling rope,
        boolean tiedEmbeddings,
        boolean queryKeyValueBias,
        boolean outputBias,
        boolean mlpBias,
        boolean queryKeyNorm,
        List<Integer> windowTokens,
        int bosToken,
        List<Integer> eosTokens) {
    public ModelConfig {
        windowTokens = List.copyOf(windowTokens);
        eosTokens = List.copyOf(eosTokens);
    }

    /**
     * Reads {@code config.json} in a checkpoint directory, or what a GGUF file says instead.
     *
     * @throws ModelException if it is not there, not valid, or of a kind that is not supported
     */
    public static ModelConfig read(Path directory) {
        return ModelSource.at(directory).config();
    }

    /** Parses the text of a config.json. @throws ModelException if it is not valid, or of a kind that is not supported */
    public static ModelConfig parse(String json) {
        return ConfigParser.parse(json);
    }

    /** Elements of all query heads of a token. */
    public int querySize() {
        return attentionHeads * headSize;
    }

    /** Elements of all key heads of a token. */
    public int keyValueSize() {
        return keyValueHeads * headSize;
    }

    /** All weight matrices that a stack holds, embeddings first. */
    public List<MatrixSpec> matrices() {
        return ModelLayout.matrices(this);
    }

    /** The weight matrices of one decoder layer. */
    public List<MatrixSpec> matricesOfLayer(int layer) {
        String prefix = ModelLayout.layer(layer, "");
        return matrices().stream()
                .filter(matrix -> matrix.name().startsWith(prefix))
                .toList();
    }

    /** All tensors that are kept whole: norms and biases. */
    public List<VectorSpec> vectors() {
        return ModelLayout.vectors(this);
    }

    /** What a manifest says about the shape. */
    public StackManifest.Model toManifest() {
        return new StackManifest.Model(
                architecture,
                matrices().stream().mapToLong(MatrixSpec::weights).sum(),
                layers,
                hiddenSize,
                intermediateSize,
                attentionHeads,
                keyValueHeads,
                headSize,
                vocabularySize,
                contextTokens);
    }
}
