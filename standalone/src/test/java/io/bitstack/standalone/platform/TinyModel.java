package io.bitstack.standalone.platform;

import io.bitstack.core.model.MatrixSpec;
import io.bitstack.core.model.ModelConfig;
import io.bitstack.core.model.VectorSpec;
import io.bitstack.core.safetensors.SafetensorsWriter;
import io.bitstack.core.tensor.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** A model directory of seeded random weights with the demo model's tokenizer: small enough to be compressed in seconds. */
public final class TinyModel {
    private static final String CONFIG = """
            {"architectures":["LlamaForCausalLM"],"model_type":"llama","hidden_act":"silu","hidden_size":64,
             "intermediate_size":128,"num_hidden_layers":2,"num_attention_heads":4,"num_key_value_heads":2,
             "vocab_size":4096,"max_position_embeddings":256,"tie_word_embeddings":true,"rms_norm_eps":1e-5,
             "bos_token_id":0,"eos_token_id":2}""";

    private TinyModel() {}

    public static Path demo() {
        return Path.of(System.getProperty("bitstack.repository", "..")).resolve("demo");
    }

    /**
     * Writes the model.
     *
     * @param poison whether one weight is not a number
     */
    public static Path write(Path directory, boolean poison) throws IOException {
        Files.createDirectories(directory);
        Files.writeString(directory.resolve("config.json"), CONFIG);
        for (String file : List.of("tokenizer.json", "tokenizer_config.json")) {
            Files.copy(demo().resolve("model").resolve(file), directory.resolve(file));
        }
        ModelConfig config = ModelConfig.parse(CONFIG);
        Random random = new Random(5);
        SafetensorsWriter writer = new SafetensorsWriter();
        for (VectorSpec spec : config.vectors()) {
            float[] ones = new float[spec.length()];
            Arrays.fill(ones, 1);
            writer.add(spec.name(), DType.F32, List.of(spec.length()), ones);
        }
        for (MatrixSpec spec : config.matrices()) {
            float[] values = new float[spec.rows() * spec.columns()];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) (random.nextGaussian() / Math.sqrt(spec.columns()));
            }
            if (poison && spec.name().contains("layers.1.mlp.down")) {
                values[77] = Float.NaN;
            }
            writer.add(spec.name(), DType.F32, List.of(spec.rows(), spec.columns()), values);
        }
        Files.write(directory.resolve("model.safetensors"), writer.toBytes());
        return directory;
    }
}
