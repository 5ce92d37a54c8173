package io.bitstack.registry.key;

import com.fasterxml.jackson.annotation.JsonInclude;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import org.hibernate.annotations.CurrentTimestamp;
import org.hibernate.annotations.SourceType;
import org.hibernate.generator.EventType;
import org.jspecify.annotations.Nullable;

/** A key, known by its hash alone. */
@Entity
@Table(name = "api_keys")
class ApiKey {
    @Id
    private String id;

    @Column
    private String name;

    @Column
    private String scope;

    @Column
    private String hash;

    @Column
    @CurrentTimestamp(event = EventType.INSERT, source = SourceType.DB)
    private Instant createdAt;

    @Column
    private @Nullable Instant revokedAt;

    protected ApiKey() {}

    ApiKey(String id, String name, Scope scope, String hash) {
        this.id = id;
        this.name = name;
        this.scope = scope.wireName();
        this.hash = hash;
    }

    void revoke(Instant at) {
        revokedAt = at;
    }

    String id() {
        return id;
    }

    boolean isRevoked() {
        return revokedAt != null;
    }

    String hash() {
        return hash;
    }

    View view() {
        return new View(id, name, Scope.parse(scope), createdAt, revokedAt);
    }

    /** What may be shown of it. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record View(
            String id,
            String name,
            Scope scope,
            Instant createdAt,
            @Nullable Instant revokedAt) {}
}
