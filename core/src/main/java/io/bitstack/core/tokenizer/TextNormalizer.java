package io.bitstack.core.tokenizer;

import java.text.Normalizer;
import java.util.function.UnaryOperator;
import tools.jackson.databind.JsonNode;

/** The normalizers of a tokenizer.json as one function; {@link #NONE} where there is none. */
final class TextNormalizer {
    static final UnaryOperator<String> NONE = UnaryOperator.identity();

    private static final String MEMBER = "normalizer";
    private static final String SUPPORTED = "Sequence, Prepend, Replace, NFC, NFD, NFKC, NFKD, Lowercase, Strip";

    private TextNormalizer() {}

    static UnaryOperator<String> of(JsonNode node) {
        return of(node, 0);
    }

    private static UnaryOperator<String> of(JsonNode node, int depth) {
        if (Members.absent(node)) {
            return NONE;
        }
        String type = Members.type(node, MEMBER);
        return switch (type) {
            case "Sequence" -> {
                UnaryOperator<String> all = NONE;
                for (JsonNode part : Members.parts(node, "normalizers", MEMBER)) {
                    all = then(all, of(part, Members.deeper(depth, MEMBER)));
                }
                yield all;
            }
            case "Prepend" -> {
                String prefix = Members.string(node, "prepend", MEMBER + " Prepend");
                yield text -> text.isEmpty() ? text : prefix + text;
            }
            case "Replace" -> {
                TextPattern pattern = TextPattern.of(node, MEMBER + " Replace");
                String content = Members.string(node, "content", MEMBER + " Replace");
                yield text -> pattern.replaceAll(text, content);
            }
            case "NFC" -> text -> Normalizer.normalize(text, Normalizer.Form.NFC);
            case "NFD" -> text -> Normalizer.normalize(text, Normalizer.Form.NFD);
            case "NFKC" -> text -> Normalizer.normalize(text, Normalizer.Form.NFKC);
            case "NFKD" -> text -> Normalizer.normalize(text, Normalizer.Form.NFKD);
            case "Lowercase" -> TextNormalizer::lowercase;
            case "Strip" -> {
                boolean left = Members.flag(node, "strip_left", true, MEMBER + " Strip");
                boolean right = Members.flag(node, "strip_right", true, MEMBER + " Strip");
                yield text -> strip(text, left, right);
            }
            default -> throw Members.unsupported(MEMBER, type, SUPPORTED);
        };
    }

    private static UnaryOperator<String> then(UnaryOperator<String> first, UnaryOperator<String> second) {
        return first == NONE ? second : second == NONE ? first : text -> second.apply(first.apply(text));
    }

    /** Character by character: no final sigma. */
    private static String lowercase(String text) {
        StringBuilder lower = new StringBuilder(text.length());
        text.codePoints().forEach(codePoint -> {
            if (codePoint == 0x130) {
                lower.append("i\u0307");
            } else {
                lower.appendCodePoint(Character.toLowerCase(codePoint));
            }
        });
        return lower.toString();
    }

    private static String strip(String text, boolean left, boolean right) {
        int from = 0;
        int to = text.length();
        while (left && from < to && CharClasses.isWhiteSpace(text.charAt(from))) {
            from++;
        }
        while (right && to > from && CharClasses.isWhiteSpace(text.charAt(to - 1))) {
            to--;
        }
        return text.substring(from, to);
    }
}
