package io.bitstack.core.tokenizer;

import java.util.Map;
import java.util.Optional;

/** Finds words as a published pattern does, without a regular expression; every pattern here covers any text without gaps. */
interface WordScanner {
    /** Of GPT-2; also what pre-tokenizer ByteLevel uses. */
    String GPT2 = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

    /** Of Llama 3. */
    String LLAMA3 =
            "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*"
                    + "|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

    /** Of Qwen2, Qwen2.5 and Qwen3. */
    String QWEN2 = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*"
            + "|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

    Map<String, WordScanner> PUBLISHED = Map.of(
            GPT2,
            WordScanner::gpt2,
            LLAMA3,
            (text, at, end) -> llama3(text, at, end, 3),
            QWEN2,
            (text, at, end) -> llama3(text, at, end, 1));

    /** Where the word that starts at an index ends. */
    int end(char[] text, int at, int end);

    /** A scanner for a pattern, if it is one of those known. */
    static Optional<WordScanner> of(String pattern) {
        return Optional.ofNullable(PUBLISHED.get(pattern));
    }

    private static int gpt2(char[] text, int at, int end) {
        char first = text[at];
        if (first == '\'') {
            int contraction = contraction(text, at, end, false);
            if (contraction > 0) {
                return at + contraction;
            }
        }
        int from = first == ' ' && at + 1 < end ? at + 1 : at;
        byte kind = CharClasses.at(text, from, end);
        return kind < CharClasses.SPACE ? CharClasses.runEnd(text, from, end, kind) : whiteSpace(text, at, end, false);
    }

    private static int llama3(char[] text, int at, int end, int mostDigits) {
        char first = text[at];
        if (first == '\'') {
            int contraction = contraction(text, at, end, true);
            if (contraction > 0) {
                return at + contraction;
            }
        }
        byte kind = CharClasses.at(text, at, end);
        if (kind == CharClasses.LETTER) {
            return CharClasses.runEnd(text, at, end, kind);
        }
        int second = at + (Character.isHighSurrogate(first) && at + 1 < end ? 2 : 1);
        if (kind == CharClasses.NUMBER) {
            int stop = second;
            for (int count = 1; count < mostDigits && stop < end; count++) {
                if (CharClasses.at(text, stop, end) != CharClasses.NUMBER) {
                    break;
                }
                stop += Character.isHighSurrogate(text[stop]) ? 2 : 1;
            }
            return stop;
        }
        if (kind != CharClasses.LINE_END && second < end) {
            byte next = CharClasses.at(text, second, end);
            if (next == CharClasses.LETTER) {
                return CharClasses.runEnd(text, second, end, next);
            }
            if (first == ' ' && next == CharClasses.OTHER) {
                kind = next;
            }
        }
        if (kind == CharClasses.OTHER) {
            int stop = CharClasses.runEnd(text, first == ' ' ? second : at, end, kind);
            return CharClasses.runEnd(text, stop, end, CharClasses.LINE_END);
        }
        return whiteSpace(text, at, end, true);
    }

    /** A run of white space: up to its last line end if that counts, else without its last character if a word follows. */
    private static int whiteSpace(char[] text, int at, int end, boolean toLineEnd) {
        int stop = at;
        int afterLineEnd = -1;
        while (stop < end && CharClasses.of(text[stop]) >= CharClasses.SPACE) {
            if (CharClasses.of(text[stop]) == CharClasses.LINE_END) {
                afterLineEnd = stop + 1;
            }
            stop++;
        }
        if (toLineEnd && afterLineEnd > 0) {
            return afterLineEnd;
        }
        return stop == end || stop == at + 1 ? stop : stop - 1;
    }

    /** The length of 's, 't, 're, 've, 'm, 'll or 'd, or 0. */
    private static int contraction(char[] text, int at, int end, boolean anyCase) {
        if (at + 1 >= end) {
            return 0;
        }
        char first = fold(text[at + 1], anyCase);
        if (first == 's' || first == 't' || first == 'm' || first == 'd') {
            return 2;
        }
        if (at + 2 >= end) {
            return 0;
        }
        char second = fold(text[at + 2], anyCase);
        boolean two = second == 'e' ? first == 'r' || first == 'v' : first == 'l' && second == 'l';
        return two ? 3 : 0;
    }

    private static char fold(char c, boolean anyCase) {
        if (!anyCase) {
            return c;
        }
        // The long s is the only letter outside ASCII that folds to one of these.
        return c == '\u017F' ? 's' : c >= 'A' && c <= 'Z' ? (char) (c + 32) : c;
    }
}
