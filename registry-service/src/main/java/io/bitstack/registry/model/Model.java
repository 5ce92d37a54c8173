package io.bitstack.registry.model;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.Id;
import jakarta.persistence.SequenceGenerator;
import jakarta.persistence.Table;
import java.time.Instant;
import org.hibernate.annotations.CurrentTimestamp;
import org.hibernate.annotations.SourceType;
import org.hibernate.generator.EventType;
import org.jspecify.annotations.Nullable;

/** A name under which versions are published. */
@Entity
@Table(name = "models")
public class Model {
    @Id
    @GeneratedValue(generator = "ids")
    @SequenceGenerator(name = "ids", sequenceName = "ids")
    private long id;

    @Column
    private String name;

    @Column
    private String description;

    @Column
    @CurrentTimestamp(event = EventType.INSERT, source = SourceType.DB)
    private Instant createdAt;

    @Column
    @CurrentTimestamp(source = SourceType.DB)
    private Instant updatedAt;

    @Column
    private @Nullable Instant condemnedAt;

    @Column(updatable = false, insertable = false)
    private @Nullable Instant purgedAt;

    protected Model() {}

    Model(String name, String description) {
        this.name = name;
        this.description = description;
    }

    public long id() {
        return id;
    }

    public String name() {
        return name;
    }

    public String description() {
        return description;
    }

    public Instant createdAt() {
        return createdAt;
    }

    public Instant updatedAt() {
        return updatedAt;
    }

    /** When it was deleted, the first phase; null while it is there. */
    public @Nullable Instant condemnedAt() {
        return condemnedAt;
    }

    void rename(String other) {
        name = other;
    }

    void describe(String text) {
        description = text;
    }

    void condemn(Instant at) {
        condemnedAt = at;
    }

    boolean isPurged() {
        return purgedAt != null;
    }

    void restore() {
        condemnedAt = null;
    }
}
