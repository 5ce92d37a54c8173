package io.bitstack.core.tokenizer;

import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import tools.jackson.databind.JsonNode;

/** Normalizers and pre-tokenizers of a tokenizer.json, as functions. */
final class TextStages {
    private static final Pattern GPT2_WORDS = Pattern.compile(
            "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
            Pattern.UNICODE_CHARACTER_CLASS);

    /** Cuts a piece of text into smaller pieces. */
    interface Splitter {
        void split(String text, List<String> out);
    }

    private TextStages() {}

    static UnaryOperator<String> normalizer(JsonNode node) {
        if (node.isMissingNode() || node.isNull()) {
            return UnaryOperator.identity();
        }
        String type = node.path("type").asString("");
        return switch (type) {
            case "Sequence" -> {
                List<UnaryOperator<String>> all = new ArrayList<>();
                node.path("normalizers").forEach(part -> all.add(normalizer(part)));
                yield text -> {
                    String result = text;
                    for (UnaryOperator<String> step : all) {
                        result = step.apply(result);
                    }
                    return result;
                };
            }
            case "Prepend" -> {
                String prefix = node.path("prepend").asString("");
                yield text -> text.isEmpty() ? text : prefix + text;
            }
            case "Replace" -> {
                Pattern pattern = pattern(node);
                String replacement =
                        Matcher.quoteReplacement(node.path("content").asString(""));
                yield text -> pattern.matcher(text).replaceAll(replacement);
            }
            case "NFC" -> text -> Normalizer.normalize(text, Normalizer.Form.NFC);
            default ->
                throw new TokenizerException(
                        "normalizer '%s' is not supported; Sequence, Prepend, Replace and NFC are".formatted(type));
        };
    }

    static Splitter preTokenizer(JsonNode node) {
        if (node.isMissingNode() || node.isNull()) {
            return (text, out) -> out.add(text);
        }
        String type = node.path("type").asString("");
        return switch (type) {
            case "Sequence" -> sequence(node.path("pretokenizers"));
            case "ByteLevel" -> byteLevel(node);
            case "Split" -> split(node);
            case "Digits" ->
                matches(Pattern.compile(node.path("individual_digits").asBoolean(false) ? "\\p{Nd}" : "\\p{Nd}+"));
            default ->
                throw new TokenizerException(
                        "pre-tokenizer '%s' is not supported; Sequence, ByteLevel, Split and Digits are"
                                .formatted(type));
        };
    }

    private static Splitter sequence(JsonNode parts) {
        List<Splitter> all = new ArrayList<>();
        parts.forEach(part -> all.add(preTokenizer(part)));
        return (text, out) -> {
            List<String> pieces = List.of(text);
            for (Splitter step : all) {
                List<String> finer = new ArrayList<>();
                pieces.forEach(piece -> step.split(piece, finer));
                pieces = finer;
            }
            out.addAll(pieces);
        };
    }

    private static Splitter byteLevel(JsonNode node) {
        boolean prefix = node.path("add_prefix_space").asBoolean(false);
        Splitter words = node.path("use_regex").asBoolean(true) ? matches(GPT2_WORDS) : (text, out) -> out.add(text);
        return (text, out) -> {
            List<String> pieces = new ArrayList<>();
            words.split(prefix && !text.startsWith(" ") ? " " + text : text, pieces);
            pieces.forEach(piece -> out.add(ByteAlphabet.encode(piece.getBytes(StandardCharsets.UTF_8))));
        };
    }

    private static Splitter split(JsonNode node) {
        String behavior = node.path("behavior").asString("");
        if (!behavior.equals("Isolated") || node.path("invert").asBoolean(false)) {
            throw new TokenizerException(
                    "pre-tokenizer Split with behavior '%s' or inverted is not supported; Isolated is"
                            .formatted(behavior));
        }
        return matches(pattern(node));
    }

    /** Matches and what lies between them, in order. */
    private static Splitter matches(Pattern pattern) {
        return (text, out) -> {
            Matcher matcher = pattern.matcher(text);
            int from = 0;
            while (matcher.find()) {
                if (matcher.start() > from) {
                    out.add(text.substring(from, matcher.start()));
                }
                if (matcher.end() > matcher.start()) {
                    out.add(matcher.group());
                }
                from = matcher.end();
            }
            if (from < text.length()) {
                out.add(text.substring(from));
            }
        };
    }

    static Pattern pattern(JsonNode node) {
        JsonNode pattern = node.path("pattern");
        if (pattern.has("String")) {
            return Pattern.compile(Pattern.quote(pattern.path("String").asString("")));
        }
        if (pattern.has("Regex")) {
            try {
                return Pattern.compile(pattern.path("Regex").asString(""), Pattern.UNICODE_CHARACTER_CLASS);
            } catch (PatternSyntaxException e) {
                throw new TokenizerException("pattern cannot be read: " + e.getMessage());
            }
        }
        throw new TokenizerException("a pattern must be a String or a Regex");
    }
}
