package io.bitstack.registry.search;

import io.bitstack.registry.search.FilterLexer.Kind;
import io.bitstack.registry.search.FilterLexer.Token;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Reads filters: comparisons joined by AND, OR, NOT and parentheses. What MLflow's clients send, joined by AND alone, is a part of
 * this language.
 */
public final class FilterParser {
    private static final int DEEPEST = 16;
    private static final int MOST_COMPARISONS = 50;
    private static final int MOST_VALUES = 200;
    private static final int LONGEST_EXPONENT = 30;

    private static final Map<String, Filter.Operator> SIGNS = Map.of(
            "=", Filter.Operator.EQUAL,
            "!=", Filter.Operator.NOT_EQUAL,
            "<>", Filter.Operator.NOT_EQUAL,
            "<", Filter.Operator.LESS,
            "<=", Filter.Operator.AT_MOST,
            ">", Filter.Operator.MORE,
            ">=", Filter.Operator.AT_LEAST);

    private final List<Token> tokens;
    private int at;
    private int comparisons;

    private FilterParser(List<Token> tokens) {
        this.tokens = tokens;
    }

    /** @param text blank for everything @throws FilterException if it is not a filter */
    public static Filter parse(String text) {
        if (text.isBlank()) {
            return Filter.ALL;
        }
        FilterParser parser = new FilterParser(FilterLexer.tokens(text));
        Filter filter = parser.disjunction(0);
        if (parser.peek().kind() != Kind.END) {
            throw parser.expected("AND, OR or the end");
        }
        return filter;
    }

    private Filter disjunction(int depth) {
        List<Filter> parts = new ArrayList<>(List.of(conjunction(depth)));
        while (takeWord("OR")) {
            parts.add(conjunction(depth));
        }
        return parts.size() == 1 ? parts.getFirst() : new Filter.Or(parts);
    }

    private Filter conjunction(int depth) {
        List<Filter> parts = new ArrayList<>(List.of(term(depth)));
        while (takeWord("AND")) {
            parts.add(term(depth));
        }
        return parts.size() == 1 ? parts.getFirst() : new Filter.And(parts);
    }

    private Filter term(int depth) {
        if (depth > DEEPEST) {
            throw new FilterException("parentheses and NOT are nested deeper than %d".formatted(DEEPEST));
        }
        if (takeWord("NOT")) {
            return new Filter.Not(term(depth + 1));
        }
        if (take("(")) {
            Filter inner = disjunction(depth + 1);
            require(")");
            return inner;
        }
        return comparison();
    }

    private Filter comparison() {
        if (++comparisons > MOST_COMPARISONS) {
            throw new FilterException("there are more than %d comparisons".formatted(MOST_COMPARISONS));
        }
        Filter.Field field = field();
        Filter.Operator operator = operator();
        if (!operator.isOfLists()) {
            return new Filter.Comparison(field, operator, List.of(value()));
        }
        require("(");
        List<Object> values = new ArrayList<>(List.of(value()));
        while (take(",")) {
            values.add(value());
            if (values.size() > MOST_VALUES) {
                throw new FilterException("a list has more than %d values".formatted(MOST_VALUES));
            }
        }
        require(")");
        return new Filter.Comparison(field, operator, values);
    }

    private Filter.Field field() {
        Token first = name();
        if (!take(".")) {
            return new Filter.Field(first.text(), false);
        }
        boolean isTag = first.isWord("TAG") || first.isWord("TAGS");
        if (!isTag && !first.isWord("ATTRIBUTE") && !first.isWord("ATTRIBUTES")) {
            throw new FilterException("'%s.' at character %d is not tags.".formatted(first.text(), first.position()));
        }
        StringBuilder key = new StringBuilder(name().text());
        while (take(".")) {
            key.append('.').append(name().text());
        }
        return new Filter.Field(key.toString(), isTag);
    }

    /** A word or a quoted name; a key in double quotes is a name too. */
    private Token name() {
        Token token = peek();
        if (token.kind() != Kind.WORD && token.kind() != Kind.NAME && token.kind() != Kind.TEXT) {
            throw expected("a name");
        }
        at++;
        return token;
    }

    private Filter.Operator operator() {
        Token token = peek();
        at++;
        Filter.Operator sign = token.kind() == Kind.SIGN ? SIGNS.get(token.text()) : null;
        if (sign != null) {
            return sign;
        }
        if (token.isWord("LIKE")) {
            return Filter.Operator.LIKE;
        }
        if (token.isWord("ILIKE")) {
            return Filter.Operator.ILIKE;
        }
        if (token.isWord("IN")) {
            return Filter.Operator.IN;
        }
        if (token.isWord("NOT") && takeWord("IN")) {
            return Filter.Operator.NOT_IN;
        }
        at--;
        throw expected("one of = != < <= > >= LIKE ILIKE IN, NOT IN");
    }

    private Object value() {
        Token token = peek();
        if (token.kind() == Kind.TEXT) {
            at++;
            return token.text();
        }
        if (token.kind() != Kind.NUMBER) {
            throw expected("a number, or a text in quotes");
        }
        at++;
        try {
            BigDecimal number = new BigDecimal(token.text());
            if (Math.abs((long) number.scale()) + number.precision() <= LONGEST_EXPONENT) {
                return number;
            }
        } catch (NumberFormatException e) {
            throw new FilterException("'%s' at character %d is not a number".formatted(token.text(), token.position()));
        }
        throw new FilterException("the number at character %d is too long".formatted(token.position()));
    }

    private Token peek() {
        return tokens.get(Math.min(at, tokens.size() - 1));
    }

    private boolean take(String sign) {
        boolean isThere = peek().is(sign);
        at += isThere ? 1 : 0;
        return isThere;
    }

    private boolean takeWord(String word) {
        boolean isThere = peek().isWord(word);
        at += isThere ? 1 : 0;
        return isThere;
    }

    private void require(String sign) {
        if (!take(sign)) {
            throw expected("'" + sign + "'");
        }
    }

    private FilterException expected(String what) {
        Token token = peek();
        return new FilterException(
                "character %d: expected %s and found %s".formatted(token.position(), what, token.text()));
    }
}
