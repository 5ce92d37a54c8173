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
    private @Nullable Double desiredBudgetShare;

    @Column(columnDefinition = "text")
    private String labels = "{}";

    @Column
    private @Nullable String keyId;

    @Column
    private @Nullable Instant drainedAt;

    @Column
    private @Nullable Instant revokedAt;

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

    /** Notes that the node has joined; it has not reported yet. One that was revoked belongs here again. */
    void joined(String keyId, String labels, Instant at) {
        this.keyId = keyId;
        this.labels = labels;
        this.lastSeenAt = at;
        this.revokedAt = null;
    }

    /** @param at null for a node that is sent requests again */
    void drain(@Nullable Instant at) {
        this.drainedAt = at;
    }

    /** Takes its key and what the gateway shows to it away. */
    void revoke(Instant at) {
        this.revokedAt = at;
        this.keyId = null;
        this.accessToken = "";
    }

    /** Since when an operator keeps new requests from it; null while nobody does. */
    @Nullable
    Instant drainedAt() {
        return drainedAt;
    }

    /** Since when it does not belong here; null while it does. */
    @Nullable
    Instant revokedAt() {
        return revokedAt;
    }

    /** Notes that the node has joined under its name again; what it reported before is no longer so. */
    void joinedAgain(String keyId, Instant at) {
        this.keyId = keyId;
        this.reportedState = NodeState.EMPTY;
        this.lastSeenAt = at;
    }

    /** @param share of the node's memory; at most one of the two is given */
    void desireBudget(@Nullable Long budgetBytes, @Nullable Double share) {
        this.desiredBudgetBytes = budgetBytes;
        this.desiredBudgetShare = share;
    }

    void label(String labels) {
        this.labels = labels;
    }

    /** Labels that were given to the node, as JSON. */
    String labels() {
        return labels;
    }

    /** The key that it got when it joined. */
    @Nullable
    String keyId() {
        return keyId;
    }

    @Nullable
    Double desiredBudgetShare() {
        return desiredBudgetShare;
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
