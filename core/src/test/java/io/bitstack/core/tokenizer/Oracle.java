package io.bitstack.core.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The tokenizers library that publishers use, through its native build for Java. */
final class Oracle implements AutoCloseable {
    private final HuggingFaceTokenizer tokenizer;

    private Oracle(HuggingFaceTokenizer tokenizer) {
        this.tokenizer = tokenizer;
    }

    /** Skips the test where the native library does not load. */
    static Oracle of(byte[] json) throws IOException {
        // Its loader would otherwise look in the network for a newer build.
        System.setProperty("ai.djl.offline", "true");
        System.setProperty(
                "ENGINE_CACHE_DIR",
                Path.of("target", "tokenizers").toAbsolutePath().toString());
        @Nullable HuggingFaceTokenizer tokenizer = null;
        String problem = "";
        try {
            tokenizer = HuggingFaceTokenizer.newInstance(
                    new ByteArrayInputStream(json), Map.of("truncation", "false", "padding", "false"));
        } catch (LinkageError | IllegalStateException e) {
            problem = e.toString();
        }
        String why = problem;
        assumeTrue(tokenizer != null, () -> "skipped: the native tokenizers library does not load: " + why);
        return new Oracle(Objects.requireNonNull(tokenizer));
    }

    int[] encode(String text, boolean addSpecial) {
        // Not every string of Java can be handed over: surrogates without their other half are replaced first.
        String whole = text.codePoints()
                .map(c -> c >= 0xD800 && c <= 0xDFFF ? 0xFFFD : c)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
        return Arrays.stream(tokenizer.encode(whole, addSpecial, false).getIds())
                .mapToInt(Math::toIntExact)
                .toArray();
    }

    String decode(int[] ids, boolean skipSpecial) {
        return tokenizer.decode(Arrays.stream(ids).asLongStream().toArray(), skipSpecial);
    }

    /** Compares ids and decoded text with and without special tokens. */
    void agree(Tokenizer ours, String text, boolean addSpecial) {
        int[] wanted = encode(text, addSpecial);
        assertThat(ours.encode(text, addSpecial)).as("ids of %s", shown(text)).isEqualTo(wanted);
        agreeOnText(ours, wanted, false);
        agreeOnText(ours, wanted, true);
    }

    void agreeOnText(Tokenizer ours, int[] ids, boolean skipSpecial) {
        assertThat(ours.decode(ids, skipSpecial))
                .as("text of %s", Arrays.toString(ids))
                .isEqualTo(decode(ids, skipSpecial));
    }

    static String shown(String text) {
        StringBuilder shown = new StringBuilder("\"");
        text.codePoints().forEach(c -> {
            if (c >= ' ' && c < 127) {
                shown.append((char) c);
            } else {
                shown.append("\\u{%X}".formatted(c));
            }
        });
        return shown.append('"').toString();
    }

    @Override
    public void close() {
        tokenizer.close();
    }
}
