package io.bitstack.registry.key;

import com.fasterxml.jackson.annotation.JsonInclude;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Duration;
import java.time.Instant;
import org.hibernate.annotations.CurrentTimestamp;
import org.hibernate.annotations.DynamicUpdate;
import org.hibernate.annotations.SourceType;
import org.hibernate.generator.EventType;
import org.jspecify.annotations.Nullable;

/** A key, known by its hash alone. Only changed columns are written: that it was used must not take back that it was revoked meanwhile. */
@Entity
@DynamicUpdate
@Table(name = "api_keys")
class ApiKey {
    /** A key in use is written down as such no more often than this. */
    private static final Duration USE_GRAIN = Duration.ofMinutes(1);

    @Id
    private String id;

    @Column
    private String name;

    @Column
    private String scope;

    @Column
    private String prefix;

    @Column
    private String hash;

    @Column
    private String createdBy;

    @Column
    @CurrentTimestamp(event = EventType.INSERT, source = SourceType.DB)
    private Instant createdAt;

    @Column
    private @Nullable Instant expiresAt;

    @Column
    private @Nullable Instant lastUsedAt;

    @Column
    private @Nullable Instant revokedAt;

    @Column
    private @Nullable String replacedBy;

    protected ApiKey() {}

    ApiKey(String id, Terms terms, String prefix, String hash, String createdBy) {
        this.id = id;
        this.name = terms.name();
        this.scope = terms.scope().wireName();
        this.expiresAt = terms.expiresAt();
        this.prefix = prefix;
        this.hash = hash;
        this.createdBy = createdBy;
    }

    /** What a key is for. */
    record Terms(String name, Scope scope, @Nullable Instant expiresAt) {}

    void revoke(Instant at) {
        revokedAt = at;
    }

    /** Another key takes its place; this one stays good until {@code until} at most. */
    void replace(String by, Instant until) {
        replacedBy = by;
        expiresAt = expiresAt == null || until.isBefore(expiresAt) ? until : expiresAt;
    }

    /** Other terms for the same key; its scope stays, since whoever has the key was trusted with that. */
    void change(String otherName, @Nullable Instant until) {
        name = otherName;
        expiresAt = until;
    }

    Terms terms() {
        return new Terms(name, Scope.parse(scope), expiresAt);
    }

    /** The same terms for a key that is made at {@code now}, and which is good for as long as this one was made for. */
    Terms again(Instant now) {
        Instant expires = expiresAt == null ? null : now.plus(Duration.between(createdAt, expiresAt));
        return new Terms(name, Scope.parse(scope), expires);
    }

    boolean isGood(Instant now) {
        return revokedAt == null && (expiresAt == null || now.isBefore(expiresAt));
    }

    boolean isReplaced() {
        return replacedBy != null;
    }

    void used(Instant now) {
        if (lastUsedAt == null || lastUsedAt.plus(USE_GRAIN).isBefore(now)) {
            lastUsedAt = now;
        }
    }

    String id() {
        return id;
    }

    View view() {
        return new View(
                id,
                name,
                Scope.parse(scope),
                prefix,
                createdBy,
                createdAt,
                expiresAt,
                lastUsedAt,
                revokedAt,
                replacedBy);
    }

    /** What may be shown of it. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record View(
            String id,
            String name,
            Scope scope,
            String prefix,
            String createdBy,
            Instant createdAt,
            @Nullable Instant expiresAt,
            @Nullable Instant lastUsedAt,
            @Nullable Instant revokedAt,
            @Nullable String replacedBy) {}
}
