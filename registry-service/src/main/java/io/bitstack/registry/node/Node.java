package io.bitstack.registry.node;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import org.hibernate.annotations.CurrentTimestamp;
import org.hibernate.annotations.DynamicUpdate;
import org.hibernate.annotations.SourceType;
import org.hibernate.generator.EventType;
import org.jspecify.annotations.Nullable;

/** A node with its last report. Only changed columns are written: a heartbeat must not put an old desired budget back. */
@Entity
@DynamicUpdate
@Table(name = "nodes")
class Node {
    @Id
    private String name;

    @Column
    private String url = "";

    @Column
    private String accessToken = "";

    @Column
    @Enumerated(EnumType.STRING)
    private NodeState reportedState = NodeState.EMPTY;

    @Column(columnDefinition = "text")
    private String report = "";

    @Column
    private @Nullable String stackDigest;

    @Column
    private @Nullable Long desiredBudgetBytes;

    @Column
    @CurrentTimestamp(event = EventType.INSERT, source = SourceType.DB)
    private Instant firstSeenAt;

    @Column
    private Instant lastSeenAt = Instant.EPOCH;

    protected Node() {}

    Node(String name) {
        this.name = name;
    }

    /** @param report JSON without the access token; {@code at} by the database's clock */
    void heard(
            String url, String accessToken, NodeState state, String report, @Nullable String stackDigest, Instant at) {
        this.url = url;
        this.accessToken = accessToken;
        this.reportedState = state;
        this.report = report;
        this.stackDigest = stackDigest;
        this.lastSeenAt = at;
    }

    void desireBudget(@Nullable Long budgetBytes) {
        this.desiredBudgetBytes = budgetBytes;
    }

    String name() {
        return name;
    }

    String accessToken() {
        return accessToken;
    }

    NodeState reportedState() {
        return reportedState;
    }

    String report() {
        return report;
    }

    @Nullable
    Long desiredBudgetBytes() {
        return desiredBudgetBytes;
    }

    Instant firstSeenAt() {
        return firstSeenAt;
    }

    Instant lastSeenAt() {
        return lastSeenAt;
    }
}
