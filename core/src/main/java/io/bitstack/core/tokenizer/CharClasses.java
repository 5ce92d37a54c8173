package io.bitstack.core.tokenizer;

/** The classes of code points that the published pre-tokenizers tell apart, in a table for all of the basic plane. */
final class CharClasses {
    /** Neither of the others: punctuation, symbols, marks, controls. */
    static final byte OTHER = 0;

    /** General category L. */
    static final byte LETTER = 1;

    /** General category N. */
    static final byte NUMBER = 2;

    /** Unicode's White_Space, line feed and carriage return left out. */
    static final byte SPACE = 3;

    /** Line feed and carriage return. */
    static final byte LINE_END = 4;

    private static final byte[] BASIC = new byte[1 << 16];

    static {
        for (int c = 0; c < BASIC.length; c++) {
            BASIC[c] = classify(c);
        }
    }

    private CharClasses() {}

    private static byte classify(int codePoint) {
        if (codePoint == '\n' || codePoint == '\r') {
            return LINE_END;
        }
        if (codePoint == '\t' || codePoint == 0x0B || codePoint == '\f' || codePoint == 0x85) {
            return SPACE;
        }
        return switch (Character.getType(codePoint)) {
            case Character.UPPERCASE_LETTER,
                    Character.LOWERCASE_LETTER,
                    Character.TITLECASE_LETTER,
                    Character.MODIFIER_LETTER,
                    Character.OTHER_LETTER -> LETTER;
            case Character.DECIMAL_DIGIT_NUMBER, Character.LETTER_NUMBER, Character.OTHER_NUMBER -> NUMBER;
            case Character.SPACE_SEPARATOR, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR -> SPACE;
            default -> OTHER;
        };
    }

    static byte of(int codePoint) {
        return codePoint < BASIC.length ? BASIC[codePoint] : classify(codePoint);
    }

    /** The class of the character at an index, whose surrogates are paired. */
    static byte at(char[] text, int at, int end) {
        char c = text[at];
        return Character.isHighSurrogate(c) && at + 1 < end
                ? classify(Character.toCodePoint(c, text[at + 1]))
                : BASIC[c];
    }

    /** Where the run of characters of one class that starts at an index ends. */
    static int runEnd(char[] text, int at, int end, byte kind) {
        int i = at;
        while (i < end) {
            char c = text[i];
            if (Character.isHighSurrogate(c) && i + 1 < end) {
                if (classify(Character.toCodePoint(c, text[i + 1])) != kind) {
                    return i;
                }
                i += 2;
            } else if (BASIC[c] == kind) {
                i++;
            } else {
                return i;
            }
        }
        return i;
    }

    static boolean isWhiteSpace(int codePoint) {
        return of(codePoint) >= SPACE;
    }

    /** ASCII punctuation and symbols, and general category P. */
    static boolean isPunctuation(int codePoint) {
        if (codePoint < 128) {
            return codePoint > ' ' && codePoint < 127 && of(codePoint) == OTHER;
        }
        return switch (Character.getType(codePoint)) {
            case Character.CONNECTOR_PUNCTUATION,
                    Character.DASH_PUNCTUATION,
                    Character.START_PUNCTUATION,
                    Character.END_PUNCTUATION,
                    Character.INITIAL_QUOTE_PUNCTUATION,
                    Character.FINAL_QUOTE_PUNCTUATION,
                    Character.OTHER_PUNCTUATION -> true;
            default -> false;
        };
    }
}
