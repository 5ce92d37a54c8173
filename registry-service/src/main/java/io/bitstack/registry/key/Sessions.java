package io.bitstack.registry.key;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.bitstack.registry.audit.Audit;
import io.bitstack.registry.error.ErrorCode;
import io.bitstack.service.ApiException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

/**
 * Sessions of browsers, known by hashes of their cookies. Time is the database's: one that was idle for too long, is too old, was ended, or whose key is not
 * good any more is not found.
 */
@Service
class Sessions {
    private static final String PREFIX = "bss_";
    /** The oldest of more are ended. */
    private static final int MOST_OF_ONE_SUBJECT = 50;

    private static final String LIVE = " s.ended_at is null and s.expires_at > clock_timestamp()"
            + " and s.last_seen_at + make_interval(secs => s.idle_seconds) > clock_timestamp()"
            + " and (s.key_id is null or exists (select 1 from registry.api_keys k where k.id = s.key_id"
            + " and k.revoked_at is null and (k.expires_at is null or k.expires_at > clock_timestamp())))";

    private final JdbcClient jdbc;
    private final Audit audit;

    Sessions(JdbcClient jdbc, Audit audit) {
        this.jdbc = jdbc;
        this.audit = audit;
    }

    /** Who opens a session; {@code keyId} when with a key. */
    record Owner(@Nullable String keyId, String subject, String name, Scope scope) {}

    /** From where, and for how long. */
    record Terms(Duration idle, Duration lifetime, String address, String userAgent) {}

    /** @param token the cookie's value, shown once */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record View(
            String id,
            String subject,
            String name,
            Scope scope,
            Instant createdAt,
            Instant lastSeenAt,
            Instant expiresAt,
            int idleTimeoutSeconds,
            String address,
            String userAgent,
            @Nullable String token) {
        private View with(String secret) {
            return new View(
                    id,
                    subject,
                    name,
                    scope,
                    createdAt,
                    lastSeenAt,
                    expiresAt,
                    idleTimeoutSeconds,
                    address,
                    userAgent,
                    secret);
        }
    }

    @Transactional
    View open(Owner owner, Terms terms) {
        jdbc.sql("delete from registry.sessions where expires_at < clock_timestamp() - interval '7 days'")
                .update();
        String token = PREFIX + Secrets.secret();
        String id = Secrets.id();
        jdbc.sql(
                        "insert into registry.sessions (id, hash, key_id, subject, name, scope, idle_seconds, expires_at, address,"
                                + " user_agent) values (?, ?, ?, ?, ?, ?, ?, clock_timestamp() + make_interval(secs => ?), ?, ?)")
                .param(id)
                .param(Secrets.hash(token))
                .param(owner.keyId())
                .param(owner.subject())
                .param(owner.name())
                .param(owner.scope().wireName())
                .param(terms.idle().toSeconds())
                .param(terms.lifetime().toSeconds())
                .param(terms.address())
                .param(terms.userAgent())
                .update();
        jdbc.sql("update registry.sessions set ended_at = clock_timestamp() where id in (select s.id from"
                        + " registry.sessions s where s.subject = ? and" + LIVE
                        + " order by s.created_at desc, s.id offset ?)")
                .params(owner.subject(), MOST_OF_ONE_SUBJECT)
                .update();
        audit.record(principal(owner), "session.open", id);
        return require("s.id = ?", id).with(token);
    }

    /**
     * The session of a cookie, which was just seen.
     *
     * @throws ApiException {@code SESSION_UNKNOWN}
     */
    @Transactional
    View verify(String token) {
        String hash = Secrets.hash(token);
        int seen = jdbc.sql(
                        "update registry.sessions s set last_seen_at = clock_timestamp() where s.hash = ? and" + LIVE)
                .param(hash)
                .update();
        if (seen == 0) {
            throw new ApiException(ErrorCode.SESSION_UNKNOWN, "the session has ended; log in");
        }
        return require("s.hash = ?", hash);
    }

    /** @param subject whose; empty for all */
    @Transactional(readOnly = true)
    List<View> list(String subject, String after, int limit) {
        return jdbc.sql("select * from registry.sessions s where" + LIVE
                        + " and (? = '' or s.subject = ?) and s.id > ? order by s.id limit ?")
                .params(subject, subject, after, limit)
                .query(Sessions::view)
                .list();
    }

    /**
     * Ends a session; nothing if it has ended.
     *
     * @throws ApiException {@code SESSION_NOT_FOUND} if it is not the subject's
     */
    @Transactional
    void end(String id, String subject, String principal) {
        List<Boolean> ended = jdbc.sql(
                        "update registry.sessions s set ended_at = coalesce(s.ended_at, clock_timestamp())"
                                + " where s.id = ? and (? = '' or s.subject = ?) returning true")
                .params(id, subject, subject)
                .query((row, _) -> row.getBoolean(1))
                .list();
        if (ended.isEmpty()) {
            throw new ApiException(ErrorCode.SESSION_NOT_FOUND, "there is no session '%s' of yours".formatted(id));
        }
        audit.record(principal, "session.end", id);
    }

    private View require(String where, String value) {
        return jdbc.sql("select * from registry.sessions s where " + where)
                .param(value)
                .query(Sessions::view)
                .single();
    }

    /** As everything else is written down that is done with the same key. */
    private static String principal(Owner owner) {
        String keyId = owner.keyId();
        return (keyId == null ? owner.subject() : keyId) + ";" + owner.scope().wireName();
    }

    private static View view(ResultSet row, int ignored) throws SQLException {
        return new View(
                row.getString("id"),
                row.getString("subject"),
                row.getString("name"),
                Scope.parse(row.getString("scope")),
                row.getTimestamp("created_at").toInstant(),
                row.getTimestamp("last_seen_at").toInstant(),
                row.getTimestamp("expires_at").toInstant(),
                row.getInt("idle_seconds"),
                row.getString("address"),
                row.getString("user_agent"),
                null);
    }
}
