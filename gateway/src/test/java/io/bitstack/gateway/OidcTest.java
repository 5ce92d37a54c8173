package io.bitstack.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.bitstack.service.access.PlatformService;
import io.bitstack.service.net.PortForLater;
import java.io.IOException;
import java.net.CookieManager;
import java.net.CookiePolicy;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.Map;
import no.nav.security.mock.oauth2.MockOAuth2Server;
import no.nav.security.mock.oauth2.token.DefaultOAuth2TokenCallback;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.web.server.PortInUseException;

/** Tokens of a real OIDC server, and logging in through it. */
class OidcTest {
    private static final String ISSUER = "corp";
    private static final String CLIENT = "bitstack-web";

    private MockOAuth2Server server;
    private GatewayFixture gateway;
    private HttpClient browser;
    private String gatewayUrl;
    private SessionStore sessions;

    @BeforeEach
    void start() throws Exception {
        server = new MockOAuth2Server();
        server.start();
        gateway = startAtAFreePort();
        gatewayUrl = url(gateway.port());
        sessions = new SessionStore(gateway.registry);
        gateway.registry.on("GET /api/v1/models", 200, "{\"items\":[]}").on("POST /api/v1/models", 201, "{}");
        browser = HttpClient.newBuilder()
                .cookieHandler(new CookieManager(null, CookiePolicy.ACCEPT_ALL))
                .followRedirects(HttpClient.Redirect.NEVER)
                .build();
    }

    /** The gateway has to know its own address before it has a port; one that was free a moment ago may be taken. */
    private GatewayFixture startAtAFreePort() throws Exception {
        for (int left = 5; ; left--) {
            try {
                return start(PortForLater.find());
            } catch (PortInUseException e) {
                if (left == 0) {
                    throw e;
                }
            }
        }
    }

    private static String url(int port) {
        return "http://localhost:" + port;
    }

    private GatewayFixture start(int port) throws IOException {
        return new GatewayFixture(
                "--server.port=" + port,
                "--bitstack.gateway.public-url=" + url(port),
                "--bitstack.gateway.oidc.issuer=" + server.issuerUrl(ISSUER),
                "--bitstack.gateway.oidc.name=Company login",
                "--bitstack.gateway.oidc.client-id=" + CLIENT,
                "--bitstack.gateway.oidc.client-secret=secret-of-the-client",
                "--bitstack.gateway.oidc.roles-claim=realm_access.roles",
                "--bitstack.gateway.oidc.roles.admin=platform-admins");
    }

    @AfterEach
    void stop() {
        gateway.close();
        server.shutdown();
        browser.shutdownNow();
    }

    @Test
    void aTokenOfTheProviderIsAKey() throws Exception {
        String token = token("bitstack", List.of("viewer", "someone-else"), 600);
        assertThat(gateway.get(token, "/api/v1/models").statusCode()).isEqualTo(200);
        assertThat(gateway.registry.last("/api/v1/models").caller(GatewayFixture.TOKEN, PlatformService.REGISTRY))
                .isEqualTo("oidc:ada;viewer");
        assertThat(gateway.post(token, "/api/v1/models", "{}").statusCode()).isEqualTo(403);
        String admin = token("bitstack", List.of("viewer", "platform-admins"), 600);
        assertThat(gateway.post(admin, "/api/v1/models", "{}").statusCode()).isEqualTo(201);
        // "admin" goes by another name there, so that its own means nothing.
        assertThat(gateway.get(token("bitstack", List.of("admin"), 600), "/api/v1/models")
                        .statusCode())
                .isEqualTo(401);
        assertThat(gateway.get(token("bitstack", List.of("node"), 600), "/api/v1/models")
                        .statusCode())
                .isEqualTo(401);
    }

    @Test
    void otherTokensAreNot() throws Exception {
        String good = token("bitstack", List.of("viewer"), 600);
        String[] parts = good.split("\\.");
        String unsigned = "eyJhbGciOiJub25lIn0." + parts[1] + ".";
        MockOAuth2Server stranger = new MockOAuth2Server();
        stranger.start();
        try {
            String[] bad = {
                token("another-audience", List.of("viewer"), 600),
                token("bitstack", List.of(), 600),
                token("bitstack", List.of("viewer"), -300),
                server.issueToken("another-issuer", "ada", "bitstack", claims(List.of("viewer")))
                        .serialize(),
                stranger.issueToken(ISSUER, "ada", "bitstack", claims(List.of("viewer")))
                        .serialize(),
                parts[0] + "." + parts[1] + "." + parts[2].substring(2) + "AA",
                unsigned,
                "a.b.c",
            };
            for (String token : bad) {
                assertThat(gateway.get(token, "/api/v1/models").statusCode())
                        .as(token)
                        .isIn(401);
            }
        } finally {
            stranger.shutdown();
        }
    }

    @Test
    void aBrowserLogsInThroughTheProvider() throws Exception {
        assertThat(gateway.get("", "/api/v1/session/methods").body())
                .isEqualTo("{\"key\":true,\"oidc\":{\"name\":\"Company login\",\"url\":\"/api/v1/session/oidc\"}}");
        server.enqueueCallback(callback(CLIENT, List.of("publisher"), 600));
        HttpResponse<String> start = get(gatewayUrl + "/api/v1/session/oidc");
        assertThat(start.statusCode()).isEqualTo(302);
        String toProvider = location(start);
        assertThat(toProvider)
                .startsWith(server.issuerUrl(ISSUER).toString())
                .contains("code_challenge_method=S256", "state=", "nonce=");
        HttpResponse<String> back = get(toProvider);
        assertThat(back.statusCode()).as(back.body()).isEqualTo(302);
        assertThat(location(back)).startsWith(gatewayUrl + "/api/v1/session/oidc/callback?");
        HttpResponse<String> done = get(location(back));
        assertThat(done.statusCode()).as(done.body()).isEqualTo(302);
        assertThat(location(done)).isEqualTo("/");
        assertThat(done.headers().allValues("Set-Cookie").toString())
                .contains("bitstack-session=" + SessionStore.PREFIX, "SameSite=Strict", "bitstack-login=;");
        HttpResponse<String> session = get(gatewayUrl + "/api/v1/session");
        assertThat(gateway.parse(session).path("subject").asString()).isEqualTo("oidc:ada");
        assertThat(gateway.parse(session).path("scope").asString()).isEqualTo("publisher");
        assertThat(get(gatewayUrl + "/api/v1/models").statusCode()).isEqualTo(200);
    }

    @Test
    void aLoginThatDidNotBeginInThisBrowserFails() throws Exception {
        server.enqueueCallback(callback(CLIENT, List.of("publisher"), 600));
        HttpResponse<String> back = get(location(get(gatewayUrl + "/api/v1/session/oidc")));
        String callback = location(back);
        HttpClient other = HttpClient.newHttpClient();
        HttpResponse<String> stolen =
                other.send(HttpRequest.newBuilder(URI.create(callback)).build(), BodyHandlers.ofString());
        assertFailed(stolen);
        assertFailed(get(callback.replaceAll("state=[^&]*", "state=another")));
        assertFailed(get(gatewayUrl + "/api/v1/session/oidc/callback?error=access_denied"));
        assertFailed(get(gatewayUrl + "/api/v1/session/oidc/callback"));
        assertThat(sessions.opened()).isZero();
    }

    @Test
    void aPersonWithoutARoleOfOursDoesNotGetIn() throws Exception {
        server.enqueueCallback(callback(CLIENT, List.of("gardener"), 600));
        HttpResponse<String> back = get(location(get(gatewayUrl + "/api/v1/session/oidc")));
        assertFailed(get(location(back)));
    }

    private static void assertFailed(HttpResponse<String> response) {
        assertThat(response.statusCode()).isEqualTo(302);
        assertThat(location(response)).isEqualTo("/?login=failed");
        assertThat(response.headers().allValues("Set-Cookie").toString()).doesNotContain("bitstack-session");
    }

    private HttpResponse<String> get(String url) throws Exception {
        return browser.send(HttpRequest.newBuilder(URI.create(url)).build(), BodyHandlers.ofString());
    }

    private static String location(HttpResponse<String> response) {
        return response.headers().firstValue("Location").orElseThrow(() -> new AssertionError(response.toString()));
    }

    private String token(String audience, List<String> roles, long expirySeconds) {
        return server.issueToken(ISSUER, "a-client", callback(audience, roles, expirySeconds))
                .serialize();
    }

    private static DefaultOAuth2TokenCallback callback(String audience, List<String> roles, long expirySeconds) {
        return new DefaultOAuth2TokenCallback(ISSUER, "ada", "JWT", List.of(audience), claims(roles), expirySeconds);
    }

    private static Map<String, Object> claims(List<String> roles) {
        return Map.of("realm_access", Map.of("roles", roles), "preferred_username", "Ada");
    }
}
