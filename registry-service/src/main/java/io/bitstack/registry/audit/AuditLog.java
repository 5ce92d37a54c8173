package io.bitstack.registry.audit;

import io.bitstack.service.ApiException;
import io.bitstack.service.CommonCode;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** Finds audit events, the latest first. Conditions that are not given are left out of the statement, so that each has its index. */
@Component
class AuditLog {
    /** Nothing happened before, and PostgreSQL has no times much after: a time outside is a slip. */
    private static final Instant EARLIEST = Instant.EPOCH;

    private static final Instant LATEST = Instant.parse("9999-12-31T23:59:59Z");

    private final JdbcClient jdbc;

    AuditLog(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /** A change as it is listed. */
    record View(long id, Instant at, String principal, String action, String subject) {}

    /**
     * What is looked for.
     *
     * @param principal the id of who did it; anybody if empty
     * @param action any if empty
     * @param from the first time that counts
     * @param to the first time that does not count any more
     * @param after the last event that was seen
     */
    record Wanted(
            String principal,
            String action,
            @Nullable Instant from,
            @Nullable Instant to,
            @Nullable Long after) {}

    /** @throws ApiException {@code REQUEST_INVALID} if the times make no sense, or there is no event {@code after} */
    List<View> find(Wanted wanted, int limit) {
        StringBuilder sql =
                new StringBuilder("select id, at, principal, action, subject from registry.audit_events where true");
        List<Object> params = new ArrayList<>();
        if (!wanted.principal().isEmpty()) {
            sql.append(" and split_part(principal, ';', 1) = ?");
            params.add(wanted.principal());
        }
        if (!wanted.action().isEmpty()) {
            sql.append(" and action = ?");
            params.add(wanted.action());
        }
        Instant from = wanted.from();
        Instant to = wanted.to();
        if (from != null && to != null && !from.isBefore(to)) {
            throw new ApiException(
                    CommonCode.REQUEST_INVALID,
                    "nothing is between from %s and to %s; from is the earlier one".formatted(from, to));
        }
        if (from != null) {
            sql.append(" and at >= ?");
            params.add(time("from", from));
        }
        if (to != null) {
            sql.append(" and at < ?");
            params.add(time("to", to));
        }
        Long after = wanted.after();
        if (after != null) {
            sql.append(" and (at, id) < (?, ?)");
            params.add(timeOf(after));
            params.add(after);
        }
        sql.append(" order by at desc, id desc limit ?");
        params.add(limit);
        return jdbc.sql(sql.toString()).params(params).query(AuditLog::view).list();
    }

    private OffsetDateTime timeOf(long id) {
        return jdbc.sql("select at from registry.audit_events where id = ?")
                .param(id)
                .query((row, _) -> row.getObject(1, OffsetDateTime.class))
                .optional()
                .orElseThrow(() -> new ApiException(
                        CommonCode.REQUEST_INVALID,
                        "there is no audit event %d, or none any more, to go on after; begin without 'after'"
                                .formatted(id)));
    }

    private static OffsetDateTime time(String name, Instant time) {
        if (time.isBefore(EARLIEST) || time.isAfter(LATEST)) {
            throw new ApiException(
                    CommonCode.REQUEST_INVALID,
                    "'%s' is %s, which is not between %s and %s".formatted(name, time, EARLIEST, LATEST));
        }
        return time.atOffset(ZoneOffset.UTC);
    }

    private static View view(ResultSet row, int ignored) throws SQLException {
        return new View(
                row.getLong("id"),
                row.getTimestamp("at").toInstant(),
                row.getString("principal"),
                row.getString("action"),
                row.getString("subject"));
    }
}
