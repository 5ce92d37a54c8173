package io.bitstack.core.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModelConfigTest {
    private static final String LLAMA = """
            {"architectures":["LlamaForCausalLM"],"model_type":"llama","hidden_act":"silu","hidden_size":64,
             "intermediate_size":172,"num_hidden_layers":5,"num_attention_heads":8,"num_key_value_heads":4,
             "vocab_size":512,"max_position_embeddings":512,"rms_norm_eps":1e-5,"rope_theta":10000.0,
             "rope_scaling":null,"tie_word_embeddings":true,"bos_token_id":1,"eos_token_id":[2,3]}""";

    @Test
    void readsALlama() {
        ModelConfig config = ModelConfig.parse(LLAMA);
        assertThat(config.headSize()).isEqualTo(8);
        assertThat(config.keyValueSize()).isEqualTo(32);
        assertThat(config.eosTokens()).containsExactly(2, 3);
        assertThat(config.tiedEmbeddings()).isTrue();
        assertThat(config.matrices()).hasSize(1 + 7 * 5);
        assertThat(config.vectors()).hasSize(2 * 5 + 1);
        assertThat(config.toManifest().weights()).isEqualTo(512 * 64 + 5L * (2 * 64 * 64 + 2 * 32 * 64 + 3 * 172 * 64));
    }

    @Test
    void anUntiedHeadIsAMatrixOfItsOwn() {
        ModelConfig config =
                ModelConfig.parse(LLAMA.replace("\"tie_word_embeddings\":true", "\"tie_word_embeddings\":false"));
        assertThat(config.matrices().getFirst().input()).isEqualTo("embed");
        assertThat(config.matrices().getLast()).isEqualTo(new MatrixSpec("lm_head.weight", 512, 64, "head"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "UNSUPPORTED_ARCHITECTURE | \"LlamaForCausalLM\"        | \"GPTNeoXForCausalLM\"   | GPTNeoXForCausalLM",
                "UNSUPPORTED_ACTIVATION   | \"silu\"                    | \"gelu_new\"             | gelu_new",
                "UNSUPPORTED_ROPE         | \"rope_scaling\":null       | \"rope_scaling\":{\"rope_type\":\"longrope\",\"factor\":4} | longrope",
                "UNSUPPORTED_ROPE         | \"rope_scaling\":null       | \"partial_rotary_factor\":0.5 | partial_rotary_factor",
                "UNSUPPORTED_ARCHITECTURE | \"model_type\":\"llama\"    | \"model_type\":\"llama4\"    | llama4",
                "CONFIG_INVALID           | \"rope_scaling\":null       | \"rope_scaling\":{\"rope_type\":\"dynamic\"} | factor",
                "CONFIG_INVALID           | \"rope_scaling\":null       | \"rope_scaling\":{\"rope_type\":\"yarn\",\"factor\":4,\"beta_fast\":1} | beta_fast",
                "ALREADY_QUANTIZED        | \"rope_scaling\":null       | \"quantization_config\":{\"bits\":4} | quantization_config",
                "CONFIG_INVALID           | \"hidden_size\":64          | \"hidden_size\":-1       | hidden_size",
                "CONFIG_INVALID           | \"vocab_size\":512,         | ``                       | vocab_size",
                "CONFIG_INVALID           | \"num_key_value_heads\":4   | \"num_key_value_heads\":3 | heads",
                "CONFIG_INVALID           | \"num_hidden_layers\":5     | \"num_hidden_layers\":1e9 | num_hidden_layers",
                "CONFIG_INVALID           | {                           | [                        | JSON",
            })
    void namesWhatIsNotSupported(ModelError code, String from, String to, String word) {
        ModelException e = catchThrowableOfType(ModelException.class, () -> ModelConfig.parse(LLAMA.replace(from, to)));
        assertThat(e).isNotNull();
        assertThat(e.code()).isEqualTo(code);
        assertThat(e).hasMessageContaining(word);
        if (code.name().startsWith("UNSUPPORTED")) {
            assertThat(e).hasMessageContaining("supported: ");
        }
    }

    @Test
    void windowsGoByLayer() {
        String qwen = LLAMA.replace("LlamaForCausalLM", "Qwen2ForCausalLM")
                .replace("\"llama\"", "\"qwen2\",\"sliding_window\":16,\"max_window_layers\":3");
        assertThat(ModelConfig.parse(qwen).windowTokens()).containsExactly(0, 0, 0, 0, 0);
        String used = qwen.replace("\"sliding_window\"", "\"use_sliding_window\":true,\"sliding_window\"");
        assertThat(ModelConfig.parse(used).windowTokens()).containsExactly(0, 0, 0, 16, 16);
        String full = "\"full_attention\",\"sliding_attention\",\"full_attention\",\"sliding_attention\",";
        String typed = used.replace(
                "\"max_window_layers\"", "\"layer_types\":[" + full + "\"full_attention\"],\"max_window_layers\"");
        assertThat(ModelConfig.parse(typed).windowTokens()).containsExactly(0, 16, 0, 16, 0);
        ModelException unknown = catchThrowableOfType(
                ModelException.class,
                () -> ModelConfig.parse(typed.replace("\"sliding_attention\"", "\"linear_attention\"")));
        assertThat(unknown).hasMessageContaining("linear_attention").hasMessageContaining("supported: ");
    }

    @Test
    void dynamicScalingLengthensTheContext() {
        ModelConfig config = ModelConfig.parse(
                LLAMA.replace("\"rope_scaling\":null", "\"rope_scaling\":{\"type\":\"dynamic\",\"factor\":2}"));
        assertThat(config.contextTokens()).isEqualTo(1024);
        RopeScaling rope = config.rope();
        assertThat(rope.inverseFrequencies(8, rope.frequencyTokens(100)))
                .as("within the context of training nothing changes")
                .isEqualTo(RopeScaling.plain(10_000).inverseFrequencies(8, 1));
        assertThat(rope.inverseFrequencies(8, rope.frequencyTokens(1024))[3])
                .isLessThan(rope.inverseFrequencies(8, 512)[3]);
    }

    @Test
    void aModelTypeIsEnough() {
        assertThat(ModelConfig.parse(LLAMA.replace("\"architectures\":[\"LlamaForCausalLM\"],", ""))
                        .architecture())
                .isEqualTo("LlamaForCausalLM");
    }

    @Test
    void saysThatTheConfigIsMissing(@TempDir Path directory) {
        assertThat(catchThrowableOfType(ModelException.class, () -> ModelConfig.read(directory))
                        .code())
                .isEqualTo(ModelError.CONFIG_NOT_FOUND);
    }
}
