package io.bitstack.registry.node;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.bitstack.core.stack.Digest;
import io.bitstack.registry.Labels;
import io.bitstack.registry.Names;
import io.bitstack.registry.audit.Audit;
import io.bitstack.registry.deployment.Deployments;
import io.bitstack.registry.error.ErrorCode;
import io.bitstack.registry.event.EventType;
import io.bitstack.registry.event.Events;
import io.bitstack.registry.key.NodeKeys;
import io.bitstack.service.ApiException;
import io.bitstack.service.CommonCode;
import java.net.URI;
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
    private final NodeKeys keys;
    private final NodeEvents told;
    private final NodeScrubs scrubs;
    private final Deployments deployments;
    private final Audit audit;
    private final Events events;
    private final JsonMapper json;

    Nodes(
            NodeRepository nodes,
            NodeKeys keys,
            NodeEvents told,
            NodeScrubs scrubs,
            Deployments deployments,
            Audit audit,
            Events events,
            JsonMapper json) {
        this.nodes = nodes;
        this.keys = keys;
        this.told = told;
        this.scrubs = scrubs;
        this.deployments = deployments;
        this.audit = audit;
        this.events = events;
        this.json = json;
    }

    /**
     * What a node ought to be; nulls are written, since they mean something.
     *
     * @param budgetShare of the memory that the node has; not given beside bytes
     * @param revision names this state; a node that has become it says so
     */
    @JsonInclude(JsonInclude.Include.ALWAYS)
    record Desired(
            @Nullable Long budgetBytes,
            @Nullable Double budgetShare,
            Deployments.@Nullable Wish deployment,
            String revision) {}

    @Transactional
    Desired heard(String name, NodeReport report, String principal) {
        Names.require("node's name", name);
        requireOwn(name, principal);
        require(report);
        String token = report.accessToken();
        URI url = report.url();
        Digest stack = report.stackDigest();
        Node node = nodes.findById(name).orElse(null);
        Instant now = nodes.now();
        if (node != null) {
            requireMember(node);
        }
        NodeReport before = node == null || node.report().isEmpty() ? null : last(node);
        if (node == null) {
            node = new Node(name);
            audit.record(principal, "node.join", name);
            events.happened(EventType.NODE_JOINED, "nodes/" + name, Map.of("node", name));
        } else if (before != null) {
            told.compare(name, before, report, Duration.between(node.lastSeenAt(), now));
        }
        node.heard(
                url == null ? "" : url.toString(),
                token == null ? node.accessToken() : token,
                report.state(),
                json.writeValueAsString(report.as(report.state(), report.labels(), null)),
                stack == null ? null : stack.toString(),
                now);
        nodes.save(node);
        scrubs.heard(name, before == null ? null : before.scrub(), report.scrub(), principal);
        return desired(node, effective(node, report));
    }

    private Desired desired(Node node, Map<String, String> labels) {
        Deployments.Wish wish = node.revokedAt() != null
                ? null
                : deployments.wishFor(node.name(), labels).orElse(null);
        Long bytes = node.desiredBudgetBytes();
        Double share = node.desiredBudgetShare();
        if (bytes == null && share == null && wish != null) {
            bytes = wish.sizing().budgetBytes();
            share = wish.sizing().budgetShare();
        }
        Desired unnamed = new Desired(bytes, share, wish, "");
        String revision = Digest.of(json.writeValueAsBytes(unnamed)).hex().substring(0, 16);
        return new Desired(bytes, share, wish, revision);
    }

    /** A node's key is good for its own name alone; the key of a node that was removed is revoked. */
    private void requireOwn(String name, String principal) {
        int semicolon = principal.lastIndexOf(';');
        if (semicolon < 0 || !principal.substring(semicolon).equals(";node")) {
            return;
        }
        String owner = keys.owner(principal.substring(0, semicolon)).orElse("");
        if (!owner.equals(name) && !owner.equals(NodeKeys.ANY_NODE)) {
            throw new ApiException(
                    ErrorCode.NODE_FOREIGN,
                    "this key does not belong to node '%s', or was revoked; join again with a new token"
                            .formatted(name));
        }
    }

    private static void requireMember(Node node) {
        if (node.revokedAt() != null) {
            throw new ApiException(
                    ErrorCode.NODE_FOREIGN,
                    "node '%s' was revoked; join again with a new token".formatted(node.name()));
        }
    }

    private static void require(NodeReport report) {
        if (!report.state().isReportable()) {
            throw new ApiException(
                    CommonCode.REQUEST_INVALID,
                    "a node does not say '%s' of itself"
                            .formatted(report.state().wireName()));
        }
        URI url = report.url();
        if (url == null && report.dialsOut()) {
            return;
        }
        String scheme = url == null ? null : url.getScheme();
        if (!"http".equals(scheme) && !"https".equals(scheme)) {
            throw new ApiException(
                    CommonCode.REQUEST_INVALID,
                    "a node's url is an http or https URL; only a node that is reachable by dial-out has none");
        }
    }

    @Transactional(readOnly = true)
    List<NodeView> list(String after, int limit, boolean withTokens) {
        Instant now = nodes.now();
        return nodes.findByNameGreaterThanOrderByName(after, Limit.of(limit)).stream()
                .map(node -> view(node, now, withTokens))
                .toList();
    }

    /** What each node of a page ought to be, beside what it is. */
    @Transactional(readOnly = true)
    List<FleetView.Member> members(String after, int limit) {
        Instant now = nodes.now();
        return nodes.findByNameGreaterThanOrderByName(after, Limit.of(limit)).stream()
                .map(node -> {
                    NodeReport report = last(node);
                    Map<String, String> labels = effective(node, report);
                    return new FleetView.Member(
                            node.name(), report.as(heardState(node, now), labels, null), desired(node, labels));
                })
                .toList();
    }

    @Transactional(readOnly = true)
    NodeView get(String name) {
        return view(require(name), nodes.now(), false);
    }

    /** @throws ApiException {@code BUDGET_TOO_LARGE} if the node said that it has less memory */
    @Transactional
    NodeView desireBudget(String name, @Nullable Long budgetBytes, @Nullable Double share, String principal) {
        if (budgetBytes != null && share != null) {
            throw new ApiException(CommonCode.REQUEST_INVALID, "a budget is bytes or a share, not both");
        }
        Node node = require(name);
        NodeReport.Memory memory = last(node).memory();
        if (budgetBytes != null && memory != null && memory.limitBytes() > 0 && budgetBytes > memory.limitBytes()) {
            throw new ApiException(
                            ErrorCode.BUDGET_TOO_LARGE,
                            "node '%s' has %d bytes of memory, which %d bytes do not fit into"
                                    .formatted(name, memory.limitBytes(), budgetBytes))
                    .with("limitBytes", memory.limitBytes());
        }
        node.desireBudget(budgetBytes, share);
        String said = budgetBytes != null ? budgetBytes + " bytes" : share != null ? "a share of " + share : "its own";
        audit.record(principal, "node.budget", "%s: %s".formatted(name, said));
        events.happened(EventType.NODE_BUDGET_SET, "nodes/" + name, Map.of("node", name, "budget", said));
        return view(node, nodes.now(), false);
    }

    /** Labels given here come before those that the node reports. */
    @Transactional
    NodeView label(String name, Map<String, String> labels, String principal) {
        Node node = require(name);
        node.label(Labels.write(Labels.require(labels)));
        audit.record(principal, "node.label", "%s: %s".formatted(name, node.labels()));
        return view(node, nodes.now(), false);
    }

    /** Keeps new requests from a node, or lets them come again. Doing it twice changes nothing. */
    @Transactional
    NodeView drain(String name, boolean isDrained, String principal) {
        Node node = require(name);
        if ((node.drainedAt() != null) != isDrained) {
            node.drain(isDrained ? nodes.now() : null);
            String what = isDrained ? "node.drain" : "node.undrain";
            audit.record(principal, what, name);
            events.happened(
                    isDrained ? EventType.NODE_DRAINED : EventType.NODE_UNDRAINED,
                    "nodes/" + name,
                    Map.of("node", name, "by", principal));
        }
        return view(node, nodes.now(), false);
    }

    /** Takes a node's key away and refuses its reports until it joins again. Doing it twice changes nothing. */
    @Transactional
    NodeView revoke(String name, String principal) {
        Node node = require(name);
        if (node.revokedAt() == null) {
            String keyId = node.keyId();
            node.revoke(nodes.now());
            if (keyId != null) {
                keys.revoke(keyId, principal);
            }
            audit.record(principal, "node.revoke", name);
            events.happened(EventType.NODE_REVOKED, "nodes/" + name, Map.of("node", name, "by", principal));
        }
        return view(node, nodes.now(), false);
    }

    /** Forgets a node, and revokes the key that it joined for. */
    @Transactional
    void remove(String name, String principal) {
        Node node = require(name);
        String keyId = node.keyId();
        nodes.delete(node);
        if (keyId != null) {
            keys.revoke(keyId, principal);
        }
        audit.record(principal, "node.remove", name);
    }

    private Node require(String name) {
        return nodes.findById(name)
                .orElseThrow(() -> new ApiException(
                        ErrorCode.NODE_NOT_FOUND,
                        "there is no node '%s'; nodes appear when they report".formatted(name)));
    }

    private NodeReport last(Node node) {
        return node.report().isEmpty() ? NodeReport.none() : json.readValue(node.report(), NodeReport.class);
    }

    private static Map<String, String> effective(Node node, NodeReport report) {
        Map<String, String> reported = report.labels();
        return Labels.merged(reported == null ? Map.of() : reported, Labels.read(node.labels()));
    }

    /** What it said of itself, or that it is silent; a drained node becomes what it ought to be like any other. */
    private static NodeState heardState(Node node, Instant now) {
        return node.revokedAt() != null
                ? NodeState.REVOKED
                : node.reportedState().after(Duration.between(node.lastSeenAt(), now));
    }

    private static NodeState stateOf(Node node, Instant now) {
        NodeState heard = heardState(node, now);
        return node.drainedAt() == null ? heard : heard.whileDrained();
    }

    private NodeView view(Node node, Instant now, boolean withToken) {
        NodeReport report = last(node);
        return new NodeView(
                node.name(),
                report.as(stateOf(node, now), effective(node, report), withToken ? node.accessToken() : null),
                node.desiredBudgetBytes(),
                node.desiredBudgetShare(),
                node.drainedAt(),
                node.revokedAt(),
                node.firstSeenAt(),
                node.lastSeenAt());
    }
}
