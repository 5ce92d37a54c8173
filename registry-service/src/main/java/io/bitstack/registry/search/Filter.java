package io.bitstack.registry.search;

import java.util.List;

/** A filter, read but not yet checked against a vocabulary. */
public sealed interface Filter {
    /** All of them hold; of none that is always so. */
    record And(List<Filter> parts) implements Filter {}

    /** One of them holds. */
    record Or(List<Filter> parts) implements Filter {}

    /** It does not hold. */
    record Not(Filter part) implements Filter {}

    /** @param values one, or those of a list after {@code IN}; text as a string, a number as a {@link java.math.BigDecimal} */
    record Comparison(Field field, Operator operator, List<Object> values) implements Filter {}

    /** @param isTag whether the name is a tag's key */
    record Field(String name, boolean isTag) {
        @Override
        public String toString() {
            return isTag ? "tags.`" + name + "`" : name;
        }
    }

    /** How a field is compared. */
    enum Operator {
        EQUAL("="),
        NOT_EQUAL("<>"),
        LESS("<"),
        AT_MOST("<="),
        MORE(">"),
        AT_LEAST(">="),
        LIKE("like"),
        ILIKE("ilike"),
        IN("in"),
        NOT_IN("not in");

        private final String sql;

        Operator(String sql) {
            this.sql = sql;
        }

        String sql() {
            return sql;
        }

        boolean isOfLists() {
            return this == IN || this == NOT_IN;
        }

        boolean isOfText() {
            return this == EQUAL || this == NOT_EQUAL || this == LIKE || this == ILIKE || isOfLists();
        }

        boolean isOfNumbers() {
            return this != LIKE && this != ILIKE && !isOfLists();
        }
    }

    /** What is true of everything. */
    Filter ALL = new And(List.of());
}
