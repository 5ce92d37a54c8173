package io.bitstack.core.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The bytes that each token stands for, worked out once. */
final class TokenBytes {
    private final TokenDecoder decoder;
    private final byte[] @Nullable [] bytes;
    private final byte[] @Nullable [] firstBytes;
    private final BitSet single = new BitSet();

    /** @param tokens all tokens and their ids */
    TokenBytes(TokenDecoder decoder, Map<String, Integer> tokens) {
        this.decoder = decoder;
        int size = tokens.values().stream().mapToInt(id -> id + 1).max().orElse(0);
        this.bytes = new byte[size] @Nullable [];
        this.firstBytes = decoder.firstDiffers() ? new byte[size] @Nullable [] : bytes;
        tokens.forEach((token, id) -> {
            if (decoder.firstDiffers()) {
                firstBytes[id] = bytes(id, decoder.text(token, true));
            }
            bytes[id] = bytes(id, decoder.text(token, false));
        });
    }

    private byte[] bytes(int id, String text) {
        return switch (decoder.bytes()) {
            case NONE -> text.getBytes(StandardCharsets.UTF_8);
            case BYTE_LEVEL -> fromAlphabet(text);
            case FALLBACK -> {
                int value = text.length() == 6 && text.startsWith("<0x") && text.endsWith(">") ? hex(text) : -1;
                single.set(id, value >= 0);
                yield value >= 0 ? new byte[] {(byte) value} : text.getBytes(StandardCharsets.UTF_8);
            }
        };
    }

    private static int hex(String token) {
        int high = Character.digit(token.charAt(3), 16);
        int low = Character.digit(token.charAt(4), 16);
        return high < 0 || low < 0 || token.charAt(3) > 'f' || token.charAt(4) > 'f' ? -1 : (high << 4) | low;
    }

    private static byte[] fromAlphabet(String token) {
        byte[] decoded = new byte[token.length()];
        for (int i = 0; i < token.length(); i++) {
            int value = ByteAlphabet.toByte(token.charAt(i));
            if (value < 0) {
                return token.getBytes(StandardCharsets.UTF_8);
            }
            decoded[i] = (byte) value;
        }
        return decoded;
    }

    /** Shared; null for an id that names no token. */
    byte @Nullable [] of(int id, boolean first) {
        if (id < 0 || id >= bytes.length) {
            throw new IllegalArgumentException("no token %d: there are %d".formatted(id, bytes.length));
        }
        return first ? firstBytes[id] : bytes[id];
    }

    /** Whether a token stands for one byte of a character, where all others are whole characters. */
    boolean isSingleByte(int id) {
        return single.get(id);
    }

    TokenDecoder decoder() {
        return decoder;
    }

    int size() {
        return bytes.length;
    }
}
