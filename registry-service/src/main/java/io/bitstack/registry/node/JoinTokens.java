package io.bitstack.registry.node;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.bitstack.core.stack.Digest;
import io.bitstack.registry.Labels;
import io.bitstack.registry.Names;
import io.bitstack.registry.audit.Audit;
import io.bitstack.registry.error.ErrorCode;
import io.bitstack.service.ApiException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

/** Tokens with which nodes join; a token has 256 random bits, so a plain hash of it cannot be searched. */
@Service
class JoinTokens {
    static final String PREFIX = "bsj_";
    private static final int SECRET_BYTES = 32;
    private static final int ID_BYTES = 8;
    private static final int LEAST_OF_PRESET = PREFIX.length() + 32;
    private static final int MOST_OF_PRESET = 200;
    /** A token that was chosen elsewhere is good until it is changed there. */
    private static final Duration PRESET_VALIDITY = Duration.ofDays(3650);

    private static final String BOOTSTRAP = "bootstrap;admin";
    private static final String GOOD =
            " revoked_at is null and expires_at > clock_timestamp() and (is_reusable or uses = 0)";
    private static final String COLUMNS = "select id, name, is_reusable, labels, expires_at, uses, last_used_at,"
            + " created_by, created_at, revoked_at from registry.join_tokens";

    private final JdbcClient jdbc;
    private final Audit audit;
    private final SecureRandom random = new SecureRandom();

    JoinTokens(JdbcClient jdbc, Audit audit) {
        this.jdbc = jdbc;
        this.audit = audit;
    }

    /** A token as it is shown once. */
    record Made(
            String id, String name, String token, boolean reusable, Map<String, String> labels, Instant expiresAt) {}

    /** What may be shown of a token. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record View(
            String id,
            String name,
            boolean reusable,
            Map<String, String> labels,
            Instant expiresAt,
            int uses,
            @Nullable Instant lastUsedAt,
            String createdBy,
            Instant createdAt,
            @Nullable Instant revokedAt) {}

    @Transactional
    Made create(String name, boolean reusable, Map<String, String> labels, Duration validity, String principal) {
        byte[] secret = new byte[SECRET_BYTES];
        random.nextBytes(secret);
        String id = newId();
        String token = PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(secret);
        Map<String, String> checked = Labels.require(labels);
        Instant expiresAt = jdbc.sql(
                        "insert into registry.join_tokens (id, name, hash, is_reusable, labels, expires_at,"
                                + " created_by) values (?, ?, ?, ?, ?, clock_timestamp() + make_interval(secs => ?), ?)"
                                + " returning expires_at")
                .params(
                        id,
                        Names.require("token's name", name),
                        hash(token),
                        reusable,
                        Labels.write(checked),
                        (double) validity.toSeconds(),
                        principal)
                .query(Timestamp.class)
                .single()
                .toInstant();
        audit.record(principal, "join-token.create", "%s %s".formatted(id, name));
        return new Made(id, name, token, reusable, checked, expiresAt);
    }

    /**
     * Takes a reusable token that was chosen elsewhere, unless it is known already, and revokes those that were chosen before.
     *
     * @param token blank for none any more
     */
    @Transactional
    void preset(String token) {
        boolean none = token.isBlank();
        if (!none
                && (!token.startsWith(PREFIX)
                        || token.length() < LEAST_OF_PRESET
                        || token.length() > MOST_OF_PRESET
                        || token.chars().anyMatch(c -> c <= ' ' || c > '~'))) {
            throw new IllegalArgumentException(
                    "bitstack.registry.bootstrap-join-token must be 'bsj_' and at least 32 random"
                            + " characters, %d in all at most, without white space".formatted(MOST_OF_PRESET));
        }
        String hash = none ? "" : hash(token);
        jdbc.sql("update registry.join_tokens set revoked_at = clock_timestamp() where created_by = ? and hash <> ? and"
                        + " revoked_at is null returning id")
                .params(BOOTSTRAP, hash)
                .query(String.class)
                .list()
                .forEach(id -> audit.record(BOOTSTRAP, "join-token.revoke", id));
        if (none) {
            return;
        }
        // Other registries may start at the same moment; and one that an administrator revoked stays so.
        String id = newId();
        int made = jdbc.sql(
                        "insert into registry.join_tokens (id, name, hash, is_reusable, labels, expires_at, created_by)"
                                + " values (?, 'bootstrap', ?, true, '{}', clock_timestamp() + make_interval(secs => ?), ?)"
                                + " on conflict (hash) do nothing")
                .params(id, hash, (double) PRESET_VALIDITY.toSeconds(), BOOTSTRAP)
                .update();
        if (made > 0) {
            audit.record(BOOTSTRAP, "join-token.create", id + " bootstrap");
        }
    }

    private String newId() {
        byte[] bytes = new byte[ID_BYTES];
        random.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    /** A token that could be used now. @throws ApiException {@code JOIN_TOKEN_UNKNOWN} */
    @Transactional(readOnly = true)
    View verify(String token) {
        return jdbc.sql(COLUMNS + " where hash = ? and" + GOOD)
                .param(hash(token))
                .query(JoinTokens::view)
                .optional()
                .orElseThrow(JoinTokens::unknown);
    }

    /** Uses a token up, or once more. Of two that use a one-time token at once one gets it. @throws ApiException {@code JOIN_TOKEN_UNKNOWN} */
    @Transactional(propagation = Propagation.MANDATORY)
    View use(String id) {
        Optional<String> used = jdbc.sql(
                        "update registry.join_tokens set uses = uses + 1, last_used_at = clock_timestamp()"
                                + " where id = ? and" + GOOD + " returning id")
                .param(id)
                .query(String.class)
                .optional();
        return used.map(this::get).orElseThrow(JoinTokens::unknown);
    }

    private View get(String id) {
        return jdbc.sql(COLUMNS + " where id = ?")
                .param(id)
                .query(JoinTokens::view)
                .single();
    }

    @Transactional(readOnly = true)
    List<View> list(String after, int limit) {
        return jdbc.sql(COLUMNS + " where id > ? order by id limit ?")
                .params(after, limit)
                .query(JoinTokens::view)
                .list();
    }

    @Transactional
    void revoke(String id, String principal) {
        int changed = jdbc.sql("update registry.join_tokens set revoked_at = coalesce(revoked_at, clock_timestamp())"
                        + " where id = ?")
                .param(id)
                .update();
        if (changed == 0) {
            throw new ApiException(ErrorCode.JOIN_TOKEN_NOT_FOUND, "there is no join token '%s'".formatted(id));
        }
        audit.record(principal, "join-token.revoke", id);
    }

    private static View view(ResultSet row, int ignored) throws SQLException {
        return new View(
                row.getString("id"),
                row.getString("name"),
                row.getBoolean("is_reusable"),
                Labels.read(row.getString("labels")),
                row.getTimestamp("expires_at").toInstant(),
                row.getInt("uses"),
                instant(row.getTimestamp("last_used_at")),
                row.getString("created_by"),
                row.getTimestamp("created_at").toInstant(),
                instant(row.getTimestamp("revoked_at")));
    }

    private static @Nullable Instant instant(@Nullable Timestamp at) {
        return at == null ? null : at.toInstant();
    }

    private static ApiException unknown() {
        return new ApiException(
                ErrorCode.JOIN_TOKEN_UNKNOWN,
                "this join token is unknown, used up, expired or revoked; ask an administrator for a new one");
    }

    private static String hash(String token) {
        return Digest.of(token.getBytes(StandardCharsets.UTF_8)).hex();
    }
}
