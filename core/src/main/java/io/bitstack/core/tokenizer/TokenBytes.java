package io.bitstack.core.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** The bytes that each token stands for, worked out once from the decoder of a tokenizer.json. */
final class TokenBytes {
    private static final byte[] NOTHING = new byte[0];

    private final byte[][] bytes;
    private final Map<String, Integer> vocabulary;
    private final boolean stripFirstSpace;

    TokenBytes(JsonNode decoder, Map<String, Integer> vocabulary, Map<String, Integer> addedTokens) {
        this.vocabulary = vocabulary;
        boolean byteLevel = false;
        boolean byteFallback = false;
        boolean strip = false;
        @Nullable String from = null;
        String to = "";
        Iterable<JsonNode> parts =
                decoder.path("type").asString("").equals("Sequence") ? decoder.path("decoders") : List.of(decoder);
        for (JsonNode part : parts) {
            switch (part.path("type").asString("")) {
                case "ByteLevel" -> byteLevel = true;
                case "ByteFallback" -> byteFallback = true;
                case "Strip" -> strip = part.path("start").asInt(0) > 0;
                case "Replace" -> {
                    from = part.path("pattern").path("String").asString("");
                    to = part.path("content").asString("");
                }
                case "Fuse", "" -> {
                    // Tokens are joined anyway.
                }
                default ->
                    throw new TokenizerException(
                            "decoder '%s' is not supported; ByteLevel, ByteFallback, Replace, Strip and Fuse are"
                                    .formatted(part.path("type").asString("")));
            }
        }
        this.stripFirstSpace = strip;
        int size = 0;
        for (int id : vocabulary.values()) {
            size = Math.max(size, id + 1);
        }
        for (int id : addedTokens.values()) {
            size = Math.max(size, id + 1);
        }
        this.bytes = new byte[size][];
        Arrays.fill(bytes, NOTHING);
        boolean fallback = byteFallback;
        boolean level = byteLevel;
        for (Map.Entry<String, Integer> entry : vocabulary.entrySet()) {
            String token = entry.getKey();
            if (fallback && token.length() == 6 && token.startsWith("<0x") && token.endsWith(">")) {
                bytes[entry.getValue()] = new byte[] {(byte) Integer.parseInt(token.substring(3, 5), 16)};
            } else if (level) {
                bytes[entry.getValue()] = fromAlphabet(token);
            } else {
                String text = from == null ? token : token.replace(from, to);
                bytes[entry.getValue()] = text.getBytes(StandardCharsets.UTF_8);
            }
        }
        addedTokens.forEach((token, id) -> bytes[id] = token.getBytes(StandardCharsets.UTF_8));
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

    /** Shared; empty for an id that names no token. */
    byte[] of(int id) {
        if (id < 0 || id >= bytes.length) {
            throw new IllegalArgumentException("no token %d: there are %d".formatted(id, bytes.length));
        }
        return bytes[id];
    }

    OptionalInt id(String token) {
        Integer id = vocabulary.get(token);
        return id == null ? OptionalInt.empty() : OptionalInt.of(id);
    }

    int size() {
        return bytes.length;
    }

    boolean stripsFirstSpace() {
        return stripFirstSpace;
    }
}
