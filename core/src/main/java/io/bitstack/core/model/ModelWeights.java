package io.bitstack.core.model;

import io.bitstack.core.safetensors.Checkpoint;
import io.bitstack.core.tensor.FloatMatrix;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * An immutable snapshot of all weights of a model; a forward pass is handed one and uses it to its end, whatever becomes of the
 * model meanwhile. Memory segments behind it must live as long as it is used. Safe for many threads.
 */
public final class ModelWeights {
    private static final float[] NONE = new float[0];

    private final ModelConfig config;
    private final Map<String, WeightMatrix> matrices;
    private final Map<String, float[]> vectors;
    private final List<DecoderLayer> layers;

    private ModelWeights(ModelConfig config, Map<String, WeightMatrix> matrices, Map<String, float[]> vectors) {
        this.config = config;
        this.matrices = matrices;
        this.vectors = vectors;
        List<DecoderLayer> all = new ArrayList<>();
        for (int i = 0; i < config.layers(); i++) {
            all.add(layer(i));
        }
        this.layers = List.copyOf(all);
    }

    /**
     * Puts a model together.
     *
     * @param matrices every {@link ModelConfig#matrices()} by name
     * @param vectors every {@link ModelConfig#vectors()} by name
     * @throws ModelException {@code WEIGHTS_MISMATCH} if one is missing or has the wrong shape
     */
    public static ModelWeights of(
            ModelConfig config, Map<String, WeightMatrix> matrices, Map<String, float[]> vectors) {
        for (MatrixSpec spec : config.matrices()) {
            WeightMatrix matrix = matrices.get(spec.name());
            if (matrix == null || matrix.rows() != spec.rows() || matrix.columns() != spec.columns()) {
                throw mismatch(
                        spec.name(),
                        spec.rows() + " × " + spec.columns(),
                        matrix == null ? "missing" : matrix.rows() + " × " + matrix.columns());
            }
        }
        for (VectorSpec spec : config.vectors()) {
            float[] vector = vectors.get(spec.name());
            if (vector == null || vector.length != spec.length()) {
                throw mismatch(spec.name(), spec.length() + "", vector == null ? "missing" : vector.length + "");
            }
        }
        return new ModelWeights(config, Map.copyOf(matrices), Map.copyOf(vectors));
    }

    /**
     * The weights of a checkpoint, in place: matrices stay where they are, in their own element type. Reads every number once, to be
     * sure that all are finite.
     *
     * @throws io.bitstack.core.safetensors.SafetensorsException if a tensor is missing, has the wrong shape or is not finite
     */
    public static ModelWeights dense(ModelConfig config, Checkpoint checkpoint) {
        for (MatrixSpec spec : config.matrices()) {
            checkpoint.requireShape(spec.name(), List.of(spec.rows(), spec.columns()));
            checkpoint.requireFinite(spec.name());
        }
        return denseOfChecked(config, checkpoint);
    }

    /** The same of a checkpoint whose numbers are looked at elsewhere: reads none of a matrix. */
    public static ModelWeights denseOfChecked(ModelConfig config, Checkpoint checkpoint) {
        Map<String, WeightMatrix> matrices = new HashMap<>();
        for (MatrixSpec spec : config.matrices()) {
            checkpoint.requireShape(spec.name(), List.of(spec.rows(), spec.columns()));
            matrices.put(spec.name(), new MappedWeight(spec.rows(), spec.columns(), checkpoint.tensor(spec.name())));
        }
        return of(config, matrices, vectors(config, checkpoint));
    }

    private static Map<String, float[]> vectors(ModelConfig config, Checkpoint checkpoint) {
        Map<String, float[]> vectors = new HashMap<>();
        for (VectorSpec spec : config.vectors()) {
            vectors.put(spec.name(), checkpoint.vector(spec.name(), spec.length()));
        }
        return vectors;
    }

    /** The weights of a checkpoint as {@link #dense} gives them, with every matrix converted to floats once and for all. */
    public static ModelWeights denseDecoded(ModelConfig config, Checkpoint checkpoint) {
        Map<String, WeightMatrix> decoded = new HashMap<>();
        for (MatrixSpec spec : config.matrices()) {
            // Looks at shape and numbers too.
            decoded.put(spec.name(), new FloatWeight(checkpoint.matrix(spec.name(), spec.rows(), spec.columns())));
        }
        return of(config, decoded, vectors(config, checkpoint));
    }

    /** The same weights with one matrix replaced by a decoded one. */
    public ModelWeights with(String matrix, FloatMatrix replacement) {
        return with(Map.of(matrix, new FloatWeight(replacement)));
    }

    /** The same weights with some matrices replaced by decoded ones, by name. */
    public ModelWeights withDecoded(Map<String, FloatMatrix> replacements) {
        Map<String, FloatWeight> weights = new HashMap<>();
        replacements.forEach((name, matrix) -> weights.put(name, new FloatWeight(matrix)));
        return with(weights);
    }

    /** The same weights with some matrices replaced. @throws ModelException if the model has none of that name and shape */
    public ModelWeights with(Map<String, ? extends WeightMatrix> replacements) {
        Map<String, WeightMatrix> changed = new HashMap<>(matrices);
        replacements.forEach((name, matrix) -> {
            if (changed.put(name, matrix) == null) {
                throw mismatch(name, "a matrix of the model", "unknown to it");
            }
        });
        return of(config, changed, vectors);
    }

    private static ModelException mismatch(String name, String wanted, String found) {
        return new ModelException(
                ModelError.WEIGHTS_MISMATCH, "'%s' must be %s, but is %s".formatted(name, wanted, found));
    }

    private DecoderLayer layer(int i) {
        return new DecoderLayer(
                vector(i, "input_layernorm.weight"),
                vector(i, "post_attention_layernorm.weight"),
                WeightGroup.of(
                        matrix(ModelLayout.layer(i, "self_attn.q_proj.weight")),
                        matrix(ModelLayout.layer(i, "self_attn.k_proj.weight")),
                        matrix(ModelLayout.layer(i, "self_attn.v_proj.weight"))),
                matrix(ModelLayout.layer(i, "self_attn.o_proj.weight")),
                WeightGroup.of(
                        matrix(ModelLayout.layer(i, "mlp.gate_proj.weight")),
                        matrix(ModelLayout.layer(i, "mlp.up_proj.weight"))),
                matrix(ModelLayout.layer(i, "mlp.down_proj.weight")),
                vector(i, "self_attn.q_proj.bias"),
                vector(i, "self_attn.k_proj.bias"),
                vector(i, "self_attn.v_proj.bias"),
                vector(i, "self_attn.o_proj.bias"),
                vector(i, "mlp.gate_proj.bias"),
                vector(i, "mlp.up_proj.bias"),
                vector(i, "mlp.down_proj.bias"),
                vector(i, "self_attn.q_norm.weight"),
                vector(i, "self_attn.k_norm.weight"));
    }

    private float[] vector(int layer, String rest) {
        return vectors.getOrDefault(ModelLayout.layer(layer, rest), NONE);
    }

    public ModelConfig config() {
        return config;
    }

    /** @throws ModelException {@code WEIGHTS_MISMATCH} if the model has no matrix of that name */
    public WeightMatrix matrix(String name) {
        WeightMatrix matrix = matrices.get(name);
        if (matrix == null) {
            throw mismatch(name, "a matrix of the model", "unknown to it");
        }
        return matrix;
    }

    List<DecoderLayer> layers() {
        return layers;
    }

    WeightMatrix embedding() {
        return matrix(ModelLayout.EMBEDDING);
    }

    WeightMatrix head() {
        return matrix(config.tiedEmbeddings() ? ModelLayout.EMBEDDING : ModelLayout.HEAD);
    }

    float[] finalNorm() {
        return vectors.getOrDefault(ModelLayout.FINAL_NORM, NONE);
    }
}
