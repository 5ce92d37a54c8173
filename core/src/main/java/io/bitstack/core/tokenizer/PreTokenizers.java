package io.bitstack.core.tokenizer;

import io.bitstack.core.tokenizer.Cuts.Behavior;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;
import tools.jackson.databind.JsonNode;

/**
 * The pre-tokenizers of a tokenizer.json as one.
 *
 * @param bytes whether pieces are encoded by their UTF-8 bytes (the last stage is ByteLevel), not by their characters
 */
record PreTokenizers(PreTokenizer preTokenizer, boolean bytes) {
    private static final String MEMBER = "pre_tokenizer";
    private static final String SUPPORTED =
            "Sequence, ByteLevel, Split, Digits, Punctuation, Metaspace, Whitespace, WhitespaceSplit, CharDelimiterSplit";

    static PreTokenizers of(JsonNode node) {
        List<JsonNode> stages = new ArrayList<>();
        flatten(node, stages, 0);
        PreTokenizer all = PreTokenizer.WHOLE;
        boolean bytes = false;
        for (int i = 0; i < stages.size(); i++) {
            boolean last = i + 1 == stages.size();
            bytes = last && stages.get(i).path("type").asString("").equals("ByteLevel");
            all = all.then(stage(stages.get(i)));
            if (!last && stages.get(i).path("type").asString("").equals("ByteLevel")) {
                all = all.then(PreTokenizers::alphabet);
            }
        }
        return new PreTokenizers(all, bytes);
    }

    private static void flatten(JsonNode node, List<JsonNode> stages, int depth) {
        if (Members.absent(node)) {
            return;
        }
        if (Members.type(node, MEMBER).equals("Sequence")) {
            int deeper = Members.deeper(depth, MEMBER);
            Members.parts(node, "pretokenizers", MEMBER).forEach(part -> flatten(part, stages, deeper));
        } else {
            stages.add(node);
        }
    }

    private static PreTokenizer stage(JsonNode node) {
        String type = Members.type(node, MEMBER);
        return switch (type) {
            case "ByteLevel" -> byteLevel(node);
            case "Split" -> split(node);
            case "Digits" -> digits(Members.flag(node, "individual_digits", false, MEMBER + " Digits"));
            case "Punctuation" ->
                characters(
                        CharClasses::isPunctuation,
                        node.has("behavior")
                                ? Behavior.of(
                                        Members.string(node, "behavior", MEMBER + " Punctuation"),
                                        MEMBER + " Punctuation")
                                : Behavior.ISOLATED);
            case "Metaspace" -> Metaspace.of(node, MEMBER + " Metaspace").preTokenizer();
            case "Whitespace" -> pattern(TextPattern.regex("\\w+|[^\\w\\s]+", MEMBER), Behavior.REMOVED, true);
            case "WhitespaceSplit" -> characters(CharClasses::isWhiteSpace, Behavior.REMOVED);
            case "CharDelimiterSplit" -> {
                String delimiter = Members.string(node, "delimiter", MEMBER + " CharDelimiterSplit");
                if (delimiter.codePointCount(0, delimiter.length()) != 1) {
                    throw Members.wrong(MEMBER + " CharDelimiterSplit", "needs a delimiter of one character");
                }
                yield pattern(TextPattern.literal(delimiter), Behavior.REMOVED, false);
            }
            default -> throw Members.unsupported(MEMBER, type, SUPPORTED);
        };
    }

    private static PreTokenizer byteLevel(JsonNode node) {
        String member = MEMBER + " ByteLevel";
        PreTokenizer words = Members.flag(node, "use_regex", true, member)
                ? pattern(TextPattern.regex(WordScanner.GPT2, member), Behavior.ISOLATED, false)
                : PreTokenizer.WHOLE;
        if (!Members.flag(node, "add_prefix_space", true, member)) {
            return words;
        }
        PreTokenizer space = (text, from, to, atStart, out) -> {
            if (text[from] == ' ') {
                out.piece(text, from, to, atStart);
            } else {
                out.piece(with(' ', text, from, to), 0, to - from + 1, atStart);
            }
        };
        return space.then(words);
    }

    /** A part of a text with a character in front. */
    static char[] with(char first, char[] text, int from, int to) {
        char[] longer = new char[to - from + 1];
        longer[0] = first;
        System.arraycopy(text, from, longer, 1, to - from);
        return longer;
    }

    private static void alphabet(char[] text, int from, int to, boolean atStart, PreTokenizer.Pieces out) {
        char[] bytes = ByteAlphabet.encode(new String(text, from, to - from).getBytes(StandardCharsets.UTF_8))
                .toCharArray();
        out.piece(bytes, 0, bytes.length, atStart);
    }

    private static PreTokenizer split(JsonNode node) {
        String member = MEMBER + " Split";
        return pattern(
                TextPattern.of(node, member),
                Behavior.of(Members.string(node, "behavior", member), member),
                Members.flag(node, "invert", false, member));
    }

    /** By the scanner of a published pattern where there is one, by the pattern itself otherwise. */
    static PreTokenizer pattern(TextPattern pattern, Behavior behavior, boolean invert) {
        boolean wordsAlone = behavior == Behavior.ISOLATED || (behavior == Behavior.REMOVED && invert);
        if (wordsAlone && !pattern.isLiteral()) {
            var scanner = WordScanner.of(pattern.source());
            if (scanner.isPresent()) {
                return PreTokenizer.words(scanner.get());
            }
        }
        return naive(pattern, behavior, invert);
    }

    /** By the pattern itself. */
    static PreTokenizer naive(TextPattern pattern, Behavior behavior, boolean invert) {
        return (text, from, to, atStart, out) ->
                pattern.cuts(text, from, to).emit(behavior, invert, text, from, atStart, out);
    }

    private static PreTokenizer characters(IntPredicate matches, Behavior behavior) {
        return (text, from, to, atStart, out) -> {
            Cuts cuts = new Cuts();
            for (int at = from; at < to; ) {
                int codePoint = Character.codePointAt(text, at, to);
                int end = at + Character.charCount(codePoint);
                if (matches.test(codePoint)) {
                    cuts.match(at - from, end - from);
                }
                at = end;
            }
            cuts.finish(to - from);
            cuts.emit(behavior, false, text, from, atStart, out);
        };
    }

    /** Numbers apart from the rest, as runs or one by one. */
    private static PreTokenizer digits(boolean individual) {
        return (text, from, to, atStart, out) -> {
            int start = from;
            boolean inNumber = false;
            for (int at = from; at < to; ) {
                boolean number = CharClasses.at(text, at, to) == CharClasses.NUMBER;
                if (at > start && (number != inNumber || (number && individual))) {
                    out.piece(text, start, at, atStart && start == from);
                    start = at;
                }
                inNumber = number;
                at += Character.isHighSurrogate(text[at]) && at + 1 < to ? 2 : 1;
            }
            if (to > start) {
                out.piece(text, start, to, atStart && start == from);
            }
        };
    }
}
