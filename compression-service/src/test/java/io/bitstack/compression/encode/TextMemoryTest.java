package io.bitstack.compression.encode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bitstack.core.codec.PlainLinearAlgebra;
import io.bitstack.core.model.ModelConfig;
import io.bitstack.core.stack.FileBlobStore;
import io.bitstack.core.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TextMemoryTest {
    private static final Path REPOSITORY = Path.of(System.getProperty("bitstack.repository", ".."));

    @TempDir
    Path directory;

    private static ModelConfig shapes(int hidden, int intermediate, int layers, int keyValueHeads, int vocabulary) {
        return ModelConfig.parse("""
                {"architectures":["LlamaForCausalLM"],"model_type":"llama","hidden_size":%d,"intermediate_size":%d,
                 "num_hidden_layers":%d,"num_attention_heads":%d,"num_key_value_heads":%d,"vocab_size":%d,
                 "max_position_embeddings":131072,"rms_norm_eps":1e-5,"rope_theta":500000.0,"tie_word_embeddings":false,
                 "hidden_act":"silu","bos_token_id":0,"eos_token_id":1}""".formatted(hidden, intermediate, layers, hidden / 128, keyValueHeads, vocabulary));
    }

    private static final ModelConfig LLAMA_3_8B = shapes(4096, 14336, 32, 8, 128_256);
    private static final ModelConfig LLAMA_2_7B = shapes(4096, 11008, 32, 32, 32_000);
    private static final ModelConfig LLAMA_3_70B = shapes(8192, 28672, 80, 8, 128_256);

    private static void check(ModelConfig config, @Nullable String text, int windows, int contextTokens)
            throws IOException {
        Map<String, String> parameters = Map.of("calibrationWindows", Integer.toString(windows));
        TextMemory.check(
                new CompressionRequest(Path.of("none"), "nested", parameters, text, null, contextTokens, OrderMode.KL),
                new CodecParameters("nested", parameters),
                config,
                () -> Tokenizer.read(REPOSITORY.resolve("demo/model")));
    }

    @Test
    void whatIsUsualIsAllowed() throws IOException {
        for (ModelConfig config : new ModelConfig[] {LLAMA_3_8B, LLAMA_2_7B, LLAMA_3_70B}) {
            check(config, null, 32, 256);
            check(config, "a text", 8, 2048);
        }
        check(LLAMA_3_8B, null, 96, 2048);
    }

    @Test
    void tooManyWindowsAreRefusedWithWhatIsAllowed() throws IOException {
        assertThatThrownBy(() -> check(LLAMA_3_8B, null, 4096, 2048))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("calibrationWindows must be at most 123")
                .hasMessageContaining("contextTokens 2048, not 4096");
        assertThatThrownBy(() -> check(LLAMA_2_7B, null, 65, 256)).hasMessageContaining("must be at most 64 ");
        check(LLAMA_2_7B, null, 64, 256);
    }

    @Test
    void onlyWindowsThatTheTextFillsCount() throws IOException {
        String text = Files.readString(REPOSITORY.resolve("demo/text/calibration.txt"));
        check(LLAMA_2_7B, text.substring(0, 20_000), 4096, 256);
        assertThatThrownBy(() -> check(LLAMA_2_7B, text.repeat(1 + 600_000 / text.length()), 4096, 256))
                .hasMessageContaining("calibrationWindows must be at most 64 ");
    }

    @Test
    void aContextOfWhichNotOneWindowFitsIsRefused() throws IOException {
        assertThatThrownBy(() -> check(LLAMA_2_7B, "a text", 1, 32_768))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("contextTokens must be at most 16384 for this model, not 32768");
        assertThatThrownBy(() -> check(LLAMA_2_7B, null, 1, 16_384))
                .hasMessageContaining("where it writes its own calibration text");
        check(LLAMA_2_7B, "a text", 1, 16_384);
    }

    @ParameterizedTest
    @CsvSource({"256, 16, 10", "1024, 16, 2", "32768, 1, 1"})
    void sequencesAreWrittenAsManyAtATimeAsFit(int contextTokens, int ofLlama3, int ofLlama2) {
        assertThat(TextMemory.sequencesAtOnce(LLAMA_3_8B, contextTokens)).isEqualTo(ofLlama3);
        assertThat(TextMemory.sequencesAtOnce(LLAMA_2_7B, contextTokens)).isEqualTo(ofLlama2);
    }

    @Test
    void modelsThatAreTooLargeAreNotHeldDecoded() {
        assertThat(WorkerMemory.of(LLAMA_3_8B, Long.MAX_VALUE).decodedPrefixes())
                .isZero();
        assertThat(WorkerMemory.of(LLAMA_3_70B, Long.MAX_VALUE).decodedPrefixes())
                .isZero();
        ModelConfig smolLm2 = ModelConfig.parse("""
                {"architectures":["LlamaForCausalLM"],"model_type":"llama","hidden_size":576,"intermediate_size":1536,
                 "num_hidden_layers":30,"num_attention_heads":9,"num_key_value_heads":3,"vocab_size":49152,
                 "max_position_embeddings":8192,"rms_norm_eps":1e-5,"rope_theta":100000.0,"tie_word_embeddings":true,
                 "hidden_act":"silu","bos_token_id":0,"eos_token_id":1}""");
        assertThat(WorkerMemory.of(smolLm2, 1L << 30).decodedPrefixes())
                .as("within what every worker may hold")
                .isZero();
        assertThat(WorkerMemory.of(smolLm2, 4L << 30).decodedPrefixes())
                .as("with a heap of 4 GiB")
                .isEqualTo(4);
    }

    @Test
    void aCompressionIsRefusedBeforeTheModelIsRead() throws IOException {
        // No weights are there: only config.json is looked at.
        Path model = Files.createDirectory(directory.resolve("model"));
        Files.writeString(
                model.resolve("config.json"),
                Files.readString(REPOSITORY.resolve("demo/model/config.json"))
                        .replaceAll("\"max_position_embeddings\": *[0-9]+", "\"max_position_embeddings\":32768"));
        CompressionRequest request = new CompressionRequest(
                model, "nested", Map.of("calibrationWindows", "4096"), null, null, 32_768, OrderMode.KL);
        assertThatThrownBy(() -> new StackCompressor(new PlainLinearAlgebra(), 1)
                        .compress(request, new FileBlobStore(directory.resolve("blobs")), Progress.none(), () -> false))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("calibrationWindows must be at most");
        assertThatCode(() -> check(LLAMA_3_8B, null, 1, 16)).doesNotThrowAnyException();
    }
}
