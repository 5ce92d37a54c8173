package io.bitstack.registry.event;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;
import tools.jackson.databind.json.JsonMapper;

/** Writes events down and hands them to those who listen within the same transaction. */
@Service
public class Events {
    private final JdbcClient jdbc;
    private final JsonMapper json;
    private final ApplicationEventPublisher listeners;

    Events(JdbcClient jdbc, JsonMapper json, ApplicationEventPublisher listeners) {
        this.jdbc = jdbc;
        this.json = json;
        this.listeners = listeners;
    }

    /** Records an event in the caller's transaction: it has happened if and only if that commits. */
    @Transactional(propagation = Propagation.MANDATORY)
    public Event happened(EventType type, String subject, Map<String, Object> data) {
        Event event = jdbc.sql("insert into registry.events (id, type, subject, data)"
                        + " values (nextval('registry.event_ids'), ?, ?, ?) returning id, type, subject, data, at")
                .params(type.wireName(), subject, json.writeValueAsString(data))
                .query(this::event)
                .single();
        listeners.publishEvent(event);
        return event;
    }

    List<Event> list(long after, int limit) {
        return jdbc.sql("select id, type, subject, data, at from registry.events where id > ? order by id limit ?")
                .params(after, limit)
                .query(this::event)
                .list();
    }

    private Event event(ResultSet row, int ignored) throws SQLException {
        return new Event(
                row.getLong("id"),
                EventType.parse(row.getString("type")),
                row.getString("subject"),
                json.readTree(row.getString("data")),
                row.getTimestamp("at").toInstant());
    }
}
