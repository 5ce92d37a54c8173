package io.bitstack.registry.event;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.stream.Stream;

/** What can happen; the wire names are the types of CloudEvents. */
public enum EventType {
    VERSION_READY("io.bitstack.version.ready"),
    ALIAS_MOVED("io.bitstack.alias.moved"),
    JOB_FAILED("io.bitstack.job.failed"),
    NODE_JOINED("io.bitstack.node.joined"),
    NODE_LOST("io.bitstack.node.lost"),
    NODE_RETURNED("io.bitstack.node.returned"),
    NODE_RESTARTED("io.bitstack.node.restarted"),
    NODE_DRAINING("io.bitstack.node.draining"),
    NODE_DRAINED("io.bitstack.node.drained"),
    NODE_UNDRAINED("io.bitstack.node.undrained"),
    NODE_REVOKED("io.bitstack.node.revoked"),
    NODE_BUDGET_SET("io.bitstack.node.budget-set"),
    NODE_BLOB_CORRUPT("io.bitstack.node.blob-corrupt"),
    DEPLOYMENT_CREATED("io.bitstack.deployment.created"),
    DEPLOYMENT_REMOVED("io.bitstack.deployment.removed"),
    ROLLOUT_ADVANCED("io.bitstack.rollout.advanced"),
    ROLLOUT_ROLLED_BACK("io.bitstack.rollout.rolled-back"),
    /** Sent by the test button alone. */
    WEBHOOK_TEST("io.bitstack.webhook.test");

    private final String wireName;

    EventType(String wireName) {
        this.wireName = wireName;
    }

    @JsonValue
    public String wireName() {
        return wireName;
    }

    @JsonCreator
    public static EventType parse(String wireName) {
        return Stream.of(values())
                .filter(type -> type.wireName.equals(wireName))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("there is no event type '%s'".formatted(wireName)));
    }
}
