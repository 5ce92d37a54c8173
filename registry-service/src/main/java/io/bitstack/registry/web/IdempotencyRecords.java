package io.bitstack.registry.web;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/** What was answered to requests that had an {@code Idempotency-Key}; each statement is a transaction of its own. */
@Component
class IdempotencyRecords {
    private final JdbcClient jdbc;

    IdempotencyRecords(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /**
     * A request that came before.
     *
     * @param status 0 while it is being answered
     * @param body null where it is not kept
     */
    record Known(
            String requestHash,
            int status,
            @Nullable String location,
            @Nullable String contentType,
            byte @Nullable [] body) {}

    /** Whether this request is the first of its key; one that was begun and not ended for ten minutes counts as never begun. */
    boolean begin(String principal, String key, String requestHash) {
        return jdbc.sql("insert into registry.idempotency_keys (principal, key, request_hash, status) values"
                                + " (?, ?, ?, 0) on conflict (principal, key) do update set created_at ="
                                + " clock_timestamp() where idempotency_keys.status = 0 and"
                                + " idempotency_keys.request_hash = excluded.request_hash and"
                                + " idempotency_keys.created_at < clock_timestamp() - interval '10 minutes'")
                        .params(principal, key, requestHash)
                        .update()
                == 1;
    }

    Optional<Known> find(String principal, String key) {
        return jdbc.sql("select request_hash, status, location, content_type, body from registry.idempotency_keys"
                        + " where principal = ? and key = ?")
                .params(principal, key)
                .query((row, _) ->
                        new Known(row.getString(1), row.getInt(2), row.getString(3), row.getString(4), row.getBytes(5)))
                .optional();
    }

    void end(String principal, String key, Known answer) {
        jdbc.sql("update registry.idempotency_keys set status = ?, location = ?, content_type = ?, body = ?"
                        + " where principal = ? and key = ?")
                .param(1, answer.status())
                .param(2, answer.location())
                .param(3, answer.contentType())
                .param(4, answer.body())
                .param(5, principal)
                .param(6, key)
                .update();
    }

    /** It failed and may be tried again. */
    void forget(String principal, String key) {
        jdbc.sql("delete from registry.idempotency_keys where principal = ? and key = ?")
                .params(principal, key)
                .update();
    }

    @Scheduled(fixedDelay = 3_600_000)
    void forgetOld() {
        jdbc.sql("delete from registry.idempotency_keys where created_at < clock_timestamp() - interval '24 hours'")
                .update();
    }
}
