package io.bitstack.registry.version;

import io.bitstack.registry.model.Model;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.FetchType;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.Id;
import jakarta.persistence.ManyToOne;
import jakarta.persistence.SequenceGenerator;
import jakarta.persistence.Table;
import java.time.Instant;
import org.hibernate.annotations.CurrentTimestamp;
import org.hibernate.annotations.SourceType;

/** A name for one version of a model, which can be moved to another one. */
@Entity
@Table(name = "aliases")
class Alias {
    @Id
    @GeneratedValue(generator = "ids")
    @SequenceGenerator(name = "ids", sequenceName = "ids")
    private long id;

    @ManyToOne(fetch = FetchType.LAZY, optional = false)
    private Model model;

    @Column
    private String name;

    @ManyToOne(fetch = FetchType.EAGER, optional = false)
    private Version version;

    @Column
    @CurrentTimestamp(source = SourceType.DB)
    private Instant updatedAt;

    @Column
    private long revision;

    protected Alias() {}

    Alias(Model model, String name, Version version) {
        this.model = model;
        this.name = name;
        this.version = version;
    }

    void moveTo(Version other) {
        version = other;
        revision++;
    }

    long modelId() {
        return model.id();
    }

    Version version() {
        return version;
    }

    String name() {
        return name;
    }

    private String etag() {
        return "\"%d.%d\"".formatted(id, revision);
    }

    /** Whether it is still what a client saw; {@code *} is any. */
    boolean matches(String ifMatch) {
        return ifMatch.equals("*") || ifMatch.equals(etag());
    }

    AliasView view() {
        return new AliasView(model.name(), name, version.number(), updatedAt, etag());
    }
}
