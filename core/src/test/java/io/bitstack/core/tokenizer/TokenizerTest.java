package io.bitstack.core.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class TokenizerTest {
    private static final Path REPOSITORY = Path.of(System.getProperty("bitstack.repository", ".."));

    @Test
    void theDemoModelsReference() throws IOException {
        Path model = REPOSITORY.resolve("demo/model");
        JsonNode reference =
                JsonMapper.shared().readTree(model.resolve("reference.json").toFile());
        int[] wanted =
                reference.path("tokens").valueStream().mapToInt(JsonNode::asInt).toArray();
        int[] tokens = Tokenizer.read(model).encode(reference.path("text").asString(), false);
        // The reference starts with <|begin|>, which tokenizer_config.json asks for and tokenizer.json does not add.
        assertThat(tokens).isEqualTo(Arrays.copyOfRange(wanted, 1, wanted.length));
    }

    @ParameterizedTest
    @ValueSource(strings = {"gpt2", "llama2"})
    void sharedCases(String family) throws IOException {
        Path folder = REPOSITORY.resolve("../shared/data/tokenizers").resolve(family);
        assumeTrue(Files.isDirectory(folder), () -> "skipped: there is no " + folder);
        Tokenizer tokenizer = Tokenizer.read(folder);
        String[] inputs = Files.readString(folder.resolve("cases.inp")).split("\n__ggml_vocab_test__\n", -1);
        String[] outputs = Files.readString(folder.resolve("cases.out")).split("\n", -1);
        assertThat(inputs).hasSizeGreaterThan(40);
        for (int i = 0; i < inputs.length - 1; i++) {
            int[] wanted = outputs[i].isBlank()
                    ? new int[0]
                    : Arrays.stream(outputs[i].strip().split(" "))
                            .mapToInt(Integer::parseInt)
                            .toArray();
            int[] actual = tokenizer.encode(inputs[i], false);
            assertThat(actual).as("case %d: '%s'", i, inputs[i]).isEqualTo(wanted);
        }
    }

    @Test
    void anyTextComesBack() throws IOException {
        Tokenizer tokenizer = Tokenizer.read(REPOSITORY.resolve("demo/model"));
        Random random = new Random(8);
        for (int round = 0; round < 500; round++) {
            StringBuilder text = new StringBuilder();
            int length = random.nextInt(40);
            for (int i = 0; i < length; i++) {
                int codePoint = random.nextBoolean() ? random.nextInt(128) : random.nextInt(0x11000);
                if (codePoint < 0xD800 || codePoint > 0xDFFF) {
                    text.appendCodePoint(codePoint);
                }
            }
            int[] ids = tokenizer.encode(text.toString(), false);
            assertThat(tokenizer.decode(ids, false)).isEqualTo(text.toString());
        }
    }

    @Test
    void aStreamNeverShowsHalfACharacter() throws IOException {
        Tokenizer tokenizer = Tokenizer.read(REPOSITORY.resolve("demo/model"));
        String text = "naïve 😀 – 東京";
        int[] ids = tokenizer.encode(text, false);
        TokenStream stream = tokenizer.stream(true);
        StringBuilder seen = new StringBuilder();
        for (int id : ids) {
            String part = stream.accept(id);
            assertThat(part).doesNotContain("\uFFFD");
            seen.append(part);
            assertThat(text).startsWith(seen.toString());
        }
        assertThat(seen.append(stream.finish()).toString()).isEqualTo(text);
    }

    @Test
    void specialTokensAreFoundAndSkipped() throws IOException {
        Tokenizer tokenizer = Tokenizer.read(REPOSITORY.resolve("demo/model"));
        int[] ids = tokenizer.encode("<|im_start|>user\nHi<|im_end|>", false);
        assertThat(ids[0]).isEqualTo(3);
        assertThat(ids[ids.length - 1]).isEqualTo(4);
        assertThat(tokenizer.decode(ids, true)).isEqualTo("user\nHi");
        assertThat(tokenizer.isSpecial(3)).isTrue();
        assertThat(tokenizer.id("<|im_end|>")).hasValue(4);
    }

    @Test
    void aLongWordIsNoProblem() throws IOException {
        Tokenizer tokenizer = Tokenizer.read(REPOSITORY.resolve("demo/model"));
        String word = "ab".repeat(200_000);
        assertThat(tokenizer.decode(tokenizer.encode(word, false), false)).isEqualTo(word);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{",
                "{\"model\":{\"type\":\"Unigram\"}}",
                "{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":[\"a b\"]}}",
                "{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":[\"a\"]}}",
                "{\"model\":{\"type\":\"BPE\",\"vocab\":{},\"merges\":[]},\"normalizer\":{\"type\":\"Bert\"}}",
                "{\"model\":{\"type\":\"BPE\",\"vocab\":{},\"merges\":[]},\"pre_tokenizer\":{\"type\":\"Magic\"}}",
                "{\"model\":{\"type\":\"BPE\",\"vocab\":{},\"merges\":[]},\"decoder\":{\"type\":\"WordPiece\"}}"
            })
    void whatIsNotSupportedIsNamed(String json) {
        assertThatThrownBy(() -> Tokenizer.parse(json.getBytes(StandardCharsets.UTF_8)))
                .isInstanceOf(TokenizerException.class);
    }
}
