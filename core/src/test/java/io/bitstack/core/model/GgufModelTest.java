package io.bitstack.core.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.bitstack.core.gguf.GgufBytes;
import io.bitstack.core.gguf.GgufError;
import io.bitstack.core.gguf.GgufException;
import io.bitstack.core.gguf.GgufSplitter;
import io.bitstack.core.kernel.RowPool;
import io.bitstack.core.safetensors.Checkpoint;
import io.bitstack.core.safetensors.StoredTensor;
import io.bitstack.core.tensor.BFloat16;
import io.bitstack.core.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A GGUF file is the model that a Hugging Face directory of it is: tiny ones made by make.py beside them, and a real one. */
class GgufModelTest {
    private static final Map<String, String> CONFIGS = Map.of("llama", """
                              {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "vocab_size": 279, "bos_token_id": 1, "eos_token_id": 2,
                               "rope_scaling": {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
                                                "original_max_position_embeddings": 8192}, "tie_word_embeddings": false,\
                              """, "qwen2", """
                              {"architectures": ["Qwen2ForCausalLM"], "model_type": "qwen2", "vocab_size": 264, "eos_token_id": 263,
                               "tie_word_embeddings": true,\
                              """);
    private static final String SHAPE = """
        "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4,
         "num_key_value_heads": 2, "max_position_embeddings": 256, "rms_norm_eps": 1e-5, "rope_theta": 500000.0}
        """;

    @TempDir
    Path directory;

    private static Path gguf(String name) throws Exception {
        return Path.of(Objects.requireNonNull(GgufModelTest.class.getResource("/gguf/" + name))
                .toURI());
    }

    private Path huggingFace(String name) throws Exception {
        Files.copy(gguf(name + ".safetensors"), directory.resolve("model.safetensors"));
        Files.writeString(directory.resolve("config.json"), CONFIGS.get(name) + SHAPE);
        return directory;
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama", "qwen2"})
    void isTheSameModelAsItsDirectory(String name) throws Exception {
        assertTwins(gguf(name + ".gguf"), huggingFace(name));
    }

    /** Converters write a Mistral as a llama with a sliding window, here of fewer tokens than there are. */
    @Test
    void aMistralIsTheSameModelAsItsDirectory() throws Exception {
        Path twin = huggingFace("llama");
        Files.writeString(twin.resolve("config.json"), """
                {"architectures": ["MistralForCausalLM"], "model_type": "mistral", "vocab_size": 279, "bos_token_id": 1, "eos_token_id": 2,
                 "sliding_window": 16, "tie_word_embeddings": false,\
                """ + SHAPE);
        Path file = GgufSplitter.changed(
                gguf("llama.gguf"),
                directory.resolve("mistral.gguf"),
                Map.of("llama.attention.sliding_window", 16L),
                "rope_freqs.weight");
        assertThat(ModelConfig.read(file).architecture()).isEqualTo("MistralForCausalLM");
        assertTwins(file, twin);
    }

    private static void assertTwins(Path file, Path twin) throws Exception {
        ModelConfig config = ModelConfig.read(file);
        assertThat(config).isEqualTo(ModelConfig.read(twin));
        try (Checkpoint ours = ModelSource.at(file).open();
                Checkpoint theirs = ModelSource.at(twin).open()) {
            assertThat(ours.names()).isEqualTo(theirs.names());
            assertThat(ours.sizeBytes()).isEqualTo(Files.size(file));
            for (MatrixSpec spec : config.matrices()) {
                assertThat(ours.matrix(spec.name(), spec.rows(), spec.columns()).data())
                        .as(spec.name())
                        .isEqualTo(theirs.matrix(spec.name(), spec.rows(), spec.columns())
                                .data());
            }
            for (VectorSpec spec : config.vectors()) {
                assertThat(ours.vector(spec.name(), spec.length()))
                        .as(spec.name())
                        .isEqualTo(theirs.vector(spec.name(), spec.length()));
            }
            int[] tokens = TestModels.randomTokens(config, 60, 3);
            assertThat(largestDifference(config, ours, theirs, tokens)).isLessThan(1e-4);
        }
    }

    /** As the published Python package splits it. */
    @Test
    void aModelInThreeFilesIsTheModelInOne() throws Exception {
        Path file = gguf("llama.gguf");
        Path part = gguf("split-00002-of-00003.gguf");
        assertThat(ModelSource.isGguf(part)).isTrue();
        assertThat(ModelSource.ggufFiles(part))
                .containsExactly(gguf("split-00001-of-00003.gguf"), part, gguf("split-00003-of-00003.gguf"));
        assertThat(ModelConfig.read(part)).isEqualTo(ModelConfig.read(file));
        assertThat(ModelSource.at(part).smallFiles())
                .usingRecursiveComparison()
                .isEqualTo(ModelSource.at(file).smallFiles());
        assertThat(Tokenizer.read(part).encode("the hat", true))
                .isEqualTo(Tokenizer.read(file).encode("the hat", true));
        try (Checkpoint split = ModelSource.at(part).open();
                Checkpoint whole = ModelSource.at(file).open()) {
            assertThat(split.names()).isEqualTo(whole.names());
            for (MatrixSpec spec : ModelConfig.read(file).matrices()) {
                assertThat(split.matrix(spec.name(), spec.rows(), spec.columns())
                                .data())
                        .as(spec.name())
                        .isEqualTo(whole.matrix(spec.name(), spec.rows(), spec.columns())
                                .data());
            }
        }
    }

    /**
     * Two environment variables name the file and the directory of the same model, whose weights were rounded to bfloat16 when it
     * was made; so are those of the file here, since that rounding alone moves logits by 0.2.
     */
    @Test
    void aRealFileGivesTheLogitsOfItsDirectory() throws IOException {
        String file = System.getenv("BITSTACK_TEST_GGUF");
        String twin = System.getenv("BITSTACK_TEST_GGUF_DIRECTORY");
        assumeTrue(
                file != null && twin != null,
                "set BITSTACK_TEST_GGUF to a GGUF file and BITSTACK_TEST_GGUF_DIRECTORY to the same model's directory");
        ModelConfig config = ModelConfig.read(Path.of(file));
        ModelConfig twinConfig = ModelConfig.read(Path.of(twin));
        assertThat(config).isEqualTo(twinConfig);
        Tokenizer ours = Tokenizer.read(Path.of(file));
        Tokenizer theirs = Tokenizer.read(Path.of(twin));
        String text = Files.readString(TestModels.repository().resolve("demo/text/heldout.txt"));
        assertThat(ours.encode(text, true)).isEqualTo(theirs.encode(text, true));
        String chat = "<|im_start|>user\nIt's 1234 o'clock, naïve 日本語 🙂<|im_end|>\n";
        assertThat(ours.encode(chat, true)).isEqualTo(theirs.encode(chat, true));
        assertThat(ours.decode(ours.encode(chat, false), false)).isEqualTo(chat);
        JsonNode ourConfig = JsonMapper.shared()
                .readTree(ModelSource.at(Path.of(file)).smallFiles().get("tokenizer_config.json"));
        JsonNode theirConfig =
                JsonMapper.shared().readTree(Files.readString(Path.of(twin).resolve("tokenizer_config.json")));
        assertThat(ourConfig.path("chat_template")).isEqualTo(theirConfig.path("chat_template"));
        try (Checkpoint a = ModelSource.at(Path.of(file)).open();
                Checkpoint b = ModelSource.at(Path.of(twin)).open()) {
            int[] tokens = Arrays.copyOf(ours.encode(text, true), 64);
            assertThat(largestDifference(config, rounded(a), b, tokens)).isLessThan(2e-2);
        }
    }

    private static Checkpoint rounded(Checkpoint checkpoint) {
        List<Rounded> tensors = checkpoint.names().stream()
                .map(name -> new Rounded(checkpoint.tensor(name)))
                .toList();
        return Checkpoint.of("turned", tensors, checkpoint.sizeBytes(), () -> {});
    }

    private record Rounded(StoredTensor tensor) implements StoredTensor {
        @Override
        public String name() {
            return tensor.name();
        }

        @Override
        public List<Integer> shape() {
            return tensor.shape();
        }

        @Override
        public String source() {
            return tensor.source();
        }

        @Override
        public void read(long first, float[] out, int offset, int count) {
            tensor.read(first, out, offset, count);
            for (int i = offset; i < offset + count; i++) {
                out[i] = BFloat16.toFloat(BFloat16.fromFloat(out[i]));
            }
        }
    }

    private static double largestDifference(ModelConfig config, Checkpoint a, Checkpoint b, int[] tokens) {
        float[] first = logits(config, a, tokens);
        float[] second = logits(config, b, tokens);
        assertThat(first).hasSize(tokens.length * config.vocabularySize());
        double worst = 0;
        for (int i = 0; i < first.length; i++) {
            worst = Math.max(worst, Math.abs(first[i] - second[i]));
        }
        return worst;
    }

    private static float[] logits(ModelConfig config, Checkpoint checkpoint, int[] tokens) {
        return new Transformer(config, RowPool.SINGLE)
                .forward(
                        ModelWeights.dense(config, checkpoint),
                        tokens,
                        new KvCache(config, tokens.length),
                        LogitsWanted.ALL);
    }

    @Test
    void otherModelsAreRefusedWithTheirName() throws IOException {
        assertRefused(GgufBytes.start(0, 1).entry("general.architecture", "gemma3"), "'gemma3'");
        assertRefused(
                GgufBytes.start(0, 2).entry("general.architecture", "llama").entry("llama.expert_count", 8),
                "mixture of experts");
        assertRefused(
                shape(8).entry("llama.attention.key_length", 8).entry("llama.rope.dimension_count", 4),
                "rotation of 4 elements");
        assertRefused(shape(7).entry("llama.rope.scaling.type", "longrope"), "no tensor 'token_embd.weight'");
        assertRefused(
                GgufBytes.start(0, 3)
                        .entry("general.architecture", "llama")
                        .entry("llama.embedding_length", 8)
                        .list("llama.attention.head_count", 4, 2)
                        .word32(1)
                        .word32(2),
                "differs from layer to layer");
        GgufException missing = refusal(GgufBytes.start(0, 1).entry("general.architecture", "llama"));
        assertThat(missing.code()).isEqualTo(GgufError.METADATA_INVALID);
        assertThat(missing.getMessage()).contains("llama.embedding_length", "missing");
    }

    private static GgufBytes shape(int entries) {
        return GgufBytes.start(0, entries)
                .entry("general.architecture", "llama")
                .entry("llama.embedding_length", 8)
                .entry("llama.attention.head_count", 1)
                .entry("llama.context_length", 16)
                .entry("llama.feed_forward_length", 8)
                .entry("llama.block_count", 1);
    }

    private void assertRefused(GgufBytes file, String said) throws IOException {
        GgufException e = refusal(file);
        assertThat(e.code()).as(e.getMessage()).isEqualTo(GgufError.ARCHITECTURE_UNSUPPORTED);
        assertThat(e.getMessage()).contains("x.gguf", said);
    }

    private GgufException refusal(GgufBytes file) throws IOException {
        Path path = Files.write(directory.resolve("x.gguf"), file.bytes());
        return catchThrowableOfType(GgufException.class, () -> ModelConfig.read(path));
    }

    @Test
    void carriesWhatADirectoryWouldHave() throws Exception {
        var files = ModelSource.at(gguf("llama.gguf")).smallFiles();
        assertThat(files.keySet()).containsExactly("config.json", "tokenizer.json", "tokenizer_config.json");
        assertThat(ModelConfig.parse(new String(files.get("config.json"), StandardCharsets.UTF_8)))
                .isEqualTo(ModelConfig.read(gguf("llama.gguf")));
        JsonNode config = JsonMapper.shared().readTree(files.get("tokenizer_config.json"));
        assertThat(config.path("chat_template").asString()).contains("m['content']");
        assertThat(config.path("bos_token").asString()).isEqualTo("<s>");
        assertThat(config.path("add_bos_token").asBoolean()).isTrue();
        assertThat(ModelSource.at(gguf("llama.gguf")).smallFiles().get("tokenizer.json"))
                .isEqualTo(files.get("tokenizer.json"));
    }
}
