package io.bitstack.registry.deployment;

import io.bitstack.registry.Labels;
import io.bitstack.registry.model.Model;
import io.bitstack.registry.version.Version;
import jakarta.persistence.CollectionTable;
import jakarta.persistence.Column;
import jakarta.persistence.ElementCollection;
import jakarta.persistence.Entity;
import jakarta.persistence.FetchType;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.Id;
import jakarta.persistence.JoinColumn;
import jakarta.persistence.ManyToOne;
import jakarta.persistence.SequenceGenerator;
import jakarta.persistence.Table;
import java.time.Instant;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.hibernate.annotations.CurrentTimestamp;
import org.hibernate.annotations.SourceType;
import org.hibernate.generator.EventType;
import org.jspecify.annotations.Nullable;

/** A wish that nodes serve a model: the version that an alias points at, or one version. */
@Entity
@Table(name = "deployments")
class Deployment {
    @Id
    @GeneratedValue(generator = "ids")
    @SequenceGenerator(name = "ids", sequenceName = "ids")
    private long id;

    @ManyToOne(fetch = FetchType.EAGER, optional = false)
    private Model model;

    @Column
    private @Nullable String alias;

    @ManyToOne(fetch = FetchType.EAGER)
    private @Nullable Version version;

    @Column
    private int contextTokens;

    @Column
    private boolean allNodes;

    @ElementCollection(fetch = FetchType.EAGER)
    @CollectionTable(name = "deployment_nodes", joinColumns = @JoinColumn(name = "deployment_id"))
    @Column(name = "node_name")
    private Set<String> nodes = new TreeSet<>();

    @Column(columnDefinition = "text")
    private String selector = "{}";

    @Column
    private @Nullable Long budgetBytes;

    @Column
    private @Nullable Double budgetShare;

    @Column
    private @Nullable Double floorBpw;

    @Column
    private @Nullable Double ceilingBpw;

    @Column
    private String createdBy;

    @Column
    @CurrentTimestamp(event = EventType.INSERT, source = SourceType.DB)
    private Instant createdAt;

    protected Deployment() {}

    /** @param nodes null for every node, or those that the selector fits */
    Deployment(
            Model model,
            @Nullable String alias,
            @Nullable Version version,
            int contextTokens,
            @Nullable Collection<String> nodes,
            Map<String, String> selector,
            Sizing sizing,
            String createdBy) {
        this.model = model;
        this.alias = alias;
        this.version = version;
        this.contextTokens = contextTokens;
        this.allNodes = nodes == null && selector.isEmpty();
        this.selector = Labels.write(selector);
        size(sizing);
        if (nodes != null) {
            this.nodes.addAll(nodes);
        }
        this.createdBy = createdBy;
    }

    final void size(Sizing sizing) {
        this.budgetBytes = sizing.budgetBytes();
        this.budgetShare = sizing.budgetShare();
        this.floorBpw = sizing.floorBpw();
        this.ceilingBpw = sizing.ceilingBpw();
    }

    /** For a deployment of one version, which follows no alias. */
    void moveTo(Version next) {
        this.version = next;
    }

    Sizing sizing() {
        return new Sizing(budgetBytes, budgetShare, floorBpw, ceilingBpw);
    }

    boolean concerns(String node, Map<String, String> labels) {
        if (allNodes || nodes.contains(node)) {
            return true;
        }
        Map<String, String> wanted = Labels.read(selector);
        return !wanted.isEmpty() && Labels.match(wanted, labels);
    }

    long id() {
        return id;
    }

    Model model() {
        return model;
    }

    @Nullable
    String alias() {
        return alias;
    }

    @Nullable
    Version version() {
        return version;
    }

    int contextTokens() {
        return contextTokens;
    }

    DeploymentView view() {
        Version fixed = version;
        Map<String, String> wanted = Labels.read(selector);
        return new DeploymentView(
                id,
                model.name(),
                alias,
                fixed == null ? null : fixed.number(),
                contextTokens,
                allNodes || !wanted.isEmpty() ? null : Set.copyOf(nodes),
                wanted.isEmpty() ? null : wanted,
                sizing(),
                createdBy,
                createdAt);
    }
}
