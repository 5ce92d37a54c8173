package io.bitstack.registry.search;

import java.util.Map;
import java.util.TreeMap;

/**
 * What may be asked for, and by which SQL it is found. Only these expressions ever become part of a statement.
 *
 * @param fields by name
 * @param tagTable the table of tags, aliased {@code t} in what follows
 * @param tagOwner the condition that a tag belongs to the row at hand
 */
public record Vocabulary(Map<String, Term> fields, String tagTable, String tagOwner) {
    public Vocabulary {
        fields = new TreeMap<>(fields);
    }

    /** @param sql an expression over the query's tables */
    public record Term(String sql, boolean isNumber) {}

    public static Term text(String sql) {
        return new Term(sql, false);
    }

    public static Term number(String sql) {
        return new Term(sql, true);
    }
}
