package io.bitstack.registry.compare;

import io.bitstack.registry.search.FilterException;
import io.bitstack.registry.search.Keyset;
import io.bitstack.registry.search.Keyset.Column;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** Reads the order of a search: a field's name, after a minus the largest first. */
final class SearchOrder {
    private static final List<String> LAST = List.of("name", "version");
    /** Numbers are ordered as whole ones, so that a page's token holds them exactly; drafts without a stack count as 0. */
    private static final Map<String, Column> FIELDS = Map.of(
            "name", new Column("m.name", "varchar", true),
            "version", new Column("v.number", "bigint", true),
            "sizeBytes", new Column("coalesce(s.total_bytes, 0)", "bigint", true),
            "bpw", new Column(millionths("8.0 * s.total_bytes / s.weights"), "bigint", true),
            "perplexity", new Column(millionths("least(s.best_perplexity, 1e9)"), "bigint", true),
            "createdAt", new Column(millionths("extract(epoch from v.created_at)"), "bigint", true));

    private SearchOrder() {}

    private static String millionths(String number) {
        return "cast(coalesce(%s, 0) * 1000000 as bigint)".formatted(number);
    }

    /**
     * The order by a field, then by name and version.
     *
     * @throws FilterException on a field by which versions are not ordered
     */
    static Keyset of(String sort) {
        boolean isAscending = !sort.startsWith("-");
        String field = isAscending ? sort : sort.substring(1);
        Column first = FIELDS.get(field);
        if (first == null) {
            throw new FilterException(
                    "versions are not sorted by '%s': use one of %s, after a minus for the largest first"
                            .formatted(field, new TreeSet<>(FIELDS.keySet())));
        }
        List<Column> columns = new ArrayList<>();
        columns.add(new Column(first.sql(), first.type(), isAscending));
        LAST.stream().filter(name -> !name.equals(field)).map(FIELDS::get).forEach(columns::add);
        return new Keyset(columns);
    }
}
