package io.bitstack.core.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Scanners against the patterns that they stand for. */
class WordScannerTest {
    private static List<String> pieces(PreTokenizer preTokenizer, String text) {
        List<String> pieces = new ArrayList<>();
        char[] characters = text.toCharArray();
        // Not from the start, and not to the end, of an array: neighbours must not be looked at.
        char[] longer = new char[characters.length + 2];
        longer[0] = ' ';
        longer[longer.length - 1] = 'x';
        System.arraycopy(characters, 0, longer, 1, characters.length);
        preTokenizer.cut(
                longer,
                1,
                longer.length - 1,
                true,
                (t, from, to, atStart) -> pieces.add(new String(t, from, to - from)));
        return pieces;
    }

    @ParameterizedTest
    @ValueSource(strings = {WordScanner.GPT2, WordScanner.LLAMA3, WordScanner.QWEN2})
    void scannersCutAsTheirPatternsDo(String regex) {
        TextPattern pattern = TextPattern.regex(regex, "test");
        PreTokenizer fast = PreTokenizers.pattern(pattern, Cuts.Behavior.ISOLATED, false);
        PreTokenizer naive = PreTokenizers.naive(pattern, Cuts.Behavior.ISOLATED, false);
        assertThat(WordScanner.of(regex)).isPresent();
        RandomTexts texts = new RandomTexts(41);
        Random random = new Random(42);
        String dense = "''sStTrReEvVmMlLdD\u017F   \n\r\t\u00A0\u3000aé日𐐀1２½𝟙.,!😀\u0301\u200D";
        int[] points = dense.codePoints().toArray();
        for (int i = 0; i < 30_000; i++) {
            String text = i % 3 == 0
                    ? texts.next().replaceAll("[\uD800-\uDFFF]", "?")
                    : random.ints(random.nextInt(1, 14), 0, points.length)
                            .map(at -> points[at])
                            .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                            .toString();
            if (!text.isEmpty()) {
                assertThat(pieces(fast, text)).as(Oracle.shown(text)).isEqualTo(pieces(naive, text));
            }
        }
    }
}
