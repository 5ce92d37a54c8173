package io.bitstack.registry;

import static io.bitstack.registry.Problem.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;

import io.bitstack.registry.RegistryFixture.Answer;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** A key gets another name or another end, never another scope; and what is changed beside its use stays changed. */
class KeyChangesTest {
    private static RegistryFixture http;

    @BeforeAll
    static void start() throws Exception {
        http = SharedRegistry.get().http;
    }

    private static JsonNode key(String name, String scope) throws Exception {
        Answer made = http.post("/keys", "{\"name\":\"%s\",\"scope\":\"%s\"}".formatted(name, scope));
        assertThat(made.status()).as(made.body().toString()).isEqualTo(201);
        return made.body();
    }

    private static Answer change(JsonNode key, String body) throws Exception {
        return http.send("PATCH", "/keys/" + key.path("id").asString(), body);
    }

    private static int verified(JsonNode key) throws Exception {
        return http.post(
                        "/internal/keys/verify",
                        "{\"key\":\"%s\"}".formatted(key.path("key").asString()))
                .status();
    }

    @Test
    void nameAndEndChangeEachAlone() throws Exception {
        JsonNode key = key("before", "viewer");
        Instant end = Instant.now().plusSeconds(3600).truncatedTo(ChronoUnit.SECONDS);
        JsonNode ends = change(key, "{\"expiresAt\":\"%s\"}".formatted(end)).body();
        assertThat(ends.path("expiresAt").asString()).isEqualTo(end.toString());
        assertThat(ends.path("name").asString()).isEqualTo("before");
        JsonNode named = change(key, "{\"name\":\"after\"}").body();
        assertThat(named.path("name").asString()).isEqualTo("after");
        assertThat(named.path("expiresAt").asString()).isEqualTo(end.toString());
        assertThat(named.path("scope").asString()).isEqualTo("viewer");
        JsonNode endless = change(key, "{\"neverExpires\":true}").body();
        assertThat(endless.has("expiresAt")).as(endless.toString()).isFalse();
        assertThat(http.get("/keys/" + key.path("id").asString()).body()).isEqualTo(endless);
        assertThat(verified(key)).isEqualTo(200);
        assertThat(http.get("/audit-events?action=key.change").body().toString())
                .contains(
                        key.path("id").asString() + " after, until " + end,
                        key.path("id").asString() + " after, endless");
    }

    @Test
    void whatMakesNoSenseIsRefused() throws Exception {
        JsonNode key = key("kept", "publisher");
        for (String body : List.of(
                "{\"expiresAt\":\"2020-01-01T00:00:00Z\"}",
                "{\"expiresAt\":\"+1000000000-01-01T00:00:00Z\"}",
                "{\"expiresAt\":\"2999-01-01T00:00:00Z\",\"neverExpires\":true}")) {
            assertProblem(change(key, body), 422, "KEY_TERMS_INVALID");
        }
        assertProblem(change(key, "{\"name\":\"../x\"}"), 400, "NAME_INVALID");
        assertProblem(change(key, "{\"name\":\"*\"}"), 400, "NAME_INVALID");
        assertProblem(change(key, "{\"expiresAt\":\"tomorrow\"}"), 400, "REQUEST_INVALID");
        assertProblem(http.send("PATCH", "/keys/nobody", "{}"), 404, "KEY_NOT_FOUND");
        JsonNode shown = http.get("/keys/" + key.path("id").asString()).body();
        assertThat(shown.path("name").asString()).isEqualTo("kept");
        assertThat(shown.has("expiresAt")).isFalse();
    }

    @Test
    void aNodesKeyStaysTheNodes() throws Exception {
        JsonNode key = key("edge-7", "node");
        assertProblem(change(key, "{\"name\":\"edge-8\"}"), 422, "KEY_TERMS_INVALID");
        assertProblem(change(key, "{\"name\":\"*\"}"), 422, "KEY_TERMS_INVALID");
        assertThat(change(key, "{\"name\":\"edge-7\",\"expiresAt\":\"2999-01-01T00:00:00Z\"}")
                        .status())
                .isEqualTo(200);
        JsonNode any = key("*", "node");
        assertThat(change(any, "{\"name\":\"*\",\"neverExpires\":true}").status())
                .isEqualTo(200);
        assertProblem(http.post("/keys", "{\"name\":\"*\",\"scope\":\"viewer\"}"), 400, "NAME_INVALID");
    }

    @Test
    void aKeyThatIsOverIsNotBroughtBack() throws Exception {
        JsonNode revoked = key("revoked", "viewer");
        http.send("DELETE", "/keys/" + revoked.path("id").asString(), "");
        JsonNode expired = key("expired", "viewer");
        http.execute("update registry.api_keys set expires_at = now() - interval '1 second' where id = '"
                + expired.path("id").asString() + "'");
        JsonNode rotated = key("rotated", "viewer");
        http.post("/keys/%s/rotate".formatted(rotated.path("id").asString()), "{\"overlapSeconds\":600}");
        for (JsonNode key : List.of(revoked, expired, rotated)) {
            assertProblem(change(key, "{\"neverExpires\":true}"), 422, "KEY_TERMS_INVALID");
        }
    }

    /** A key is read, revoked by somebody else, and only then written down as used. */
    @Test
    void thatAKeyIsUsedDoesNotTakeBackThatItWasRevoked() throws Exception {
        JsonNode key = key("raced", "admin");
        String id = key.path("id").asString();
        CompletableFuture<Integer> use;
        try (Connection connection = http.connection();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("select 1 from registry.api_keys where id = '" + id + "' for update");
            use = CompletableFuture.supplyAsync(() -> {
                try {
                    return verified(key);
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            });
            Waiting.await(statement);
            statement.execute("update registry.api_keys set revoked_at = clock_timestamp() where id = '" + id + "'");
            connection.commit();
        }
        assertThat(use.get()).isEqualTo(200);
        assertThat(http.get("/keys/" + id).body().has("lastUsedAt")).isTrue();
        assertThat(http.get("/keys/" + id).body().has("revokedAt")).isTrue();
        assertThat(verified(key)).isEqualTo(401);
    }
}
