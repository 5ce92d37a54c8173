package io.bitstack.registry.version;

import io.bitstack.registry.model.Model;
import io.bitstack.registry.stack.Stack;
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
import org.hibernate.generator.EventType;

/** A stack under a model's name and a number. */
@Entity
@Table(name = "versions")
public class Version {
    @Id
    @GeneratedValue(generator = "ids")
    @SequenceGenerator(name = "ids", sequenceName = "ids")
    private long id;

    @ManyToOne(fetch = FetchType.LAZY, optional = false)
    private Model model;

    @Column
    private int number;

    @ManyToOne(fetch = FetchType.EAGER, optional = false)
    private Stack stack;

    @Column
    private String createdBy;

    @Column
    @CurrentTimestamp(event = EventType.INSERT, source = SourceType.DB)
    private Instant createdAt;

    protected Version() {}

    Version(Model model, int number, Stack stack, String createdBy) {
        this.model = model;
        this.number = number;
        this.stack = stack;
        this.createdBy = createdBy;
    }

    public Model model() {
        return model;
    }

    public int number() {
        return number;
    }

    public Stack stack() {
        return stack;
    }

    String createdBy() {
        return createdBy;
    }

    Instant createdAt() {
        return createdAt;
    }
}
