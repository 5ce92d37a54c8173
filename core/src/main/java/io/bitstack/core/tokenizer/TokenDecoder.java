package io.bitstack.core.tokenizer;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The decoder of a tokenizer.json, put as what happens to each token by itself, how tokens become bytes, and what happens to the
 * text as a whole: so that tokens can be decoded as they come.
 */
final class TokenDecoder {
    /** How the texts of tokens are put together. */
    enum Bytes {
        /** As they are. */
        NONE,
        /** Every token is a row of bytes in the byte-level alphabet. */
        BYTE_LEVEL,
        /** Tokens like {@code <0x0A>} are single bytes. */
        FALLBACK
    }

    /**
     * What is taken off the start of the text.
     *
     * @param content the character
     * @param most how many of them
     */
    record Start(int content, int most) {}

    private static final String MEMBER = "decoder";
    private static final String SUPPORTED = "Sequence, ByteLevel, ByteFallback, Metaspace, Replace, Strip, Fuse";

    private final List<BiFunction<String, Boolean, String>> tokenSteps = new ArrayList<>();
    private Bytes bytes = Bytes.NONE;
    private boolean fused;
    private boolean firstDiffers;
    private final boolean spaced;
    private @Nullable Start start;

    TokenDecoder(JsonNode node) {
        // Without a decoder tokens are joined by spaces.
        this.spaced = Members.absent(node);
        if (!spaced) {
            read(node, 0);
        }
    }

    private void read(JsonNode node, int depth) {
        String type = Members.type(node, MEMBER);
        switch (type) {
            case "Sequence" -> {
                int deeper = Members.deeper(depth, MEMBER);
                Members.parts(node, "decoders", MEMBER).forEach(part -> read(part, deeper));
            }
            case "ByteLevel" -> {
                requireTokens(type);
                bytes = Bytes.BYTE_LEVEL;
                fused = true;
            }
            case "ByteFallback" -> {
                requireTokens(type);
                bytes = Bytes.FALLBACK;
            }
            case "Fuse" -> fused = true;
            case "Replace" -> {
                requireTokens(type);
                TextPattern pattern = TextPattern.of(node, MEMBER + " Replace");
                String content = Members.string(node, "content", MEMBER + " Replace");
                tokenSteps.add((token, first) -> pattern.replaceAll(token, content));
            }
            case "Metaspace" -> {
                requireTokens(type);
                Metaspace metaspace = Metaspace.of(node, MEMBER + " Metaspace");
                firstDiffers = true;
                tokenSteps.add(metaspace::decode);
            }
            case "Strip" -> strip(node);
            default -> throw Members.unsupported(MEMBER, type, SUPPORTED);
        }
    }

    private void requireTokens(String type) {
        if (fused || bytes != Bytes.NONE) {
            throw Members.unsupported(
                    MEMBER, type + " after Fuse, ByteLevel or ByteFallback", "Fuse and one Strip there");
        }
    }

    private void strip(JsonNode node) {
        String member = MEMBER + " Strip";
        String content = Members.string(node, "content", member);
        if (content.codePointCount(0, content.length()) != 1) {
            throw Members.wrong(member, "needs a content of one character");
        }
        int character = content.codePointAt(0);
        int front = Members.integer(node.path("start"), 0, 1 << 20, member + ", start,");
        int back = Members.integer(node.path("stop"), 0, 1 << 20, member + ", stop,");
        if (fused) {
            if (back > 0 || start != null) {
                throw Members.unsupported(MEMBER, "Strip of a whole text's end, or twice", "one Strip of its start");
            }
            start = new Start(character, front);
        } else {
            requireTokens("Strip");
            tokenSteps.add((token, first) -> stripped(token, character, front, back));
        }
    }

    private static String stripped(String token, int character, int front, int back) {
        int[] points = token.codePoints().toArray();
        int from = 0;
        while (from < points.length && from < front && points[from] == character) {
            from++;
        }
        int to = points.length;
        while (to > from && points.length - to < back && points[to - 1] == character) {
            to--;
        }
        return new String(points, from, to - from);
    }

    /** A token's text after the steps that see it alone. */
    String text(String token, boolean first) {
        String text = token;
        for (BiFunction<String, Boolean, String> step : tokenSteps) {
            text = step.apply(text, first);
        }
        return text;
    }

    /** Whether the first token of a text is decoded in another way than the others. */
    boolean firstDiffers() {
        return firstDiffers;
    }

    Bytes bytes() {
        return bytes;
    }

    /** Whether a space stands between any two tokens. */
    boolean spaced() {
        return spaced;
    }

    @Nullable
    Start start() {
        return start;
    }
}
