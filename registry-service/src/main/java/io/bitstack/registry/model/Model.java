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
}
