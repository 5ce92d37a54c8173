package io.bitstack.registry.mlflow;

import io.bitstack.registry.search.Keyset;
import io.bitstack.registry.search.Keyset.Column;
import io.bitstack.registry.version.Stage;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** Reads MLflow's {@code order_by}. */
final class MlflowOrder {
    static final List<String> STAGES =
            Stream.of(Stage.values()).map(Stage::text).toList();

    private static final Map<String, Column> OF_MODELS = Map.of(
            "name", new Column("m.name", "varchar", true),
            "creation_timestamp", new Column(micros("m.created_at"), "bigint", true),
            "last_updated_timestamp", new Column(micros("m.updated_at"), "bigint", true));

    private static final Map<String, Column> OF_VERSIONS = Map.of(
            "name", new Column("m.name", "varchar", true),
            "version_number", new Column("v.number", "bigint", true),
            "creation_timestamp", new Column(micros("v.created_at"), "bigint", true),
            "last_updated_timestamp", new Column(micros("v.updated_at"), "bigint", true));

    private MlflowOrder() {}

    private static String micros(String timestamp) {
        return "cast(extract(epoch from %s) * 1000000 as bigint)".formatted(timestamp);
    }

    /** By name unless said otherwise. */
    static Keyset ofModels(List<String> orderBy) {
        return keyset(orderBy, OF_MODELS, List.of("name"));
    }

    /** The last updated ones first unless said otherwise. */
    static Keyset ofVersions(List<String> orderBy) {
        List<String> wanted = orderBy.isEmpty() ? List.of("last_updated_timestamp DESC") : orderBy;
        return keyset(wanted, OF_VERSIONS, List.of("name", "version_number DESC"));
    }

    private static Keyset keyset(List<String> orderBy, Map<String, Column> known, List<String> last) {
        List<Column> columns = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        for (String clause : orderBy) {
            if (!add(columns, seen, clause, known)) {
                throw MlflowException.invalid("`order_by` contains duplicate fields: " + orderBy);
            }
        }
        last.forEach(clause -> add(columns, seen, clause, known));
        return new Keyset(columns);
    }

    private static boolean add(List<Column> columns, Set<String> seen, String clause, Map<String, Column> known) {
        String[] words = clause.strip().split("\\s+");
        String direction = words.length < 2 ? "ASC" : words[1].toUpperCase(Locale.ROOT);
        String field = words[0].replaceFirst("^attributes?\\.", "").replace("`", "");
        Column column = known.get(field);
        if (column == null || words.length > 2 || !(direction.equals("ASC") || direction.equals("DESC"))) {
            throw MlflowException.invalid(
                    "Invalid order_by clause '%s': use one of %s, with ASC or DESC".formatted(clause, known.keySet()));
        }
        if (!seen.add(field)) {
            return false;
        }
        columns.add(new Column(column.sql(), column.type(), direction.equals("ASC")));
        return true;
    }
}
