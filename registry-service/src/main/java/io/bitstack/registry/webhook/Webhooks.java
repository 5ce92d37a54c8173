package io.bitstack.registry.webhook;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.bitstack.registry.audit.Audit;
import io.bitstack.registry.error.ErrorCode;
import io.bitstack.registry.event.Event;
import io.bitstack.registry.event.EventType;
import io.bitstack.registry.event.Events;
import io.bitstack.registry.seal.SealedSecrets;
import io.bitstack.service.ApiException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.context.event.EventListener;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

/** Keeps webhooks, and makes a delivery for each that wants an event, in the event's own transaction. */
@Service
class Webhooks {
    private static final int SECRET_BYTES = 32;
    private static final int MOST = 100;
    private static final String COLUMNS =
            "select id, url, event_types, is_enabled, created_by, created_at from registry.webhooks";

    private static final String DELIVERIES = "select d.id, d.event_id, e.type, e.subject, d.state, d.attempts,"
            + " d.response_status, d.error, d.created_at, d.delivered_at from registry.webhook_deliveries d"
            + " join registry.events e on e.id = d.event_id";

    private final JdbcClient jdbc;
    private final SealedSecrets sealed;
    private final Events events;
    private final Audit audit;
    private final SecureRandom random = new SecureRandom();

    Webhooks(JdbcClient jdbc, SealedSecrets sealed, Events events, Audit audit) {
        this.jdbc = jdbc;
        this.sealed = sealed;
        this.events = events;
        this.audit = audit;
    }

    /** @param secret shown once, when it is made; signatures are made with it */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record View(
            long id,
            URI url,
            List<EventType> events,
            boolean enabled,
            String createdBy,
            Instant createdAt,
            @Nullable String secret) {}

    /** A delivery as its log has it. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record DeliveryView(
            long id,
            long eventId,
            String type,
            String subject,
            DeliveryState state,
            int attempts,
            @Nullable Integer responseStatus,
            @Nullable String error,
            Instant createdAt,
            @Nullable Instant deliveredAt) {}

    @Transactional
    View create(URI url, List<EventType> types, String principal) {
        String scheme = url.getScheme();
        boolean isHttp = "http".equals(scheme) || "https".equals(scheme);
        if (!isHttp || url.getHost() == null || url.getUserInfo() != null) {
            throw new ApiException(
                    ErrorCode.WEBHOOK_URL_INVALID, "a webhook's url is http(s)://host[:port]/path, without a user");
        }
        if (jdbc.sql("select count(*) from registry.webhooks")
                        .query(Integer.class)
                        .single()
                >= MOST) {
            throw new ApiException(ErrorCode.WEBHOOKS_TOO_MANY, "there are %d webhooks; remove one".formatted(MOST));
        }
        byte[] bytes = new byte[SECRET_BYTES];
        random.nextBytes(bytes);
        String secret = "whs_" + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
        long id = jdbc.sql("insert into registry.webhooks (id, url, event_types, secret, created_by)"
                        + " values (nextval('registry.event_ids'), ?, ?, ?, ?) returning id")
                .params(
                        url.toString(),
                        types.stream().distinct().map(EventType::wireName).collect(Collectors.joining(",")),
                        sealed.seal(secret.getBytes(StandardCharsets.UTF_8)),
                        principal)
                .query((row, _) -> row.getLong(1))
                .single();
        audit.record(principal, "webhook.create", Long.toString(id));
        View made = require(id);
        return new View(
                made.id(), made.url(), made.events(), made.enabled(), made.createdBy(), made.createdAt(), secret);
    }

    List<View> list(long after, int limit) {
        return jdbc.sql(COLUMNS + " where id > ? order by id limit ?")
                .params(after, limit)
                .query(Webhooks::view)
                .list();
    }

    /** @throws ApiException {@code WEBHOOK_NOT_FOUND} */
    View require(long id) {
        return jdbc.sql(COLUMNS + " where id = ?")
                .param(id)
                .query(Webhooks::view)
                .optional()
                .orElseThrow(
                        () -> new ApiException(ErrorCode.WEBHOOK_NOT_FOUND, "there is no webhook %d".formatted(id)));
    }

    @Transactional
    View enable(long id, boolean isEnabled, String principal) {
        require(id);
        jdbc.sql("update registry.webhooks set is_enabled = ? where id = ?")
                .params(isEnabled, id)
                .update();
        audit.record(principal, isEnabled ? "webhook.enable" : "webhook.disable", Long.toString(id));
        return require(id);
    }

    @Transactional
    void remove(long id, String principal) {
        require(id);
        jdbc.sql("delete from registry.webhooks where id = ?").param(id).update();
        audit.record(principal, "webhook.remove", Long.toString(id));
    }

    /** Sends a test event to one webhook alone. */
    @Transactional
    DeliveryView test(long id, String principal) {
        View webhook = require(id);
        audit.record(principal, "webhook.test", Long.toString(id));
        Event event = events.happened(EventType.WEBHOOK_TEST, "webhooks/" + id, Map.of("webhook", id));
        return require(id, deliver(webhook.id(), event));
    }

    @EventListener
    @Transactional(propagation = Propagation.MANDATORY)
    void happened(Event event) {
        jdbc
                .sql("select id, url, event_types, is_enabled, created_by, created_at from registry.webhooks where"
                        + " is_enabled")
                .query(Webhooks::view)
                .list()
                .stream()
                .filter(webhook -> webhook.events().contains(event.type()))
                .forEach(webhook -> deliver(webhook.id(), event));
    }

    private long deliver(long webhookId, Event event) {
        return jdbc.sql("insert into registry.webhook_deliveries (id, webhook_id, event_id, state)"
                        + " values (nextval('registry.event_ids'), ?, ?, 'pending') returning id")
                .params(webhookId, event.id())
                .query((row, _) -> row.getLong(1))
                .single();
    }

    List<DeliveryView> deliveries(long id, long after, int limit) {
        require(id);
        return jdbc.sql(DELIVERIES + " where d.webhook_id = ? and d.id > ? order by d.id limit ?")
                .params(id, after, limit)
                .query(Webhooks::delivery)
                .list();
    }

    private DeliveryView require(long id, long deliveryId) {
        return jdbc.sql(DELIVERIES + " where d.webhook_id = ? and d.id = ?")
                .params(id, deliveryId)
                .query(Webhooks::delivery)
                .optional()
                .orElseThrow(() -> new ApiException(
                        ErrorCode.DELIVERY_NOT_FOUND, "webhook %d has no delivery %d".formatted(id, deliveryId)));
    }

    /** Sends an event once more, whether it arrived or was given up. */
    @Transactional
    DeliveryView redeliver(long id, long deliveryId, String principal) {
        DeliveryView delivery = require(id, deliveryId);
        if (!delivery.state().canTransitionTo(DeliveryState.PENDING)) {
            throw new ApiException(
                    ErrorCode.DELIVERY_PENDING, "delivery %d is still being tried".formatted(deliveryId));
        }
        jdbc.sql("update registry.webhook_deliveries set state = 'pending', attempts = 0, token = token + 1,"
                        + " next_attempt_at = clock_timestamp(), error = null, response_status = null where id = ?")
                .param(deliveryId)
                .update();
        audit.record(principal, "webhook.redeliver", "%d/%d".formatted(id, deliveryId));
        return require(id, deliveryId);
    }

    private static View view(ResultSet row, int ignored) throws SQLException {
        return new View(
                row.getLong("id"),
                URI.create(row.getString("url")),
                Arrays.stream(row.getString("event_types").split(","))
                        .map(EventType::parse)
                        .toList(),
                row.getBoolean("is_enabled"),
                row.getString("created_by"),
                row.getTimestamp("created_at").toInstant(),
                null);
    }

    private static DeliveryView delivery(ResultSet row, int ignored) throws SQLException {
        var delivered = row.getTimestamp("delivered_at");
        return new DeliveryView(
                row.getLong("id"),
                row.getLong("event_id"),
                row.getString("type"),
                row.getString("subject"),
                DeliveryState.parse(row.getString("state")),
                row.getInt("attempts"),
                row.getObject("response_status", Integer.class),
                row.getString("error"),
                row.getTimestamp("created_at").toInstant(),
                delivered == null ? null : delivered.toInstant());
    }
}
