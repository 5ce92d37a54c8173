package io.bitstack.registry.version;

import io.bitstack.registry.error.ErrorCode;
import io.bitstack.registry.model.Model;
import io.bitstack.registry.stack.Stack;
import io.bitstack.service.ApiException;
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
import org.jspecify.annotations.Nullable;

/** A stack under a model's name and a number. A draft may still be without one. */
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

    @ManyToOne(fetch = FetchType.EAGER)
    private @Nullable Stack stack;

    @Column
    private VersionState state = VersionState.DRAFT;

    @Column
    private @Nullable Instant condemnedAt;

    @Column
    private String description = "";

    @Column
    private @Nullable String source;

    @Column
    private @Nullable String runId;

    @Column
    private @Nullable String runLink;

    @Column
    private String stage = Stage.NONE.text();

    @Column
    private @Nullable String job;

    @Column
    private String createdBy;

    @Column
    @CurrentTimestamp(event = EventType.INSERT, source = SourceType.DB)
    private Instant createdAt;

    @Column
    @CurrentTimestamp(source = SourceType.DB)
    private Instant updatedAt;

    protected Version() {}

    Version(Model model, int number, @Nullable Stack stack, VersionState state, Origin origin, String createdBy) {
        this.model = model;
        this.number = number;
        this.stack = stack;
        this.state = state;
        this.source = origin.source();
        this.runId = origin.runId();
        this.runLink = origin.runLink();
        this.job = origin.job();
        this.createdBy = createdBy;
    }

    public long id() {
        return id;
    }

    public Model model() {
        return model;
    }

    public int number() {
        return number;
    }

    /** Its stack. @throws ApiException {@code VERSION_NOT_READY} if it is a draft that has none yet */
    public Stack stack() {
        if (stack == null) {
            throw new ApiException(
                    ErrorCode.VERSION_NOT_READY,
                    "version %d of model '%s' is a draft without a stack; publish one for it first"
                            .formatted(number, model.name()));
        }
        return stack;
    }

    public @Nullable Stack stackIfAny() {
        return stack;
    }

    public VersionState state() {
        return state;
    }

    /** @throws ApiException {@code VERSION_STATE_INVALID}, {@code VERSION_NOT_READY} */
    void become(VersionState next, Instant now) {
        if (!state.canTransitionTo(next)) {
            throw new ApiException(
                    ErrorCode.VERSION_STATE_INVALID,
                    "version %d of model '%s' is %s and cannot become %s from there"
                            .formatted(number, model.name(), state.wireName(), next.wireName()));
        }
        if (next == VersionState.READY) {
            stack();
        }
        state = next;
        condemnedAt = next == VersionState.CONDEMNED ? now : null;
    }

    void fill(Stack found) {
        stack = found;
    }

    void describe(String text) {
        description = text;
    }

    void enter(Stage next) {
        stage = next.text();
    }

    Stage stage() {
        return Stage.of(stage).orElse(Stage.NONE);
    }

    String description() {
        return description;
    }

    Origin origin() {
        return new Origin(source, runId, runLink, job);
    }

    @Nullable
    Instant condemnedAt() {
        return condemnedAt;
    }

    String createdBy() {
        return createdBy;
    }

    Instant createdAt() {
        return createdAt;
    }

    Instant updatedAt() {
        return updatedAt;
    }
}
