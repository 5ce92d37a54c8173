package io.bitstack.core.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files and texts that are meant to do harm, or to be misread. */
class HostileTokenizerTest {
    private static final Path REPOSITORY = Path.of(System.getProperty("bitstack.repository", ".."));

    private static Tokenizer parse(String json) {
        return Tokenizer.parse(json.getBytes(StandardCharsets.UTF_8));
    }

    private static String model(String vocabulary, String merges, String more) {
        return "{\"model\":{\"type\":\"BPE\",\"vocab\":{%s},\"merges\":[%s]}%s}".formatted(vocabulary, merges, more);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"a\":0,\"a\":1||model.vocab|Duplicate",
                "\"a\":0,\"b\":0||model.vocab|both 'a' and 'b'",
                "\"a\":-1||model.vocab|whole number",
                "\"a\":2147483647||model.vocab|whole number",
                "\"a\":99999999999||model.vocab|whole number",
                "\"a\":0.5||model.vocab|whole number",
                "\"a\":\"0\"||model.vocab|whole number",
                "\"a\":0|\"a b\"|model.merges|'b'",
                "\"a\":0,\"b\":1|[\"a\",\"b\"]|model.merges|'ab'",
                "\"a\":0|[\"a\"]|model.merges|two tokens",
                "\"a\":0|\"a  a\"|model.merges|two tokens",
                "\"a\":0|7|model.merges|two tokens",
            })
    void wrongVocabulariesAreNamed(String vocabulary, String merges, String member, String problem) {
        String json = model(vocabulary, merges == null ? "" : merges, "");
        assertThatThrownBy(() -> parse(json))
                .isInstanceOf(TokenizerException.class)
                .hasMessageContaining(problem)
                .hasMessageContaining(problem.equals("Duplicate") ? "" : member);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"normalizer\":{\"type\":\"Precompiled\"}|normalizer 'Precompiled' is not supported; supported: Sequence",
                "\"normalizer\":{}|normalizer must be an object with a type",
                "\"normalizer\":{\"type\":\"Sequence\"}|normalizer Sequence needs the array 'normalizers'",
                "\"normalizer\":{\"type\":\"Replace\",\"pattern\":{\"Regex\":\"(\"},\"content\":\"\"}|pattern that cannot be read",
                "\"pre_tokenizer\":{\"type\":\"BertPreTokenizer\"}|pre_tokenizer 'BertPreTokenizer' is not supported; supported: Sequence",
                "\"pre_tokenizer\":{\"type\":\"Split\",\"pattern\":{\"String\":\"a\"},\"behavior\":\"Odd\"}|behavior 'Odd' is not supported",
                "\"pre_tokenizer\":{\"type\":\"Split\",\"pattern\":{},\"behavior\":\"Isolated\"}|needs a pattern",
                "\"pre_tokenizer\":{\"type\":\"ByteLevel\",\"use_regex\":\"yes\"}|needs true or false for 'use_regex'",
                "\"pre_tokenizer\":{\"type\":\"Metaspace\",\"prepend_scheme\":\"odd\"}|'odd' is not supported; supported: always",
                "\"decoder\":{\"type\":\"CTC\"}|decoder 'CTC' is not supported; supported: Sequence, ByteLevel",
                "\"decoder\":{\"type\":\"Sequence\",\"decoders\":[{\"type\":\"Fuse\"},{\"type\":\"ByteLevel\"}]}|ByteLevel after Fuse",
                "\"post_processor\":{\"type\":\"BertProcessing\"}|post_processor 'BertProcessing' is not supported",
                "\"post_processor\":{\"type\":\"TemplateProcessing\",\"single\":[]}|must hold the text",
                "\"post_processor\":{\"type\":\"TemplateProcessing\",\"single\":[{\"SpecialToken\":{\"id\":\"<s>\"}}]}|names '<s>'",
                "\"added_tokens\":[{\"id\":5}]|added_tokens needs the string 'content'",
                "\"added_tokens\":[{\"id\":5,\"content\":\"a\"}]|gives 'a' the id 5, but it has the id 0 already",
                "\"added_tokens\":[{\"id\":0,\"content\":\"x\"}]|gives 'x' the id 0, which another token has",
                "\"added_tokens\":[{\"id\":9999999,\"content\":\"x\"}]|id of 'x', must be a whole number",
                "\"added_tokens\":7|added_tokens must be an array",
            })
    void unsupportedMembersAreNamed(String member, String message) {
        assertThatThrownBy(() -> parse(model("\"a\":0", "", "," + member)))
                .isInstanceOf(TokenizerException.class)
                .hasMessageContaining(message);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"[]", "{}", "null", "{\"model\":[]}", "{\"model\":{\"type\":\"BPE\"}}", "\"\"", "{} {}", ""})
    void otherJsonIsRefused(String json) {
        assertThatThrownBy(() -> parse(json)).isInstanceOf(TokenizerException.class);
    }

    @Test
    void modelsOfOtherKindsAreNamed() {
        assertThatThrownBy(() -> parse("{\"model\":{\"type\":\"Unigram\"}}"))
                .hasMessage("tokenizer.json: model 'Unigram' is not supported; supported: BPE");
        assertThatThrownBy(() -> parse("{\"model\":{\"vocab\":{},\"merges\":[],\"dropout\":0.1}}"))
                .hasMessageContaining("dropout");
        assertThatThrownBy(() -> parse("{\"model\":{\"vocab\":{},\"merges\":[],\"end_of_word_suffix\":\"</w>\"}}"))
                .hasMessageContaining("end_of_word_suffix");
        assertThatThrownBy(() -> parse("{\"model\":{\"vocab\":{},\"merges\":[],\"unk_token\":\"?\"}}"))
                .hasMessageContaining("unk_token names '?'");
    }

    @Test
    void deepNestingIsRefused() {
        String open = "{\"type\":\"Sequence\",\"normalizers\":[";
        String sequences = open.repeat(30) + "]}".repeat(30);
        assertThatThrownBy(() -> parse(model("", "", ",\"normalizer\":" + sequences)))
                .isInstanceOf(TokenizerException.class)
                .hasMessageContaining("nested more than 8 deep");
        assertThatThrownBy(() -> parse("[".repeat(1_000_000))).isInstanceOf(TokenizerException.class);
    }

    @Test
    void tooManyBytesAreRefused() {
        byte[] spaces = new byte[(64 << 20) + 1];
        Arrays.fill(spaces, (byte) ' ');
        assertThatThrownBy(() -> Tokenizer.parse(spaces))
                .isInstanceOf(TokenizerException.class)
                .hasMessageContaining("67108865 bytes; up to 67108864");
    }

    @ParameterizedTest
    @ValueSource(strings = {"(a|aa)+b", "(a*)*b", "(a|b|c)*d"})
    void aPatternWithoutEndIsStopped(String regex) {
        Tokenizer tokenizer = parse(model(
                "\"a\":0",
                "",
                ",\"pre_tokenizer\":{\"type\":\"Split\",\"pattern\":{\"Regex\":\"%s\"},\"behavior\":\"Isolated\"}"
                        .formatted(regex)));
        assertThatThrownBy(() -> tokenizer.encode("a".repeat(200_000), false))
                .isInstanceOf(TokenizerException.class)
                .hasMessageContaining("too much work");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", " ", "1", "!", "😀"})
    void tenMegabytesOfOneCharacter(String character) throws IOException {
        String text = character.repeat((10 << 20) / character.getBytes(StandardCharsets.UTF_8).length);
        Tokenizer tokenizer = Tokenizer.read(REPOSITORY.resolve("demo/model"));
        int[] ids = tokenizer.encode(text, false);
        assertThat(ids).hasSizeLessThanOrEqualTo(10 << 20);
        assertThat(tokenizer.decode(ids, false).equals(text)).isTrue();
    }

    @Test
    void tenMegabytesOfOneCharacterBySentencePieceRules() {
        Tokenizer tokenizer = parse(model(
                "\"<unk>\":0,\"a\":1,\"aa\":2,\"aaaa\":3,\"\u2581\":4",
                "\"a a\",\"aa aa\"",
                ",\"normalizer\":{\"type\":\"Replace\",\"pattern\":{\"String\":\" \"},\"content\":\"\u2581\"}"));
        assertThat(tokenizer.encode("a".repeat(10 << 20), false))
                .hasSize(10 << 18)
                .containsOnly(3);
        assertThat(tokenizer.encode(" ".repeat(1 << 20), false))
                .hasSize(1 << 20)
                .containsOnly(4);
    }
}
