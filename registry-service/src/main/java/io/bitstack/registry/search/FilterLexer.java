package io.bitstack.registry.search;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Cuts a filter into words, quoted texts, numbers and signs. */
final class FilterLexer {
    private static final int LONGEST = 4000;
    private static final String SIGNS = "=<>!(),.";

    private final String text;
    private int at;

    private FilterLexer(String text) {
        this.text = text;
    }

    /** What a token is. */
    enum Kind {
        WORD,
        /** In backticks: always a name. */
        NAME,
        TEXT,
        NUMBER,
        SIGN,
        END
    }

    /** @param position where it begins, from 1 */
    record Token(Kind kind, String text, int position) {
        boolean is(String sign) {
            return kind == Kind.SIGN && text.equals(sign);
        }

        boolean isWord(String word) {
            return kind == Kind.WORD && text.toUpperCase(Locale.ROOT).equals(word);
        }
    }

    static List<Token> tokens(String text) {
        if (text.length() > LONGEST) {
            throw new FilterException("the filter has more than %d characters".formatted(LONGEST));
        }
        FilterLexer lexer = new FilterLexer(text);
        List<Token> tokens = new ArrayList<>();
        do {
            tokens.add(lexer.next());
        } while (tokens.getLast().kind() != Kind.END);
        return tokens;
    }

    private Token next() {
        while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
            at++;
        }
        if (at == text.length()) {
            return new Token(Kind.END, "its end", at + 1);
        }
        char c = text.charAt(at);
        if (c == '\'' || c == '"') {
            return quoted(c, Kind.TEXT);
        }
        if (c == '`') {
            return quoted(c, Kind.NAME);
        }
        if (isDigit(c) || ((c == '-' || c == '+') && at + 1 < text.length() && isDigit(text.charAt(at + 1)))) {
            return number();
        }
        if (isWordStart(c)) {
            int from = at;
            while (at < text.length() && (isWordStart(text.charAt(at)) || isDigit(text.charAt(at)))) {
                at++;
            }
            return new Token(Kind.WORD, text.substring(from, at), from + 1);
        }
        if (SIGNS.indexOf(c) < 0) {
            throw new FilterException("character %d, '%c', has no meaning there".formatted(at + 1, c));
        }
        int from = at++;
        boolean isPair = at < text.length()
                && ((text.charAt(at) == '=' && "<>!".indexOf(c) >= 0) || (c == '<' && text.charAt(at) == '>'));
        if (isPair) {
            at++;
        }
        return new Token(Kind.SIGN, text.substring(from, at), from + 1);
    }

    /** A quote within is written twice. */
    private Token quoted(char quote, Kind kind) {
        int from = at++;
        StringBuilder content = new StringBuilder();
        while (true) {
            if (at == text.length()) {
                throw new FilterException("the %c at character %d is never closed".formatted(quote, from + 1));
            }
            char c = text.charAt(at++);
            if (c == quote) {
                if (at == text.length() || text.charAt(at) != quote) {
                    return new Token(kind, content.toString(), from + 1);
                }
                at++;
            }
            content.append(c);
        }
    }

    private Token number() {
        int from = at++;
        while (at < text.length()
                && (isDigit(text.charAt(at)) || "eE.".indexOf(text.charAt(at)) >= 0 || isExponentSign())) {
            at++;
        }
        return new Token(Kind.NUMBER, text.substring(from, at), from + 1);
    }

    private boolean isExponentSign() {
        return "+-".indexOf(text.charAt(at)) >= 0 && "eE".indexOf(text.charAt(at - 1)) >= 0;
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private static boolean isWordStart(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    }
}
