package io.bitstack.registry.version;

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

/** Where an alias pointed from some time on. */
@Entity
@Table(name = "alias_history")
class AliasChange {
    @Id
    @GeneratedValue(generator = "ids")
    @SequenceGenerator(name = "ids", sequenceName = "ids")
    private long id;

    @Column
    private long modelId;

    @Column
    private String name;

    @Column
    private int versionNumber;

    @Column
    private String changedBy;

    @Column
    @CurrentTimestamp(event = EventType.INSERT, source = SourceType.DB)
    private Instant changedAt;

    protected AliasChange() {}

    AliasChange(long modelId, String name, int versionNumber, String changedBy) {
        this.modelId = modelId;
        this.name = name;
        this.versionNumber = versionNumber;
        this.changedBy = changedBy;
    }

    View view() {
        return new View(id, modelId, name, versionNumber, changedBy, changedAt);
    }

    /** What clients see of it. */
    record View(long id, long modelId, String alias, int version, String changedBy, Instant changedAt) {}
}
