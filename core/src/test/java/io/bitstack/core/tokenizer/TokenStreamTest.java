package io.bitstack.core.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TokenStreamTest {
    private static final Path REPOSITORY = Path.of(System.getProperty("bitstack.repository", ".."));

    /** Bytes as tokens, and one token of text, as SentencePiece-style models have them. */
    private static Tokenizer fallback() {
        StringBuilder vocabulary = new StringBuilder("\"a\":256,\"\u2581b\":257");
        for (int b = 0; b < 256; b++) {
            vocabulary.append(",\"<0x%02X>\":%d".formatted(b, b));
        }
        return Tokenizer.parse("""
                {"model":{"type":"BPE","vocab":{%s},"merges":[],"byte_fallback":true},
                 "decoder":{"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":"\u2581"},"content":" "},
                 {"type":"ByteFallback"},{"type":"Fuse"},{"type":"Strip","content":" ","start":1,"stop":0}]}}
                """.formatted(vocabulary).getBytes(StandardCharsets.UTF_8));
    }

    private static String streamed(Tokenizer tokenizer, int... ids) {
        TokenStream stream = tokenizer.stream(false);
        StringBuilder text = new StringBuilder();
        for (int id : ids) {
            text.append(stream.accept(id));
        }
        return text.append(stream.finish()).toString();
    }

    @Test
    void aStreamGivesWhatDecodeGives() throws IOException {
        Tokenizer tokenizer = Tokenizer.read(REPOSITORY.resolve("demo/model"));
        Random random = new Random(3);
        for (int round = 0; round < 3000; round++) {
            int[] ids = random.ints(random.nextInt(20), 0, tokenizer.vocabularySize())
                    .toArray();
            assertThat(streamed(tokenizer, ids)).isEqualTo(tokenizer.decode(ids, false));
        }
    }

    @Test
    void charactersOfSingleBytesComeWhole() {
        Tokenizer tokenizer = fallback();
        int[] ids = tokenizer.encode("a😀é", false);
        assertThat(ids).containsExactly(256, 0xF0, 0x9F, 0x98, 0x80, 0xC3, 0xA9);
        TokenStream stream = tokenizer.stream(false);
        assertThat(new String[] {
                    stream.accept(ids[0]),
                    stream.accept(ids[1]),
                    stream.accept(ids[2]),
                    stream.accept(ids[3]),
                    stream.accept(ids[4]),
                    stream.accept(ids[5]),
                    stream.accept(ids[6]),
                    stream.finish()
                })
                .containsExactly("a", "", "", "", "😀", "", "é", "");
    }

    @Test
    void halfACharacterBecomesAReplacement() {
        Tokenizer tokenizer = fallback();
        assertThat(streamed(tokenizer, 0xF0, 0x9F)).isEqualTo("\uFFFD\uFFFD");
        assertThat(streamed(tokenizer, 0xC3, 256, 0xC3, 0xA9)).isEqualTo("\uFFFDaé");
        // Here the stream knows less than decode: é was complete before its run turned out wrong.
        assertThat(streamed(tokenizer, 0xC3, 0xA9, 0xFF)).isEqualTo("é\uFFFD");
        assertThat(tokenizer.decode(new int[] {0xC3, 0xA9, 0xFF}, false)).isEqualTo("\uFFFD\uFFFD\uFFFD");
    }

    @Test
    void onlyTheFirstSpaceIsTakenOff() {
        assertThat(streamed(fallback(), 257, 257, 256)).isEqualTo("b ba");
        assertThat(streamed(fallback(), 256, 257)).isEqualTo("a b");
    }
}
