package io.bitstack.core.tokenizer;

import java.util.Arrays;

/**
 * The byte-level alphabet of GPT-2: every byte has a printable character. Printable Latin-1 bytes stand for themselves, the
 * others follow from U+0100 on.
 */
final class ByteAlphabet {
    private static final char[] CHARACTERS = new char[256];
    private static final int[] BYTES = new int[512];

    static {
        Arrays.fill(BYTES, -1);
        char next = 256;
        for (int b = 0; b < 256; b++) {
            boolean printable = (b >= '!' && b <= '~') || (b >= 0xA1 && b <= 0xAC) || (b >= 0xAE && b <= 0xFF);
            CHARACTERS[b] = printable ? (char) b : next++;
            BYTES[CHARACTERS[b]] = b;
        }
    }

    private ByteAlphabet() {}

    static String encode(byte[] bytes) {
        StringBuilder text = new StringBuilder(bytes.length);
        for (byte b : bytes) {
            text.append(CHARACTERS[b & 0xFF]);
        }
        return text.toString();
    }

    /** The character of a byte, 0 to 255. */
    static char toCharacter(int value) {
        return CHARACTERS[value];
    }

    /** The byte a character stands for, or −1. */
    static int toByte(char character) {
        return character < BYTES.length ? BYTES[character] : -1;
    }
}
