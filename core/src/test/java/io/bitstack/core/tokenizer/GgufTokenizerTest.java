package io.bitstack.core.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.bitstack.core.gguf.GgufBytes;
import io.bitstack.core.gguf.GgufError;
import io.bitstack.core.gguf.GgufException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Tokenizers of GGUF files, against a naive SentencePiece, against published tokenizers and by hand. */
class GgufTokenizerTest {
    private static final List<String> WORDS = List.of(
            "▁", "e", "t", "a", "o", "n", "h", "s", "r", "th", "he", "▁t", "▁a", "▁th", "▁the", "on", "an", "er", "▁s",
            "es");

    @TempDir
    Path directory;

    private static Tokenizer of(String name) throws Exception {
        return Tokenizer.read(Path.of(Objects.requireNonNull(GgufTokenizerTest.class.getResource("/gguf/" + name))
                .toURI()));
    }

    @Test
    void sentencePieceJoinsTheBestScoreFirst() throws Exception {
        Tokenizer tokenizer = of("llama.gguf");
        Random random = new Random(5);
        String letters = "etaonhsr the anes x\nü";
        for (int trial = 0; trial < 500; trial++) {
            StringBuilder text = new StringBuilder();
            for (int i = random.nextInt(20); i >= 0; i--) {
                text.append(letters.charAt(random.nextInt(letters.length())));
            }
            int[] tokens = tokenizer.encode(text.toString(), false);
            assertThat(tokens).as(text.toString()).containsExactly(naive(text.toString()));
            assertThat(tokenizer.decode(tokens, true)).isEqualTo(text.toString());
        }
        assertThat(tokenizer.encode("the", true)[0]).isEqualTo(1);
        assertThat(tokenizer.isSpecial(2)).isTrue();
    }

    /** SentencePiece as its paper describes it: join the neighbours whose union has the best score, the leftmost of equals. */
    private static int[] naive(String text) {
        List<String> parts = new ArrayList<>();
        ("▁" + text.replace(' ', '▁')).codePoints().forEach(c -> parts.add(Character.toString(c)));
        while (true) {
            int best = -1;
            for (int i = 0; i + 1 < parts.size(); i++) {
                int score = WORDS.indexOf(parts.get(i) + parts.get(i + 1));
                if (score >= 0 && (best < 0 || score > WORDS.indexOf(parts.get(best) + parts.get(best + 1)))) {
                    best = i;
                }
            }
            if (best < 0) {
                break;
            }
            parts.set(best, parts.get(best) + parts.remove(best + 1));
        }
        List<Integer> ids = new ArrayList<>();
        for (String part : parts) {
            if (WORDS.contains(part)) {
                ids.add(259 + WORDS.indexOf(part));
            } else {
                for (byte b : part.getBytes(StandardCharsets.UTF_8)) {
                    ids.add(3 + (b & 255));
                }
            }
        }
        return ids.stream().mapToInt(Integer::intValue).toArray();
    }

    @Test
    void byteLevelFollowsItsMergesAndNamedPattern() throws Exception {
        Tokenizer tokenizer = of("qwen2.gguf");
        String text = "<|im_start|>in the 12 cafés\n<|im_end|>";
        int[] tokens = tokenizer.encode(text, true);
        assertThat(tokenizer.decode(tokens, false)).isEqualTo(text);
        assertThat(tokens).startsWith(262, 259, 258).endsWith(263);
        assertThat(tokenizer.id("Ġthe")).hasValue(258);
    }

    /** SentencePiece numbers its tokens by score, so that the published file's ids give them, but for runs of spaces. */
    @Test
    void givesThePublishedLlama2Tokens() throws IOException {
        Path published = Path.of(System.getProperty("bitstack.repository", ".."))
                .resolve("../shared/data/tokenizers/llama2/tokenizer.json")
                .normalize();
        assumeTrue(Files.isRegularFile(published), "no shared test data at " + published);
        JsonNode vocabulary = JsonMapper.shared()
                .readTree(Files.readString(published))
                .path("model")
                .path("vocab");
        String[] tokens = new String[vocabulary.size()];
        vocabulary.properties().forEach(entry -> tokens[entry.getValue().asInt()] = entry.getKey());
        GgufBytes file = GgufBytes.start(0, 5)
                .entry("tokenizer.ggml.model", "llama")
                .entry("tokenizer.ggml.bos_token_id", 1)
                .list("tokenizer.ggml.tokens", 8, tokens.length);
        for (String token : tokens) {
            file.text(token);
        }
        file.list("tokenizer.ggml.scores", 6, tokens.length);
        for (int id = 0; id < tokens.length; id++) {
            boolean spaces = tokens[id].matches("▁▁+");
            file.word32(Float.floatToIntBits(spaces ? -1e9f : id < 259 ? 0 : 259f - id));
        }
        file.list("tokenizer.ggml.token_type", 5, tokens.length);
        for (int id = 0; id < tokens.length; id++) {
            file.word32(id == 0 ? 2 : id < 3 ? 3 : id < 259 ? 6 : 1);
        }
        Path path = Files.write(directory.resolve("llama2.gguf"), file.bytes());
        Tokenizer ours = Tokenizer.read(path);
        Tokenizer theirs = Tokenizer.read(published);
        String text = Files.readString(
                Path.of(System.getProperty("bitstack.repository", "..")).resolve("demo/text/heldout.txt"));
        assertThat(ours.encode(text, true)).isEqualTo(theirs.encode(text, true));
        RandomTexts texts = new RandomTexts(11);
        for (int trial = 0; trial < 200; trial++) {
            String one = texts.next();
            assertThat(ours.encode(one, false)).as(one).isEqualTo(theirs.encode(one, false));
        }
    }

    @Test
    void whatCannotBeFollowedIsRefused() throws IOException {
        GgufBytes none = GgufBytes.start(0, 1).entry("tokenizer.ggml.model", "gpt2");
        assertThat(refusal(none).code()).isEqualTo(GgufError.TOKENIZER_UNSUPPORTED);
        assertThat(refusal(tokens(2, "a", "b").entry("tokenizer.ggml.model", "bert"))
                        .getMessage())
                .contains("kind 'bert'");
        assertThat(refusal(tokens(2, "a", "b").entry("tokenizer.ggml.model", "gpt2"))
                        .getMessage())
                .contains("tokenizer.ggml.pre");
        GgufException other = refusal(
                tokens(3, "a", "b").entry("tokenizer.ggml.model", "gpt2").entry("tokenizer.ggml.pre", "klingon"));
        assertThat(other.getMessage()).contains("'klingon'", "llama-bpe");
        GgufException twice = refusal(tokens(2, "a", "a").entry("tokenizer.ggml.model", "llama"));
        assertThat(twice.code()).isEqualTo(GgufError.METADATA_INVALID);
        GgufException scores = refusal(tokens(2, "a", "b").entry("tokenizer.ggml.model", "llama"));
        assertThat(scores.getMessage()).contains("tokenizer.ggml.scores");
        GgufException beyond = refusal(
                tokens(3, "a", "b").entry("tokenizer.ggml.model", "llama").entry("tokenizer.ggml.bos_token_id", 2));
        assertThat(beyond.getMessage()).contains("tokenizer.ggml.bos_token_id");
    }

    private static GgufBytes tokens(int entries, String... tokens) {
        GgufBytes file = GgufBytes.start(0, entries).list("tokenizer.ggml.tokens", 8, tokens.length);
        for (String token : tokens) {
            file.text(token);
        }
        return file;
    }

    private GgufException refusal(GgufBytes file) throws IOException {
        Path path = Files.write(directory.resolve("x.gguf"), file.bytes());
        return catchThrowableOfType(GgufException.class, () -> Tokenizer.read(path));
    }
}
