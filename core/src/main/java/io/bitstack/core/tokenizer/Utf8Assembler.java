package io.bitstack.core.tokenizer;

/**
 * UTF-8 that comes in pieces, turned into characters as they get complete. What is no UTF-8 becomes U+FFFD: one for each longest
 * beginning of a character, as the Unicode standard advises, or one for each byte.
 */
final class Utf8Assembler {
    private static final char REPLACEMENT = '\uFFFD';

    private final boolean oneForEachByte;
    private int codePoint;
    private int seen;
    private int needed;
    private int least;
    private int most;

    Utf8Assembler(boolean oneForEachByte) {
        this.oneForEachByte = oneForEachByte;
    }

    void accept(byte[] bytes, StringBuilder out) {
        for (byte b : bytes) {
            accept(b & 0xFF, out);
        }
    }

    private void accept(int value, StringBuilder out) {
        if (needed > 0 && value >= least && value <= most) {
            codePoint = (codePoint << 6) | (value & 0x3F);
            least = 0x80;
            most = 0xBF;
            if (++seen == needed) {
                out.appendCodePoint(codePoint);
                needed = 0;
            }
            return;
        }
        finish(out);
        if (value < 0x80) {
            out.append((char) value);
        } else if (value >= 0xC2 && value <= 0xF4) {
            start(value);
        } else {
            out.append(REPLACEMENT);
        }
    }

    private void start(int value) {
        seen = 1;
        needed = value < 0xE0 ? 2 : value < 0xF0 ? 3 : 4;
        codePoint = value & (0x7F >> needed);
        // The second byte rules out long forms, surrogates and what lies beyond U+10FFFF.
        least = value == 0xE0 ? 0xA0 : value == 0xF0 ? 0x90 : 0x80;
        most = value == 0xED ? 0x9F : value == 0xF4 ? 0x8F : 0xBF;
    }

    /** Replaces a character that has not become complete. */
    void finish(StringBuilder out) {
        if (needed > 0) {
            out.repeat(REPLACEMENT, oneForEachByte ? seen : 1);
            needed = 0;
        }
    }
}
