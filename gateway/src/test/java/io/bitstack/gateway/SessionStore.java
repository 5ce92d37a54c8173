package io.bitstack.gateway;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** What the registry answers about sessions, for a stand-in of it. The registry's own tests hold it to the same. */
final class SessionStore {
    static final String PREFIX = "bss_secret-";
    private static final String ROUTE = "/api/v1/internal/sessions";

    private final JsonMapper json = JsonMapper.builder().build();
    private final Map<String, ObjectNode> byToken = new ConcurrentHashMap<>();
    private final AtomicInteger count = new AtomicInteger();

    SessionStore(StandIn registry) {
        registry.on("POST " + ROUTE, exchange -> open(exchange, body(exchange)));
        registry.on("POST " + ROUTE + "/verify", exchange -> {
            String token = body(exchange).path("token").asString();
            JsonNode found = byToken.get(token);
            answer(exchange, token.length() > 200 ? 400 : found == null ? 401 : 200, found);
        });
        registry.on("GET " + ROUTE, exchange -> {
            String query = String.valueOf(exchange.getRequestURI().getQuery());
            List<ObjectNode> items = byToken.values().stream()
                    .filter(session -> query.startsWith("subject=&")
                            || query.contains(
                                    "subject=" + session.path("subject").asString() + "&"))
                    .toList();
            StandIn.send(exchange, 200, json.writeValueAsString(Map.of("items", items)));
        });
        for (int i = 1; i < 20; i++) {
            String id = "s" + i;
            String path = ROUTE + "/" + id + "/end";
            registry.on("POST " + path, exchange -> {
                String subject = body(exchange).path("subject").asString();
                boolean isEnded = byToken.values()
                        .removeIf(session -> session.path("id").asString().equals(id)
                                && (subject.isEmpty()
                                        || subject.equals(
                                                session.path("subject").asString())));
                StandIn.send(exchange, isEnded ? 204 : 404, "");
            });
        }
    }

    int opened() {
        return count.get();
    }

    private JsonNode body(HttpExchange exchange) {
        return json.readTree(exchange.getRequestBody());
    }

    private void open(HttpExchange exchange, JsonNode wanted) throws IOException {
        Map<String, Object> session = new LinkedHashMap<>();
        if (wanted.has("key")) {
            String owner = GatewayFixture.OWNERS.get(wanted.path("key").asString());
            if (owner == null) {
                answer(exchange, 401, null);
                return;
            }
            JsonNode key = json.readTree(owner);
            session.put("subject", "key:" + key.path("id").asString());
            session.put("name", key.path("name").asString());
            session.put("scope", key.path("scope").asString());
        } else {
            session.put("subject", wanted.path("subject").asString());
            session.put("name", wanted.path("name").asString());
            session.put("scope", wanted.path("scope").asString());
        }
        int number = count.incrementAndGet();
        session.put("id", "s" + number);
        session.put("createdAt", Instant.now().toString());
        session.put("lastSeenAt", Instant.now().toString());
        session.put(
                "expiresAt",
                Instant.now()
                        .plusSeconds(wanted.path("lifetimeSeconds").asInt())
                        .toString());
        session.put("idleTimeoutSeconds", wanted.path("idleSeconds").asInt());
        session.put("address", wanted.path("address").asString());
        session.put("userAgent", wanted.path("userAgent").asString());
        ObjectNode view = json.valueToTree(session);
        String token = PREFIX + number;
        byToken.put(token, view);
        ObjectNode shown = view.deepCopy();
        answer(exchange, 201, shown.put("token", token));
    }

    private static void answer(HttpExchange exchange, int status, @Nullable JsonNode body) throws IOException {
        StandIn.send(exchange, status, body == null ? "{\"code\":\"SESSION_UNKNOWN\"}" : body.toString());
    }
}
