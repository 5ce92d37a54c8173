package io.bitstack.core.tokenizer;

import java.util.Random;
import java.util.stream.IntStream;

/** Seeded texts of all that a user may send: every plane, marks, emoji sequences, white space, controls, lone surrogates. */
final class RandomTexts {
    private static final String[] PIECES = {
        "the",
        " and",
        "Hello",
        " world",
        "'s",
        "'LL",
        " 'tis",
        "n't",
        "don't",
        "\u017Fo",
        "'\u017F",
        "ﬁ",
        "é",
        "e\u0301",
        "ｅ",
        "한국어",
        "日本語",
        "ไทย",
        "Привет",
        "مرحبا",
        "👩‍👩‍👧‍👦",
        "👍🏽",
        "🇩🇪",
        "🏳️‍🌈",
        "#️⃣",
        "½",
        "Ⅷ",
        "٣",
        "३",
        "１２",
        "𝟙",
        "12345",
        "3.14",
        "0",
        "...",
        "!!",
        "\r\n",
        "\n\n\n",
        "\t",
        "    ",
        " ",
        "\u00A0",
        "\u2003",
        "\u3000",
        "\u2028",
        "\u0085",
        "\u200B",
        "\u200D",
        "\uFEFF",
        "\u0000",
        "\u0007",
        "\u001B[0m",
        "\uFFFD",
        "\u2581",
        "\u2581\u2581",
        "Ġ",
        "Ċ",
        "<0x41>",
        "<|",
        "|>",
        "_",
        "_a",
        "ß",
        "İ",
        "Σς",
        "\uD800",
        "\uDC00x",
        "𐍈",
        "𠜎",
        "\uDBFF\uDFFF",
        "if (x==1) {\n\t\treturn;\n}",
        "https://x.org/?q=%20"
    };

    private static final int[] NEW_MARKS = {
        0x897, 0x898, 0x89C, 0x89F, 0x8CA, 0x8CE, 0x9FE, 0x9FE, 0x1AC1, 0x1AC2, 0x1AC5, 0x1AC9, 0x1ACB, 0x1ACE, 0x1DF6,
        0x1DF8, 0x32FF, 0x32FF, 0xA7F2, 0xA7F4, 0xAB69, 0xAB69, 0x10781, 0x10785, 0x10787, 0x107B0, 0x107B2, 0x107BA,
        0x10D24, 0x10D27, 0x10D69, 0x10D6D, 0x10EAB, 0x10EAC, 0x10F48, 0x10F4A, 0x10F4C, 0x10F4C, 0x10F82, 0x10F82,
        0x10F84, 0x10F84, 0x1145E, 0x1145E, 0x1CCD6, 0x1CCF9, 0x1E030, 0x1E06D, 0x1E08F, 0x1E08F, 0x1E130, 0x1E136,
        0x1E2AE, 0x1E2AE, 0x1E2EC, 0x1E2EF, 0x1E4EC, 0x1E4ED, 0x1E4EF, 0x1E4EF, 0x1E5EE, 0x1E5EE, 0x1F16C, 0x1F16C,
        0x1FBF0, 0x1FBF9
    };

    private final Random random;
    private final String[] specials;

    RandomTexts(long seed, String... specials) {
        this.random = new Random(seed);
        this.specials = specials;
    }

    String next() {
        int pieces = random.nextInt(12);
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < pieces; i++) {
            switch (random.nextInt(8)) {
                case 0 -> text.appendCodePoint(known(0x110000));
                case 1 -> text.appendCodePoint(known(0x3000));
                case 2 -> text.append((char) random.nextInt(128));
                case 3 -> text.append(specials.length == 0 ? "" : specials[random.nextInt(specials.length)]);
                case 4 -> text.append(PIECES[random.nextInt(PIECES.length)].repeat(1 + random.nextInt(3)));
                default -> text.append(PIECES[random.nextInt(PIECES.length)]);
            }
        }
        return text.toString();
    }

    /** A code point below a limit, but not one that the oracle's normalization does not know yet. */
    private int known(int limit) {
        return IntStream.generate(() -> random.nextInt(limit))
                .filter(c -> !isNewMark(c))
                .findFirst()
                .orElseThrow();
    }

    /**
     * Marks that came after Unicode 9, whose tables the oracle normalizes by (its regular expressions follow Unicode 16, as Java
     * does): found by comparing all code points one by one.
     */
    private static boolean isNewMark(int c) {
        for (int i = 0; i < NEW_MARKS.length; i += 2) {
            if (c >= NEW_MARKS[i] && c <= NEW_MARKS[i + 1]) {
                return true;
            }
        }
        return false;
    }
}
