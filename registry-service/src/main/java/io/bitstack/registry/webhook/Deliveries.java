package io.bitstack.registry.webhook;

import io.bitstack.registry.event.Event;
import io.bitstack.registry.event.EventType;
import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Transactional;
import tools.jackson.databind.json.JsonMapper;

/** Claims deliveries that are due and says how they went. A claim is a lease by the database's clock, fenced by its token. */
@Component
class Deliveries {
    static final int MOST_ATTEMPTS = 8;
    private static final int AT_ONCE = 20;
    private static final int LEASE_SECONDS = 60;

    private final JdbcClient jdbc;
    private final JsonMapper json;

    Deliveries(JdbcClient jdbc, JsonMapper json) {
        this.jdbc = jdbc;
        this.json = json;
    }

    /** A delivery that is this registry's to make. */
    record Claim(long id, long token, int attempts, URI url, byte[] secret, Event event) {}

    @Transactional
    List<Claim> claim() {
        return jdbc.sql("with due as (select d.id from registry.webhook_deliveries d"
                        + " join registry.webhooks w on w.id = d.webhook_id and w.is_enabled"
                        + " where d.state = 'pending' and d.next_attempt_at <= clock_timestamp()"
                        + " order by d.next_attempt_at limit " + AT_ONCE + " for update of d skip locked),"
                        + " claimed as (update"
                        + " registry.webhook_deliveries d set"
                        + " token = d.token + 1, attempts ="
                        + " d.attempts + 1, next_attempt_at ="
                        + " clock_timestamp() +"
                        + " make_interval(secs"
                        + " => " + LEASE_SECONDS + ") from"
                        + " due where"
                        + " d.id"
                        + " = due.id"
                        + " returning"
                        + " d.*)"
                        + " select"
                        + " c.id,"
                        + " c.token,"
                        + " c.attempts,"
                        + " w.url,"
                        + " w.secret,"
                        + " e.id,"
                        + " e.type,"
                        + " e.subject,"
                        + " e.data,"
                        + " e.at"
                        + " from"
                        + " claimed"
                        + " c join"
                        + " registry.webhooks"
                        + " w on"
                        + " w.id"
                        + " = c.webhook_id"
                        + " join"
                        + " registry.events"
                        + " e on"
                        + " e.id"
                        + " = c.event_id")
                .query((row, _) -> new Claim(
                        row.getLong(1),
                        row.getLong(2),
                        row.getInt(3),
                        URI.create(row.getString(4)),
                        row.getBytes(5),
                        new Event(
                                row.getLong(6),
                                EventType.parse(row.getString(7)),
                                row.getString(8),
                                json.readTree(row.getString(9)),
                                row.getTimestamp(10).toInstant())))
                .list();
    }

    void delivered(Claim claim, int status) {
        jdbc.sql("update registry.webhook_deliveries set state = 'delivered', response_status = ?, error = null,"
                        + " delivered_at = clock_timestamp() where id = ? and token = ?")
                .params(status, claim.id(), claim.token())
                .update();
    }

    /** Tried again after 10 s, 20 s, 40 s and so on, up to an hour; given up after the last attempt. */
    void failed(Claim claim, @Nullable Integer status, String error) {
        long waitSeconds = Math.min(3600, 10L << Math.min(claim.attempts() - 1, 20));
        jdbc.sql("update registry.webhook_deliveries set state = ?, response_status = ?, error = ?,"
                        + " next_attempt_at = clock_timestamp() + make_interval(secs => ?) where id = ? and token = ?")
                .param(1, (claim.attempts() >= MOST_ATTEMPTS ? DeliveryState.FAILED : DeliveryState.PENDING).wireName())
                .param(2, status)
                .param(3, error.length() <= 500 ? error : error.substring(0, 500))
                .param(4, (double) waitSeconds)
                .param(5, claim.id())
                .param(6, claim.token())
                .update();
    }
}
