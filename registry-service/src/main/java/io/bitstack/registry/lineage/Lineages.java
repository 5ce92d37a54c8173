package io.bitstack.registry.lineage;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.bitstack.registry.audit.Audit;
import io.bitstack.registry.error.ErrorCode;
import io.bitstack.registry.lineage.LineageController.VersionName;
import io.bitstack.registry.version.Version;
import io.bitstack.registry.version.Versions;
import io.bitstack.service.ApiException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/** Keeps lineage free of circles. */
@Service
class Lineages {
    /** Whoever changes lineage holds this until the transaction ends: two changes could make a circle that neither sees. */
    private static final long LOCK = 0x6c696e65616765L;

    private static final int MOST_ANCESTORS = 1000;
    private static final TypeReference<Map<String, String>> TEXTS = new TypeReference<>() {};

    private final Versions versions;
    private final JdbcClient jdbc;
    private final JsonMapper json;
    private final Audit audit;

    Lineages(Versions versions, JdbcClient jdbc, JsonMapper json, Audit audit) {
        this.versions = versions;
        this.jdbc = jdbc;
        this.json = json;
        this.audit = audit;
    }

    /** @param distance 1 for what a version was made from, 2 for what that was made from, and so on */
    record Ancestor(String model, int version, int distance) {}

    /**
     * Where a version came from.
     *
     * @param parameters of the job that made it
     * @param derivedFrom the nearest first, at most 1000
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record View(
            String model,
            int version,
            @Nullable String source,
            @Nullable String calibration,
            @Nullable String evaluation,
            @Nullable String tool,
            @Nullable Map<String, String> parameters,
            @Nullable String job,
            List<Ancestor> derivedFrom) {}

    @Transactional(readOnly = true)
    View get(String model, int number) {
        Version version = versions.require(model, number);
        List<Ancestor> ancestors = jdbc.sql("with recursive up (id, distance) as ("
                        + " select parent_id, 1 from registry.version_parents where version_id = :id"
                        + " union select p.parent_id, u.distance + 1 from registry.version_parents p"
                        + " join up u on p.version_id = u.id where u.distance < 100)"
                        + " select m.name, v.number, min(u.distance) as distance from up u"
                        + " join registry.versions v on v.id = u.id join registry.models m on m.id = v.model_id"
                        + " group by m.name, v.number order by distance, m.name, v.number limit :most")
                .param("id", version.id())
                .param("most", MOST_ANCESTORS)
                .query((row, _) -> new Ancestor(row.getString(1), row.getInt(2), row.getInt(3)))
                .list();
        return jdbc.sql("select s.source_digest, s.calibration_digest, s.evaluation_digest, s.tool, s.parameters,"
                        + " coalesce(v.job, s.parameters::jsonb ->> 'job') from registry.versions v"
                        + " left join registry.stacks s on s.id = v.stack_id where v.id = ?")
                .param(version.id())
                .query((row, _) -> new View(
                        model,
                        number,
                        row.getString(1),
                        row.getString(2),
                        row.getString(3),
                        row.getString(4),
                        row.getString(5) == null ? null : json.readValue(row.getString(5), TEXTS),
                        row.getString(6),
                        ancestors))
                .single();
    }

    /** @throws ApiException {@code VERSION_NOT_FOUND}, {@code LINEAGE_CYCLE} */
    @Transactional
    View put(String model, int number, LineageController.Made made, String principal) {
        Version version = versions.require(model, number);
        jdbc.sql("select pg_advisory_xact_lock(?)")
                .param(LOCK)
                .query((_, _) -> true)
                .single();
        jdbc.sql("delete from registry.version_parents where version_id = ?")
                .param(version.id())
                .update();
        for (VersionName name : made.derivedFrom()) {
            Version parent = versions.require(name.model(), name.version());
            requireNoCircle(version, parent);
            jdbc.sql("insert into registry.version_parents (version_id, parent_id) values (?, ?) on conflict do"
                            + " nothing")
                    .params(version.id(), parent.id())
                    .update();
        }
        if (made.job() != null) {
            jdbc.sql("update registry.versions set job = ? where id = ?")
                    .params(made.job(), version.id())
                    .update();
        }
        audit.record(principal, "version.lineage", "%s/%d".formatted(model, number));
        return get(model, number);
    }

    private void requireNoCircle(Version version, Version parent) {
        boolean isAncestor = parent.id() == version.id()
                || jdbc.sql("with recursive up (id) as ( select parent_id from registry.version_parents where"
                                + " version_id = :parent union select p.parent_id from registry.version_parents p join up u on"
                                + " p.version_id = u.id) select exists (select 1 from up where id = :version)")
                        .param("parent", parent.id())
                        .param("version", version.id())
                        .query(Boolean.class)
                        .single();
        if (isAncestor) {
            throw new ApiException(
                    ErrorCode.LINEAGE_CYCLE,
                    "version %d of model '%s' cannot be made from version %d of model '%s', which was made from it"
                            .formatted(
                                    version.number(),
                                    version.model().name(),
                                    parent.number(),
                                    parent.model().name()));
        }
    }
}
