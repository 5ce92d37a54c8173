package io.bitstack.registry.node;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.bitstack.core.stack.Digest;
import io.bitstack.registry.Names;
import io.bitstack.registry.audit.Audit;
import io.bitstack.registry.deployment.Deployments;
import io.bitstack.registry.error.ErrorCode;
import io.bitstack.registry.event.EventType;
import io.bitstack.registry.event.Events;
import io.bitstack.service.ApiException;
import io.bitstack.service.CommonCode;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.data.domain.Limit;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;
import tools.jackson.databind.json.JsonMapper;

/** Hears nodes and tells them what they ought to be. */
@Service
class Nodes {
    private final NodeRepository nodes;
    private final Deployments deployments;
    private final Audit audit;
    private final Events events;
    private final JsonMapper json;

    Nodes(NodeRepository nodes, Deployments deployments, Audit audit, Events events, JsonMapper json) {
        this.events = events;
        this.nodes = nodes;
        this.deployments = deployments;
        this.audit = audit;
        this.json = json;
    }

    /** What a node ought to be; nulls are written, since they mean something. */
    @JsonInclude(JsonInclude.Include.ALWAYS)
    record Desired(@Nullable Long budgetBytes, Deployments.@Nullable Wish deployment) {}

    @Transactional
    Desired heard(String name, NodeReport report, String principal) {
        Names.require("node's name", name);
        if (!report.state().isReportable()) {
            throw new ApiException(
                    CommonCode.REQUEST_INVALID,
                    "a node does not say '%s' of itself"
                            .formatted(report.state().wireName()));
        }
        String scheme = report.url().getScheme();
        if (!"http".equals(scheme) && !"https".equals(scheme)) {
            throw new ApiException(CommonCode.REQUEST_INVALID, "a node's url is an http or https URL");
        }
        String token = report.accessToken();
        Digest stack = report.stackDigest();
        Node node = nodes.findById(name).orElse(null);
        if (node == null) {
            node = new Node(name);
            audit.record(principal, "node.join", name);
            events.happened(EventType.NODE_JOINED, "nodes/" + name, Map.of("node", name));
        }
        node.heard(
                report.url().toString(),
                token == null ? node.accessToken() : token,
                report.state(),
                json.writeValueAsString(with(report, report.state(), null)),
                stack == null ? null : stack.toString(),
                nodes.now());
        nodes.save(node);
        return new Desired(node.desiredBudgetBytes(), deployments.wishFor(name).orElse(null));
    }

    @Transactional(readOnly = true)
    List<NodeView> list(String after, int limit, boolean withTokens) {
        Instant now = nodes.now();
        return nodes.findByNameGreaterThanOrderByName(after, Limit.of(limit)).stream()
                .map(node -> view(node, now, withTokens))
                .toList();
    }

    @Transactional(readOnly = true)
    NodeView get(String name) {
        return view(require(name), nodes.now(), false);
    }

    @Transactional
    NodeView desireBudget(String name, @Nullable Long budgetBytes, String principal) {
        Node node = require(name);
        node.desireBudget(budgetBytes);
        audit.record(principal, "node.budget", "%s: %s bytes".formatted(name, budgetBytes));
        return view(node, nodes.now(), false);
    }

    @Transactional
    void remove(String name, String principal) {
        nodes.delete(require(name));
        audit.record(principal, "node.remove", name);
    }

    private Node require(String name) {
        return nodes.findById(name)
                .orElseThrow(() -> new ApiException(
                        ErrorCode.NODE_NOT_FOUND,
                        "there is no node '%s'; nodes appear when they report".formatted(name)));
    }

    private NodeView view(Node node, Instant now, boolean withToken) {
        NodeState state = node.reportedState().after(Duration.between(node.lastSeenAt(), now));
        NodeReport report = json.readValue(node.report(), NodeReport.class);
        return new NodeView(
                node.name(),
                with(report, state, withToken ? node.accessToken() : null),
                node.desiredBudgetBytes(),
                node.firstSeenAt(),
                node.lastSeenAt());
    }

    private static NodeReport with(NodeReport r, NodeState state, @Nullable String accessToken) {
        return new NodeReport(
                r.url(),
                accessToken,
                r.budgetBytes(),
                r.labels(),
                state,
                r.model(),
                r.version(),
                r.stackDigest(),
                r.contextTokens(),
                r.blocks(),
                r.heldBytes(),
                r.ledger(),
                r.bpw(),
                r.expectedPerplexity(),
                r.tokensPerSecond(),
                r.lastResizeMillis(),
                r.activeRequests(),
                r.queuedRequests(),
                r.corruptBlobs(),
                r.problem());
    }
}
