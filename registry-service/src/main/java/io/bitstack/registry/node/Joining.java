package io.bitstack.registry.node;

import io.bitstack.registry.Labels;
import io.bitstack.registry.Names;
import io.bitstack.registry.audit.Audit;
import io.bitstack.registry.error.ErrorCode;
import io.bitstack.registry.event.EventType;
import io.bitstack.registry.event.Events;
import io.bitstack.registry.key.NodeKeys;
import io.bitstack.service.ApiException;
import io.bitstack.service.CommonCode;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

/** Takes nodes in. */
@Service
class Joining {
    private static final String SCOPE = ";join";

    private final JoinTokens tokens;
    private final NodeRepository nodes;
    private final NodeKeys keys;
    private final Audit audit;
    private final Events events;

    Joining(JoinTokens tokens, NodeRepository nodes, NodeKeys keys, Audit audit, Events events) {
        this.tokens = tokens;
        this.nodes = nodes;
        this.keys = keys;
        this.audit = audit;
        this.events = events;
    }

    /** @param key the node's own, shown this once */
    record Joined(String name, String key, Map<String, String> labels) {}

    /**
     * Exchanges a join token for a node's own key. A name that is taken is not given again: remove the node or revoke it first. But a
     * node that is lost, and had joined with the same reusable token, may come back without its key: so do the pods of an edge pool.
     *
     * @param principal who asks, by the gateway's word: {@code <token's id>;join}
     * @throws ApiException {@code JOIN_TOKEN_UNKNOWN}, {@code NODE_EXISTS}, {@code NAME_INVALID}
     */
    @Transactional
    Joined join(String name, String principal) {
        Names.require("node's name", name);
        if (!principal.endsWith(SCOPE)) {
            throw new ApiException(CommonCode.REQUEST_INVALID, "a node joins with a join token, not with a key");
        }
        JoinTokens.View token = tokens.use(principal.substring(0, principal.length() - SCOPE.length()));
        Optional<Node> known = nodes.lockByName(name);
        known.ifPresent(node -> takeBack(node, principal));
        NodeKeys.Made key = keys.make(name, principal);
        Node node = known.orElseGet(() -> new Node(name));
        if (node.keyId() == null) {
            node.joined(key.id(), Labels.write(token.labels()), nodes.now());
        } else {
            node.joinedAgain(key.id(), nodes.now());
        }
        nodes.saveAndFlush(node);
        audit.record(principal, "node.join", "%s with token %s".formatted(name, token.name()));
        events.happened(EventType.NODE_JOINED, "nodes/" + name, Map.of("node", name, "token", token.name()));
        return new Joined(name, key.key(), token.labels());
    }

    /**
     * Revokes the key that a lost node had got for the same token; one that an operator revoked has none.
     *
     * @throws ApiException {@code NODE_EXISTS} if the name is not free
     */
    private void takeBack(Node node, String principal) {
        if (node.revokedAt() != null) {
            return;
        }
        Duration silence = Duration.between(node.lastSeenAt(), nodes.now());
        String keyId = node.keyId();
        boolean isLost = node.reportedState().after(silence) == NodeState.LOST;
        if (!isLost || keyId == null || !keys.maker(keyId).equals(Optional.of(principal))) {
            throw new ApiException(
                    ErrorCode.NODE_EXISTS,
                    "a node '%s' is here already; choose another name, have an administrator revoke or remove that one, or, where it joined"
                                    .formatted(node.name())
                            + " with this reusable token, wait until it is lost");
        }
        keys.revoke(keyId, principal);
    }
}
