package io.bitstack.registry.node;

import io.bitstack.registry.event.EventType;
import io.bitstack.registry.event.Events;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.springframework.stereotype.Component;

/** Finds in two reports of a node what happened between them. */
@Component
class NodeEvents {
    private final Events events;

    NodeEvents(Events events) {
        this.events = events;
    }

    /** @param silence between the two reports */
    void compare(String name, NodeReport before, NodeReport now, Duration silence) {
        String subject = "nodes/" + name;
        if (silence.compareTo(NodeState.LOST_AFTER) > 0) {
            events.happened(
                    EventType.NODE_RETURNED, subject, Map.of("node", name, "silentSeconds", silence.toSeconds()));
        }
        Instant began = before.startedAt();
        boolean isAnother = began != null && now.startedAt() != null && !began.equals(now.startedAt());
        if (isAnother) {
            events.happened(
                    EventType.NODE_RESTARTED,
                    subject,
                    Map.of("node", name, "startedAt", String.valueOf(now.startedAt())));
        }
        if (now.state() == NodeState.DRAINING && before.state() != NodeState.DRAINING) {
            events.happened(EventType.NODE_DRAINING, subject, Map.of("node", name));
        }
        long corruptBefore = isAnother ? 0 : before.corruptBlobs();
        if (now.corruptBlobs() > corruptBefore) {
            events.happened(
                    EventType.NODE_BLOB_CORRUPT,
                    subject,
                    Map.of("node", name, "blobs", now.corruptBlobs() - corruptBefore));
        }
    }
}
