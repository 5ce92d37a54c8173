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

    protected Alias() {}

    Alias(Model model, String name, Version version) {
        this.model = model;
        this.name = name;
        this.version = version;
    }

    void moveTo(Version other) {
        version = other;
    }

    Version version() {
        return version;
    }

    AliasView view() {
        return new AliasView(model.name(), name, version.number(), updatedAt);
    }
}
