package io.bitstack.registry.node;

import io.bitstack.registry.event.EventType;
import io.bitstack.registry.event.Events;
import java.util.Map;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Transactional;

/** Says once of each node that went silent that it is lost; its next report takes that back. Any number of registries may look. */
@Component
class LostNodes {
    private final JdbcClient jdbc;
    private final Events events;

    LostNodes(JdbcClient jdbc, Events events) {
        this.jdbc = jdbc;
        this.events = events;
    }

    @Scheduled(fixedDelay = 5000)
    @Transactional
    void look() {
        jdbc.sql("update registry.nodes set lost_told_at = clock_timestamp() where name in (select name from"
                        + " registry.nodes where last_seen_at < clock_timestamp() - make_interval(secs => ?) and"
                        + " revoked_at is null and (lost_told_at is null or lost_told_at < last_seen_at) for update skip locked)"
                        + " returning name")
                .param((double) NodeState.LOST_AFTER.toSeconds())
                .query((row, _) -> row.getString(1))
                .list()
                .forEach(name -> events.happened(EventType.NODE_LOST, "nodes/" + name, Map.of("node", name)));
    }
}
