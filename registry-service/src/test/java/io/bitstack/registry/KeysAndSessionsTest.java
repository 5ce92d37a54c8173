package io.bitstack.registry;

import static org.assertj.core.api.Assertions.assertThat;

import io.bitstack.registry.RegistryFixture.Answer;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Keys expire, rotate and say when they were used; sessions end in time and with their key; strangers are refused on the service's own port. */
class KeysAndSessionsTest {
    private static RegistryFixture http;

    @BeforeAll
    static void start() throws Exception {
        http = SharedRegistry.get().http;
    }

    @Test
    void aKeyIsAPrefixAndASecretOfWhichTheHashIsKept() throws Exception {
        JsonNode made = key("prefixed", "viewer", "");
        String key = made.path("key").asString();
        String prefix = made.path("prefix").asString();
        assertThat(key).matches("bsk_[0-9a-f]{8}_[A-Za-z0-9_-]{43}").startsWith(prefix + "_");
        JsonNode shown = http.get("/keys/" + made.path("id").asString()).body();
        assertThat(shown.path("prefix").asString()).isEqualTo(prefix);
        assertThat(shown.path("createdBy").asString()).isEqualTo("tester;admin");
        assertThat(shown.has("lastUsedAt")).isFalse();
        assertThat(shown.toString()).doesNotContain(key.substring(prefix.length()));
        Answer known = verify(key);
        assertThat(known.body().path("scope").asString())
                .as(known.body().toString())
                .isEqualTo("viewer");
        assertThat(known.body().toString()).doesNotContain(key);
        assertThat(http.get("/keys/" + made.path("id").asString()).body().has("lastUsedAt"))
                .isTrue();
        assertThat(http.get("/keys?limit=200").body().toString()).doesNotContain(key);
        assertThat(http.query("select count(*) from registry.api_keys where hash like '%" + key + "%'"))
                .isEqualTo("0");
        assertThat(http.send("DELETE", "/keys/" + made.path("id").asString(), "")
                        .status())
                .isEqualTo(204);
        assertProblem(verify(key), 401, "KEY_UNKNOWN");
        assertProblem(http.post("/keys", "{\"name\":\"x\",\"scope\":\"god\"}"), 400, "REQUEST_INVALID");
    }

    @Test
    void keysThatTheOperatorSetAreKnown() throws Exception {
        assertThat(verify(RegistryFixture.ADMIN_KEY).body().path("scope").asString())
                .isEqualTo("admin");
        assertThat(verify(RegistryFixture.NODE_KEY).body().path("name").asString())
                .isEqualTo("*");
    }

    @Test
    void aKeyExpires() throws Exception {
        JsonNode made = key(
                "short",
                "viewer",
                ",\"expiresAt\":\"%s\"".formatted(Instant.now().plusSeconds(3600)));
        String id = made.path("id").asString();
        assertThat(verify(made.path("key").asString()).status()).isEqualTo(200);
        changeKey(made, "expires_at = now() - interval '1 second'");
        assertProblem(verify(made.path("key").asString()), 401, "KEY_UNKNOWN");
        assertProblem(http.post("/keys/%s/rotate".formatted(id), "{}"), 422, "KEY_TERMS_INVALID");
        assertProblem(
                http.post("/keys", "{\"name\":\"x\",\"scope\":\"viewer\",\"expiresAt\":\"2020-01-01T00:00:00Z\"}"),
                422,
                "KEY_TERMS_INVALID");
    }

    @Test
    void aRotatedKeyIsGoodBesideItsSuccessorForAWhile() throws Exception {
        JsonNode old = key("rotated", "publisher", "");
        String path = "/keys/%s/rotate".formatted(old.path("id").asString());
        Answer rotated = http.post(path, "{\"overlapSeconds\":600}");
        assertThat(rotated.status()).isEqualTo(201);
        JsonNode made = rotated.body();
        assertThat(made.path("name").asString()).isEqualTo("rotated");
        assertThat(made.path("scope").asString()).isEqualTo("publisher");
        assertThat(verify(old.path("key").asString()).status()).isEqualTo(200);
        assertThat(verify(made.path("key").asString()).status()).isEqualTo(200);
        JsonNode shown = http.get("/keys/" + old.path("id").asString()).body();
        assertThat(shown.path("replacedBy").asString())
                .isEqualTo(made.path("id").asString());
        assertThat(Instant.parse(shown.path("expiresAt").asString()))
                .isBetween(Instant.now(), Instant.now().plus(Duration.ofSeconds(601)));
        assertProblem(http.post(path, "{}"), 422, "KEY_TERMS_INVALID");
        assertProblem(
                http.post("/keys/%s/rotate".formatted(made.path("id").asString()), "{\"overlapSeconds\":-1}"),
                400,
                "REQUEST_INVALID");
        Answer atOnce = http.post("/keys/%s/rotate".formatted(made.path("id").asString()), "{\"overlapSeconds\":0}");
        assertProblem(verify(made.path("key").asString()), 401, "KEY_UNKNOWN");
        assertThat(verify(atOnce.body().path("key").asString()).status()).isEqualTo(200);
        assertThat(http.get("/audit-events?action=key.rotate&principal=tester")
                        .body()
                        .toString())
                .contains(old.path("id").asString());
    }

    /** A key for a day that is rotated in the evening ends at night, and its successor a day from then. */
    @Test
    void aRotatedKeyKeepsItsEndAndItsSuccessorIsGoodForAsLongAsItWas() throws Exception {
        Instant end = Instant.now().plusSeconds(300).truncatedTo(ChronoUnit.SECONDS);
        JsonNode old = key("daily", "publisher", ",\"expiresAt\":\"%s\"".formatted(end));
        changeKey(old, "created_at = created_at - interval '100 seconds'");
        Answer rotated = http.post("/keys/%s/rotate".formatted(old.path("id").asString()), "{\"overlapSeconds\":600}");
        assertThat(rotated.status()).as(rotated.body().toString()).isEqualTo(201);
        JsonNode shown = http.get("/keys/" + old.path("id").asString()).body();
        assertThat(shown.path("expiresAt").asString())
                .isEqualTo(old.path("expiresAt").asString());
        assertThat(Instant.parse(rotated.body().path("expiresAt").asString())).isAfterOrEqualTo(end.plusSeconds(100));
    }

    @Test
    void aSessionEndsWhenIdleOldOrLoggedOut() throws Exception {
        JsonNode made = key("browser", "viewer", "");
        JsonNode idle = session(made.path("key").asString());
        assertThat(idle.path("scope").asString()).isEqualTo("viewer");
        assertThat(idle.path("subject").asString())
                .isEqualTo("key:" + made.path("id").asString());
        String token = idle.path("token").asString();
        assertThat(http.query("select count(*) from registry.sessions where hash like '%" + token + "%'"))
                .isEqualTo("0");
        assertThat(seen(token).status()).isEqualTo(200);
        assertThat(seen(token).body().has("token")).isFalse();
        assertThat(http.get("/audit-events?action=session.open&principal="
                                + made.path("id").asString())
                        .body()
                        .toString())
                .contains(idle.path("id").asString());
        change(idle, "last_seen_at = clock_timestamp() - interval '61 seconds'");
        assertProblem(seen(token), 401, "SESSION_UNKNOWN");

        JsonNode old = session(made.path("key").asString());
        change(old, "expires_at = clock_timestamp()");
        assertProblem(seen(old.path("token").asString()), 401, "SESSION_UNKNOWN");

        JsonNode ended = session(made.path("key").asString());
        String end = "/internal/sessions/%s/end".formatted(ended.path("id").asString());
        assertProblem(http.post(end, "{\"subject\":\"key:another\"}"), 404, "SESSION_NOT_FOUND");
        assertThat(seen(ended.path("token").asString()).status()).isEqualTo(200);
        assertThat(http.post(end, "{\"subject\":\"\"}").status()).isEqualTo(204);
        assertProblem(seen(ended.path("token").asString()), 401, "SESSION_UNKNOWN");
        assertThat(http.get("/audit-events?action=session.end").body().toString())
                .contains(ended.path("id").asString());
    }

    @Test
    void aSessionEndsWithItsKey() throws Exception {
        JsonNode made = key("bound", "admin", "");
        JsonNode session = session(made.path("key").asString());
        assertThat(listed(session)).contains(session.path("id").asString());
        http.send("DELETE", "/keys/" + made.path("id").asString(), "");
        assertProblem(seen(session.path("token").asString()), 401, "SESSION_UNKNOWN");
        assertThat(listed(session)).doesNotContain(session.path("id").asString());
        assertProblem(open(made.path("key").asString()), 401, "KEY_UNKNOWN");

        JsonNode brief = key("brief", "admin", "");
        JsonNode ofBrief = session(brief.path("key").asString());
        assertThat(seen(ofBrief.path("token").asString()).status()).isEqualTo(200);
        changeKey(brief, "expires_at = clock_timestamp()");
        assertProblem(seen(ofBrief.path("token").asString()), 401, "SESSION_UNKNOWN");
        assertThat(listed(ofBrief)).doesNotContain(ofBrief.path("id").asString());
    }

    @Test
    void theOldestOfTooManySessionsOfOneSubjectEnd() throws Exception {
        String key = key("many", "viewer", "").path("key").asString();
        JsonNode first = session(key);
        JsonNode second = session(key);
        for (int i = 0; i < 49; i++) {
            session(key);
        }
        assertProblem(seen(first.path("token").asString()), 401, "SESSION_UNKNOWN");
        assertThat(seen(second.path("token").asString()).status()).isEqualTo(200);
    }

    @Test
    void aProviderOpensSessionsForItsOwnSubjectsOnly() throws Exception {
        String terms = ",\"idleSeconds\":60,\"lifetimeSeconds\":600,\"address\":\"::1\",\"userAgent\":\"t\"}";
        Answer opened = http.post(
                "/internal/sessions", "{\"subject\":\"oidc:ada\",\"name\":\"Ada\",\"scope\":\"publisher\"" + terms);
        assertThat(opened.status()).isEqualTo(201);
        assertThat(seen(opened.body().path("token").asString())
                        .body()
                        .path("name")
                        .asString())
                .isEqualTo("Ada");
        assertProblem(
                http.post("/internal/sessions", "{\"subject\":\"key:1\",\"scope\":\"admin\"" + terms),
                401,
                "SESSION_UNKNOWN");
    }

    @Test
    void strangersAreRefusedOnTheServicesOwnPort() throws Exception {
        HttpClient client = HttpClient.newHttpClient();
        String[][] tries = {
            {},
            {"Authorization", "Bearer " + RegistryFixture.TOKEN},
            {"BitStack-Principal", "tester;admin"},
            {"Authorization", "Bearer " + RegistryFixture.ADMIN_KEY, "BitStack-Principal", "tester;admin"},
        };
        for (String[] headers : tries) {
            HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(http.url() + "/api/v1/models"));
            for (int i = 0; i < headers.length; i += 2) {
                request.header(headers[i], headers[i + 1]);
            }
            assertThat(client.send(request.build(), HttpResponse.BodyHandlers.ofString())
                            .statusCode())
                    .isEqualTo(401);
        }
        Answer claimed = http.send(
                "POST", "/keys", "{\"name\":\"claim\",\"scope\":\"viewer\"}", "BitStack-Principal", "root;admin");
        assertThat(http.get("/keys/" + claimed.body().path("id").asString())
                        .body()
                        .path("createdBy")
                        .asString())
                .isEqualTo("tester;admin");
        assertProblem(http.get("/nothing"), 404, "ROUTE_NOT_FOUND");
    }

    private static JsonNode key(String name, String scope, String more) throws Exception {
        Answer made = http.post("/keys", "{\"name\":\"%s\",\"scope\":\"%s\"%s}".formatted(name, scope, more));
        assertThat(made.status()).as(made.body().toString()).isEqualTo(201);
        return made.body();
    }

    private static Answer verify(String key) throws Exception {
        return http.post("/internal/keys/verify", "{\"key\":\"%s\"}".formatted(key));
    }

    private static Answer open(String key) throws Exception {
        return http.post(
                "/internal/sessions",
                "{\"key\":\"%s\",\"idleSeconds\":60,\"lifetimeSeconds\":600,\"address\":\"127.0.0.1\",\"userAgent\":\"t\"}"
                        .formatted(key));
    }

    private static JsonNode session(String key) throws Exception {
        Answer opened = open(key);
        assertThat(opened.status()).as(opened.body().toString()).isEqualTo(201);
        return opened.body();
    }

    private static Answer seen(String token) throws Exception {
        return http.post("/internal/sessions/verify", "{\"token\":\"%s\"}".formatted(token));
    }

    private static String listed(JsonNode session) throws Exception {
        return http.get("/internal/sessions?subject=" + session.path("subject").asString())
                .body()
                .toString();
    }

    private static void change(JsonNode session, String set) throws Exception {
        http.execute("update registry.sessions set %s where id = '%s'"
                .formatted(set, session.path("id").asString()));
    }

    private static void changeKey(JsonNode key, String set) throws Exception {
        http.execute("update registry.api_keys set %s where id = '%s'"
                .formatted(set, key.path("id").asString()));
    }

    private static void assertProblem(Answer answer, int status, String code) {
        assertThat(answer.status()).as(answer.body().toString()).isEqualTo(status);
        assertThat(answer.code()).isEqualTo(code);
    }
}
