package io.bitstack.registry.mlflow;

import io.bitstack.registry.search.FilterParser;
import io.bitstack.registry.search.Keyset;
import io.bitstack.registry.search.SqlFilter;
import io.bitstack.registry.search.Vocabulary;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/** Finds models and versions in MLflow's shape; each search is one statement. */
@Service
@Transactional(readOnly = true)
class MlflowCatalog {
    private static final Vocabulary OF_MODELS = new Vocabulary(
            Map.of(
                    "name", Vocabulary.text("m.name"),
                    "creation_timestamp", Vocabulary.number(millis("m.created_at")),
                    "last_updated_timestamp", Vocabulary.number(millis("m.updated_at"))),
            "registry.model_tags",
            "t.model_id = m.id");

    private static final Vocabulary OF_VERSIONS = new Vocabulary(
            Map.of(
                    "name", Vocabulary.text("m.name"),
                    "version_number", Vocabulary.number("v.number"),
                    "version", Vocabulary.number("v.number"),
                    "run_id", Vocabulary.text("v.run_id"),
                    "source_path", Vocabulary.text(MlflowSources.SQL),
                    "creation_timestamp", Vocabulary.number(millis("v.created_at")),
                    "last_updated_timestamp", Vocabulary.number(millis("v.updated_at")),
                    "state", Vocabulary.text("v.state")),
            "registry.version_tags",
            "t.version_id = v.id");

    private static final String VERSION_COLUMNS = "m.name as model, v.number, " + millis("v.created_at")
            + " as created, " + millis("v.updated_at") + " as updated, v.created_by, v.stage, v.description, "
            + MlflowSources.SQL + " as source, v.run_id, v.run_link,"
            + " (select coalesce(json_object_agg(t.key, t.value), '{}') from registry.version_tags t"
            + " where t.version_id = v.id) as tags,"
            + " (select coalesce(json_agg(a.name order by a.name), '[]') from registry.aliases a"
            + " where a.version_id = v.id) as aliases";
    private static final String VERSIONS = " from registry.versions v join registry.models m on m.id = v.model_id left"
            + " join registry.stacks s on s.id = v.stack_id where m.condemned_at is null and v.condemned_at is null and ";

    private static final String MODEL_COLUMNS = "m.name, " + millis("m.created_at") + " as created, "
            + millis("m.updated_at") + " as updated, m.description,"
            + " (select coalesce(json_object_agg(t.key, t.value), '{}') from registry.model_tags t"
            + " where t.model_id = m.id) as tags,"
            + " (select coalesce(json_object_agg(a.name, v.number), '{}') from registry.aliases a"
            + " join registry.versions v on v.id = a.version_id where a.model_id = m.id) as aliases";
    private static final String MODELS = " from registry.models m where m.condemned_at is null and ";

    private static final TypeReference<Map<String, String>> TEXTS = new TypeReference<>() {};
    private static final TypeReference<Map<String, Integer>> NUMBERS = new TypeReference<>() {};
    private static final TypeReference<List<String>> NAMES = new TypeReference<>() {};

    private final JdbcClient jdbc;
    private final JsonMapper json;

    MlflowCatalog(JdbcClient jdbc, JsonMapper json) {
        this.jdbc = jdbc;
        this.json = json;
    }

    /** A page of what was found; the token is null on the last one. */
    record Found<T>(List<T> items, @Nullable String nextPageToken) {}

    private record Keyed<T>(T item, List<String> key) {}

    private static String millis(String timestamp) {
        return "cast(floor(extract(epoch from %s) * 1000) as bigint)".formatted(timestamp);
    }

    /** @throws MlflowException {@code RESOURCE_DOES_NOT_EXIST} */
    MlflowModel model(String name) {
        return jdbc.sql("select " + MODEL_COLUMNS + MODELS + "m.name = :name")
                .param("name", name)
                .query(this::modelRow)
                .optional()
                .map(this::withLatest)
                .orElseThrow(() -> new MlflowException(
                        MlflowCode.RESOURCE_DOES_NOT_EXIST, "Registered Model with name=%s not found".formatted(name)));
    }

    /** @throws MlflowException {@code RESOURCE_DOES_NOT_EXIST} */
    MlflowVersion version(String name, int number) {
        return jdbc.sql("select " + VERSION_COLUMNS + VERSIONS + "m.name = :name and v.number = :number")
                .param("name", name)
                .param("number", number)
                .query(this::versionRow)
                .optional()
                .orElseThrow(() -> new MlflowException(
                        MlflowCode.RESOURCE_DOES_NOT_EXIST,
                        "Model Version (name=%s, version=%d) not found".formatted(name, number)));
    }

    /** The newest version of each stage. */
    List<MlflowVersion> latest(String name, List<String> stages) {
        return jdbc.sql("select distinct on (v.stage) " + VERSION_COLUMNS + VERSIONS
                        + "m.name = :name and v.stage in (:stages) order by v.stage, v.number desc")
                .param("name", name)
                .param("stages", stages)
                .query(this::versionRow)
                .list();
    }

    Found<MlflowModel> models(@Nullable String filter, List<String> orderBy, int results, @Nullable String token) {
        Keyset keyset = MlflowOrder.ofModels(orderBy);
        Found<MlflowModel> page =
                search(MODEL_COLUMNS, MODELS, OF_MODELS, keyset, filter, results, token, this::modelRow);
        return new Found<>(page.items().stream().map(this::withLatest).toList(), page.nextPageToken());
    }

    Found<MlflowVersion> versions(@Nullable String filter, List<String> orderBy, int results, @Nullable String token) {
        Keyset keyset = MlflowOrder.ofVersions(orderBy);
        return search(VERSION_COLUMNS, VERSIONS, OF_VERSIONS, keyset, filter, results, token, this::versionRow);
    }

    private <T> Found<T> search(
            String columns,
            String from,
            Vocabulary vocabulary,
            Keyset keyset,
            @Nullable String filter,
            int results,
            @Nullable String token,
            org.springframework.jdbc.core.RowMapper<T> row) {
        SqlFilter wanted = SqlFilter.of(FilterParser.parse(filter == null ? "" : filter), vocabulary);
        SqlFilter after = keyset.after(token);
        List<Keyed<T>> rows = jdbc.sql("select " + columns + ", " + keyset.values() + " as page_key" + from
                        + wanted.condition() + " and " + after.condition() + " order by " + keyset.order()
                        + " limit :results")
                .params(wanted.parameters())
                .params(after.parameters())
                .param("results", results + 1)
                .query((found, i) ->
                        new Keyed<>(java.util.Objects.requireNonNull(row.mapRow(found, i)), List.of((String[])
                                found.getArray("page_key").getArray())))
                .list();
        List<T> items = new ArrayList<>();
        rows.stream().limit(results).forEach(keyed -> items.add(keyed.item()));
        return new Found<>(
                items,
                rows.size() > results ? Keyset.token(rows.get(results - 1).key()) : null);
    }

    private MlflowModel withLatest(MlflowModel model) {
        return new MlflowModel(
                model.name(),
                model.creationTimestamp(),
                model.lastUpdatedTimestamp(),
                model.description(),
                latest(model.name(), MlflowOrder.STAGES),
                model.tags(),
                model.aliases());
    }

    private MlflowModel modelRow(ResultSet row, int ignored) throws SQLException {
        return new MlflowModel(
                row.getString("name"),
                row.getLong("created"),
                row.getLong("updated"),
                row.getString("description"),
                List.of(),
                MlflowTag.list(json.readValue(row.getString("tags"), TEXTS)),
                json.readValue(row.getString("aliases"), NUMBERS).entrySet().stream()
                        .map(alias -> new MlflowModel.Alias(alias.getKey(), Integer.toString(alias.getValue())))
                        .toList());
    }

    private MlflowVersion versionRow(ResultSet row, int ignored) throws SQLException {
        return new MlflowVersion(
                row.getString("model"),
                Integer.toString(row.getInt("number")),
                row.getLong("created"),
                row.getLong("updated"),
                row.getString("created_by"),
                row.getString("stage"),
                row.getString("description"),
                row.getString("source"),
                row.getString("run_id"),
                row.getString("run_link"),
                MlflowVersion.READY,
                MlflowTag.list(json.readValue(row.getString("tags"), TEXTS)),
                json.readValue(row.getString("aliases"), NAMES));
    }
}
