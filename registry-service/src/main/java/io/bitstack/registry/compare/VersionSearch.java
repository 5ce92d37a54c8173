package io.bitstack.registry.compare;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.bitstack.core.stack.Digest;
import io.bitstack.registry.Page;
import io.bitstack.registry.error.ErrorCode;
import io.bitstack.registry.search.FilterException;
import io.bitstack.registry.search.FilterParser;
import io.bitstack.registry.search.Keyset;
import io.bitstack.registry.search.SqlFilter;
import io.bitstack.registry.search.Vocabulary;
import io.bitstack.service.ApiException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/** Finds versions by the filter language; a page is one statement. */
@Service
class VersionSearch {
    private static final Vocabulary WORDS = new Vocabulary(
            Map.ofEntries(
                    Map.entry("name", Vocabulary.text("m.name")),
                    Map.entry("version", Vocabulary.number("v.number")),
                    Map.entry("state", Vocabulary.text("v.state")),
                    Map.entry("description", Vocabulary.text("v.description")),
                    Map.entry("architecture", Vocabulary.text("s.architecture")),
                    Map.entry("codec", Vocabulary.text("s.codec")),
                    Map.entry("weights", Vocabulary.number("s.weights")),
                    Map.entry("blocks", Vocabulary.number("s.block_count")),
                    Map.entry("sizeBytes", Vocabulary.number("s.total_bytes")),
                    Map.entry("minimalBytes", Vocabulary.number("s.minimal_bytes")),
                    Map.entry("bpw", Vocabulary.number("(8.0 * s.total_bytes / s.weights)")),
                    Map.entry("minimalBpw", Vocabulary.number("(8.0 * s.minimal_bytes / s.weights)")),
                    Map.entry("perplexity", Vocabulary.number("s.best_perplexity")),
                    Map.entry("fullPerplexity", Vocabulary.number("s.full_perplexity")),
                    Map.entry("createdBy", Vocabulary.text("v.created_by")),
                    Map.entry("job", Vocabulary.text("v.job")),
                    Map.entry("tool", Vocabulary.text("s.tool")),
                    Map.entry("source", Vocabulary.text("s.source_digest"))),
            "registry.version_tags",
            "t.version_id = v.id");
    private static final String SELECT =
            "select m.name, v.number, v.state, v.created_at, s.digest, s.architecture, s.codec, s.weights,"
                    + " s.block_count, s.minimal_bytes, s.total_bytes, s.best_perplexity, (select json_object_agg(t.key,"
                    + " t.value) from registry.version_tags t where t.version_id = v.id) as tags, ";
    private static final String FROM =
            " as page_key from registry.models m join registry.versions v on v.model_id = m.id left join"
                    + " registry.stacks s on s.id = v.stack_id where m.condemned_at is null and v.purged_at is null and ";
    private static final TypeReference<Map<String, String>> TEXTS = new TypeReference<>() {};

    private final JdbcClient jdbc;
    private final JsonMapper json;

    VersionSearch(JdbcClient jdbc, JsonMapper json) {
        this.jdbc = jdbc;
        this.json = json;
    }

    /** A version that was found; a draft without a stack has no members of one. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Hit(
            String model,
            int version,
            String state,
            Instant createdAt,
            @Nullable Digest stackDigest,
            @Nullable String architecture,
            @Nullable String codec,
            @Nullable Long weights,
            @Nullable Integer blocks,
            @Nullable Long minimalBytes,
            @Nullable Long sizeBytes,
            @Nullable Double bpw,
            @Nullable Double bestPerplexity,
            @Nullable Map<String, String> tags) {}

    private record Keyed(Hit hit, List<String> key) {}

    /** @throws ApiException {@code FILTER_INVALID} */
    @Transactional(readOnly = true)
    Page<Hit> find(String filter, String sort, @Nullable String after, int limit) {
        SqlFilter wanted;
        SqlFilter from;
        Keyset order;
        try {
            wanted = SqlFilter.of(FilterParser.parse(filter), WORDS);
            order = SearchOrder.of(sort);
            from = order.after(after);
        } catch (FilterException e) {
            throw new ApiException(ErrorCode.FILTER_INVALID, String.valueOf(e.getMessage()), e);
        }
        List<Keyed> rows = jdbc.sql(SELECT + order.values() + FROM + wanted.condition() + " and " + from.condition()
                        + " order by " + order.order() + " limit :most")
                .params(wanted.parameters())
                .params(from.parameters())
                .param("most", limit + 1)
                .query(this::row)
                .list();
        return Page.of(rows, limit, Keyed::hit, last -> Keyset.token(last.key()));
    }

    private Keyed row(ResultSet row, int ignored) throws SQLException {
        String digest = row.getString("digest");
        String tags = row.getString("tags");
        Long weights = row.getObject("weights", Long.class);
        Long sizeBytes = row.getObject("total_bytes", Long.class);
        Hit hit = new Hit(
                row.getString("name"),
                row.getInt("number"),
                row.getString("state"),
                row.getTimestamp("created_at").toInstant(),
                digest == null ? null : Digest.parse(digest),
                row.getString("architecture"),
                row.getString("codec"),
                weights,
                row.getObject("block_count", Integer.class),
                row.getObject("minimal_bytes", Long.class),
                sizeBytes,
                sizeBytes == null || weights == null ? null : 8.0 * sizeBytes / weights,
                row.getObject("best_perplexity", Double.class),
                tags == null ? null : json.readValue(tags, TEXTS));
        return new Keyed(hit, List.of((String[]) row.getArray("page_key").getArray()));
    }
}
