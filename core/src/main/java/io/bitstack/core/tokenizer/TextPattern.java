package io.bitstack.core.tokenizer;

import java.nio.CharBuffer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import tools.jackson.databind.JsonNode;

/**
 * A pattern of a tokenizer.json: a text to find, or a regular expression, whose work on a text is bounded because it comes from
 * outside.
 */
final class TextPattern {
    private static final int LONGEST_PATTERN = 8192;

    /** Reads of a character, per character of the text: published patterns need fewer than ten. */
    private static final long READS_PER_CHARACTER = 1000;

    private final Pattern pattern;
    private final String source;
    private final boolean literal;

    private TextPattern(Pattern pattern, String source, boolean literal) {
        this.pattern = pattern;
        this.source = source;
        this.literal = literal;
    }

    static TextPattern literal(String text) {
        return new TextPattern(Pattern.compile(Pattern.quote(text)), text, true);
    }

    static TextPattern regex(String regex, String member) {
        if (regex.length() > LONGEST_PATTERN) {
            throw Members.wrong(member, "has a pattern of more than %d characters".formatted(LONGEST_PATTERN));
        }
        try {
            return new TextPattern(Pattern.compile(regex, Pattern.UNICODE_CHARACTER_CLASS), regex, false);
        } catch (PatternSyntaxException e) {
            throw Members.wrong(
                    member, "has a pattern that cannot be read: %s".formatted(Members.clip(e.getDescription())));
        }
    }

    /** The member {@code pattern} of a node. */
    static TextPattern of(JsonNode node, String member) {
        JsonNode pattern = node.path("pattern");
        if (pattern.path("String").isString()) {
            String text = pattern.path("String").asString();
            if (text.isEmpty()) {
                throw Members.wrong(member, "has an empty pattern");
            }
            return literal(text);
        }
        if (pattern.path("Regex").isString()) {
            return regex(pattern.path("Regex").asString(), member);
        }
        throw Members.wrong(member, "needs a pattern that is {\"String\": …} or {\"Regex\": …}");
    }

    /** What the pattern was made from. */
    String source() {
        return source;
    }

    boolean isLiteral() {
        return literal;
    }

    /** All matches in a part of a text, which the pattern sees as a whole text. */
    Cuts cuts(char[] text, int from, int to) {
        Cuts cuts = new Cuts();
        Counted counted = new Counted(CharBuffer.wrap(text, from, to - from));
        Matcher matcher = pattern.matcher(counted);
        try {
            while (matcher.find()) {
                cuts.match(matcher.start(), matcher.end());
            }
        } catch (StackOverflowError e) {
            throw tooMuch();
        }
        cuts.finish(to - from);
        return cuts;
    }

    String replaceAll(String text, String replacement) {
        if (literal) {
            return text.replace(source, replacement);
        }
        try {
            return pattern.matcher(new Counted(text)).replaceAll(Matcher.quoteReplacement(replacement));
        } catch (StackOverflowError e) {
            throw tooMuch();
        }
    }

    private TokenizerException tooMuch() {
        return Members.wrong(
                "pattern",
                "'%s' takes too much work on this text; shorten the text or mend the pattern"
                        .formatted(Members.clip(source)));
    }

    /** Counts reads, and ends a search that backtracks without end. */
    private final class Counted implements CharSequence {
        private final CharSequence text;
        private long left;

        Counted(CharSequence text) {
            this.text = text;
            this.left = READS_PER_CHARACTER * (text.length() + 100L);
        }

        @Override
        public int length() {
            return text.length();
        }

        @Override
        public char charAt(int index) {
            if (--left < 0) {
                throw tooMuch();
            }
            return text.charAt(index);
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            return text.subSequence(start, end);
        }

        @Override
        public String toString() {
            return text.toString();
        }
    }
}
