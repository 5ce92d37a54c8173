package io.bitstack.gateway;

import static io.bitstack.gateway.GatewayFixture.VIEWER;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Browsers log in with a key, show a cookie and a token against other sites' requests, and log out. */
class SessionTest {
    private GatewayFixture gateway;
    private SessionStore store;

    @BeforeEach
    void start() throws Exception {
        gateway = new GatewayFixture("--bitstack.gateway.limits.failed-keys-per-minute=5");
        store = new SessionStore(gateway.registry);
        gateway.registry.on("GET /api/v1/models", 200, "{\"items\":[]}").on("DELETE /api/v1/models/m", 204, "");
    }

    @AfterEach
    void stop() {
        gateway.close();
    }

    @Test
    void aKeyOpensASession() throws Exception {
        HttpResponse<String> opened = login(VIEWER);
        assertThat(opened.statusCode()).as(opened.body()).isEqualTo(201);
        String cookie = opened.headers().firstValue("Set-Cookie").orElseThrow();
        assertThat(cookie)
                .startsWith("bitstack-session=" + SessionStore.PREFIX)
                .contains("HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=43200")
                .doesNotContain("Secure");
        assertThat(opened.headers().firstValue("Cache-Control")).hasValue("no-store");
        JsonNode session = gateway.parse(opened);
        assertThat(session.path("scope").asString()).isEqualTo("viewer");
        assertThat(session.path("current").asBoolean()).isTrue();
        assertThat(session.path("idleTimeoutSeconds").asInt()).isEqualTo(3600);
        assertThat(session.path("address").asString()).isEqualTo("127.0.0.1");
        assertThat(opened.body()).doesNotContain(value(opened));
        JsonNode shown = gateway.parse(with(opened, "GET", "/api/v1/session"));
        assertThat(shown.path("csrfToken").asString())
                .isEqualTo(session.path("csrfToken").asString())
                .isNotBlank();
        assertThat(gateway.get("", "/api/v1/session/methods").body()).isEqualTo("{\"key\":true}");
        assertThat(gateway.get("", "/api/v1/session").statusCode()).isEqualTo(401);
        assertThat(gateway.get(VIEWER, "/api/v1/session").statusCode()).isEqualTo(401);
    }

    @Test
    void aSessionMayWhatItsScopeMay() throws Exception {
        HttpResponse<String> opened = login(VIEWER);
        assertThat(with(opened, "GET", "/api/v1/models").statusCode()).isEqualTo(200);
        HttpResponse<String> refused = with(opened, "DELETE", "/api/v1/models/m", "BitStack-Csrf", csrf(opened));
        assertThat(gateway.parse(refused).path("code").asString()).isEqualTo("FORBIDDEN");
        HttpResponse<String> publisher = login(GatewayFixture.PUBLISHER);
        assertThat(with(publisher, "DELETE", "/api/v1/models/m", "BitStack-Csrf", csrf(publisher))
                        .statusCode())
                .isEqualTo(204);
    }

    @Test
    void anotherSitesRequestsAreRefused() throws Exception {
        HttpResponse<String> opened = login(GatewayFixture.PUBLISHER);
        String path = "/api/v1/models/m";
        assertCsrf(with(opened, "DELETE", path));
        assertCsrf(with(opened, "DELETE", path, "BitStack-Csrf", "x"));
        assertCsrf(with(opened, "DELETE", path, "BitStack-Csrf", csrf(login(GatewayFixture.PUBLISHER))));
        for (String site : new String[] {"cross-site", "same-site"}) {
            assertCsrf(with(opened, "DELETE", path, "BitStack-Csrf", csrf(opened), "Sec-Fetch-Site", site));
            assertCsrf(gateway.send(gateway.request("", "/api/v1/session")
                    .header("Sec-Fetch-Site", site)
                    .header("Content-Type", "application/json")
                    .POST(BodyPublishers.ofString("{\"key\":\"" + VIEWER + "\"}"))));
        }
        assertThat(with(opened, "DELETE", path, "BitStack-Csrf", csrf(opened), "Sec-Fetch-Site", "same-origin")
                        .statusCode())
                .isEqualTo(204);
        HttpResponse<String> form = gateway.send(gateway.request("", "/api/v1/session")
                .header("Content-Type", "text/plain")
                .POST(BodyPublishers.ofString("{\"key\":\"" + VIEWER + "\"}")));
        assertThat(form.statusCode()).isEqualTo(400);
    }

    @Test
    void loggingOutEndsItAtOnce() throws Exception {
        HttpResponse<String> opened = login(VIEWER);
        assertThat(with(opened, "GET", "/api/v1/models").statusCode()).isEqualTo(200);
        HttpResponse<String> closed = with(opened, "DELETE", "/api/v1/session", "BitStack-Csrf", csrf(opened));
        assertThat(closed.statusCode()).isEqualTo(204);
        assertThat(closed.headers().firstValue("Set-Cookie").orElse(""))
                .startsWith("bitstack-session=;")
                .contains("Max-Age=0");
        assertThat(with(opened, "GET", "/api/v1/models").statusCode()).isEqualTo(401);
    }

    /** The registry's word about a session is taken for a while, and never beyond the session's end. */
    @Test
    void aSessionThatHasEndedMeanwhileIsAskedAfterAgain() throws Exception {
        HttpResponse<String> opened = login(VIEWER);
        String verify = "POST /api/v1/internal/sessions/verify";
        gateway.registry.on(verify, 200, """
                {"id":"s1","subject":"key:k3","name":"board","scope":"viewer","expiresAt":"2020-01-01T00:00:00Z"}""");
        assertThat(with(opened, "GET", "/api/v1/models").statusCode()).isEqualTo(200);
        gateway.registry.on(verify, 401, "{\"code\":\"SESSION_UNKNOWN\"}");
        assertThat(with(opened, "GET", "/api/v1/models").statusCode()).isEqualTo(401);
    }

    @Test
    void sessionsAreListedAndEndedByTheirOwners() throws Exception {
        HttpResponse<String> mine = login(VIEWER);
        HttpResponse<String> others = login(GatewayFixture.ADMIN);
        JsonNode seen = gateway.parse(with(mine, "GET", "/api/v1/sessions?limit=10"));
        assertThat(seen.path("items")).hasSize(1);
        assertThat(seen.path("items").get(0).path("current").asBoolean()).isTrue();
        assertThat(seen.toString()).doesNotContain("csrfToken", SessionStore.PREFIX);
        String other = "/api/v1/sessions/" + gateway.parse(others).path("id").asString();
        HttpResponse<String> refused = with(mine, "DELETE", other, "BitStack-Csrf", csrf(mine));
        assertThat(refused.statusCode()).isEqualTo(404);
        assertThat(gateway.parse(refused).path("code").asString()).isEqualTo("SESSION_NOT_FOUND");
        assertThat(gateway.parse(with(others, "GET", "/api/v1/sessions")).path("items"))
                .hasSize(2);
        String own = "/api/v1/sessions/" + gateway.parse(mine).path("id").asString();
        assertThat(with(mine, "GET", "/api/v1/models").statusCode()).isEqualTo(200);
        assertThat(with(others, "DELETE", own, "BitStack-Csrf", csrf(others)).statusCode())
                .isEqualTo(204);
        assertThat(with(mine, "GET", "/api/v1/models").statusCode()).isEqualTo(401);
        for (String bad : new String[] {"0", "201", "x"}) {
            assertThat(with(others, "GET", "/api/v1/sessions?limit=" + bad).statusCode())
                    .isEqualTo(400);
        }
    }

    @Test
    void whoGuessesKeysWhereOneLogsInIsSlowedDown() throws Exception {
        for (int i = 0; i < 5; i++) {
            assertThat(login("bsk_guess" + i).statusCode()).isEqualTo(401);
        }
        // On a machine that stopped for 12 s one more guess has come back.
        HttpResponse<String> refused = login("bsk_guess");
        while (refused.statusCode() == 401) {
            refused = login("bsk_guess");
        }
        assertThat(refused.statusCode()).isEqualTo(429);
        assertThat(refused.headers().firstValue("Retry-After")).isPresent();
    }

    @Test
    void whatIsNoLoginIsSaid() throws Exception {
        for (String body :
                new String[] {"", "[]", "{}", "{\"key\":\"\"}", "{\"key\":\"" + "k".repeat(300) + "\"}", "{"}) {
            HttpResponse<String> refused = gateway.post("", "/api/v1/session", body);
            assertThat(refused.statusCode()).as(body).isEqualTo(400);
        }
        assertThat(gateway.post("", "/api/v1/session", " ".repeat(5000)).statusCode())
                .isEqualTo(413);
        assertThat(store.opened()).isZero();
    }

    @Test
    void whatIsNoSessionIsRefusedHoweverLongItIs() throws Exception {
        for (int length : new int[] {1, 200, 201, 4000}) {
            HttpResponse<String> refused = gateway.send(gateway.request("", "/api/v1/models")
                    .header("Cookie", "bitstack-session=" + "s".repeat(length))
                    .GET());
            assertThat(refused.statusCode())
                    .as("a cookie of %d characters", length)
                    .isEqualTo(401);
        }
    }

    @Test
    void aKeyBesideACookieDecidesAlone() throws Exception {
        HttpResponse<String> opened = login(GatewayFixture.ADMIN);
        HttpRequest.Builder both = gateway.request(VIEWER, "/api/v1/models/m").header("Cookie", cookie(opened));
        assertThat(gateway.send(both.DELETE()).statusCode()).isEqualTo(403);
    }

    private HttpResponse<String> login(String key) throws Exception {
        return gateway.post("", "/api/v1/session", "{\"key\":\"" + key + "\"}");
    }

    private HttpResponse<String> with(HttpResponse<String> opened, String method, String path, String... headers)
            throws Exception {
        HttpRequest.Builder request = gateway.request("", path).header("Cookie", cookie(opened));
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        return gateway.send(request.method(method, BodyPublishers.noBody()));
    }

    private String csrf(HttpResponse<String> opened) {
        return gateway.parse(opened).path("csrfToken").asString();
    }

    private static String cookie(HttpResponse<String> opened) {
        String cookie = opened.headers().firstValue("Set-Cookie").orElseThrow();
        return cookie.substring(0, cookie.indexOf(';'));
    }

    private static String value(HttpResponse<String> opened) {
        return cookie(opened).substring("bitstack-session=".length());
    }

    private void assertCsrf(HttpResponse<String> response) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(403);
        assertThat(gateway.parse(response).path("code").asString()).isEqualTo("CSRF_REFUSED");
    }
}
