package io.bitstack.standalone.split;

import static org.assertj.core.api.Assertions.assertThat;

import io.bitstack.gateway.identity.Sessions;
import io.bitstack.service.access.CallerIdentity;
import io.bitstack.service.access.InternalTokens;
import io.bitstack.service.access.PlatformService;
import io.bitstack.service.access.Role;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Uses every kind of secret that a client can show, as it should be and as it should not: errors are where logs would have them from. */
final class SecretUse implements AutoCloseable {
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final String CHAT = "/v1/chat/completions";

    private final URI gateway;
    private final String adminKey;
    private final UsedSecrets secrets;
    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .build();

    SecretUse(URI gateway, String adminKey, UsedSecrets secrets) {
        this.gateway = gateway;
        this.adminKey = adminKey;
        this.secrets = secrets;
    }

    void all() throws Exception {
        keys();
        joinTokens();
        nodeKeys();
        sessions();
    }

    /** Keys of every scope, one that is rotated, one that has expired and one that is revoked. */
    private void keys() throws Exception {
        for (String scope : List.of("admin", "publisher", "viewer", "infer", "node")) {
            JsonNode made = made("/api/v1/keys", "{\"name\":\"a-%1$s\",\"scope\":\"%1$s\"}".formatted(scope));
            String key = secrets.add("key of scope " + scope, made.path("key").asString());
            String id = made.path("id").asString();
            assertThat(send("GET", "/api/v1/models", "", bearer(key)).statusCode())
                    .isIn(200, 403);
            misuse(key);
            JsonNode rotated = made("/api/v1/keys/%s/rotate".formatted(id), "{\"overlapSeconds\":0}");
            String next = secrets.add("rotated key", rotated.path("key").asString());
            refused(send("POST", CHAT, "{", bearer(key)));
            String changed = "{\"expiresAt\":\"%s\"}".formatted(Instant.now().plusMillis(500));
            String nextId = rotated.path("id").asString();
            assertThat(send("PATCH", "/api/v1/keys/" + nextId, changed, bearer(adminKey))
                            .statusCode())
                    .isEqualTo(200);
            Thread.sleep(600);
            refused(send("GET", "/api/v1/models", "", bearer(next)));
            assertThat(send("DELETE", "/api/v1/keys/" + nextId, "", bearer(adminKey))
                            .statusCode())
                    .isEqualTo(204);
            misuse(next);
        }
    }

    /** One that a node joins with and that is then used up, and one that has expired. */
    private void joinTokens() throws Exception {
        String once = token("once", "");
        JsonNode joined = JSON.readTree(send("POST", "/api/v1/join", "{\"name\":\"newcomer\"}", bearer(once))
                .body());
        secrets.add("key of a node that joined", joined.path("key").asString());
        refused(send("POST", "/api/v1/join", "{\"name\":\"another\"}", bearer(once)));
        misuse(once);
        String short1 = token("short", ",\"expiresInSeconds\":1");
        Thread.sleep(1_100);
        refused(send("POST", "/api/v1/join", "{\"name\":\"late\"}", bearer(short1)));
        misuse(short1);
    }

    private String token(String name, String further) throws Exception {
        return secrets.add(
                "join token " + name,
                made("/api/v1/join-tokens", "{\"name\":\"%s\"%s}".formatted(name, further))
                        .path("token")
                        .asString());
    }

    /** A node that reports as it should, as it should not, of another, and after it was revoked. */
    private void nodeKeys() throws Exception {
        String token = token("for-a-node", "");
        String key = secrets.add(
                "key of a node",
                JSON.readTree(send("POST", "/api/v1/join", "{\"name\":\"reporter\"}", bearer(token))
                                .body())
                        .path("key")
                        .asString());
        String access = secrets.add("access token of a node", "access-token-of-the-reporter");
        String report = "{\"url\":\"http://127.0.0.1:1\",\"accessToken\":\"%s\",\"state\":\"%s\",\"budgetBytes\":%s}";
        List<String> reports = List.of(
                report.formatted(access, "ready", "1000"),
                report.formatted(access, "no such state", "1000"),
                report.formatted(access, "ready", "\"" + access + "\""),
                report.formatted(access, "ready", "{"));
        for (String said : reports) {
            send("PUT", "/api/v1/nodes/reporter", said, bearer(key));
            refused(send("PUT", "/api/v1/nodes/small", said, bearer(key)));
        }
        misuse(key);
        assertThat(send("POST", "/api/v1/nodes/reporter/revoke", "{}", bearer(adminKey))
                        .statusCode())
                .isIn(200, 204);
        // The gateway may still know it for some seconds.
        send("PUT", "/api/v1/nodes/reporter", reports.getFirst(), bearer(key));
    }

    private void sessions() throws Exception {
        HttpResponse<String> opened =
                send("POST", "/api/v1/session", "{\"key\":\"%s\"}".formatted(adminKey), List.of());
        String given = opened.headers().firstValue("Set-Cookie").orElseThrow();
        String cookie = secrets.add("session", given.substring(given.indexOf('=') + 1, given.indexOf(';')));
        String csrf = secrets.add(
                "token against forged requests",
                JSON.readTree(opened.body()).path("csrfToken").asString());
        List<String> session = List.of("Cookie", "bitstack-session=" + cookie);
        assertThat(send("GET", "/api/v1/models", "", session).statusCode()).isEqualTo(200);
        refused(send("POST", "/api/v1/models", "{}", session));
        for (String wrong : List.of(csrf + "x", cookie)) {
            refused(send("POST", "/api/v1/models", "{}", with(session, Sessions.CSRF_HEADER, wrong)));
        }
        for (String wrong : List.of(cookie + "x", cookie.substring(1), "\"" + cookie)) {
            refused(send("GET", "/api/v1/models", "", List.of("Cookie", "bitstack-session=" + wrong)));
        }
        List<String> both = with(session, Sessions.CSRF_HEADER, csrf);
        assertThat(send("POST", "/api/v1/models", "{\"name\":\"" + csrf, both).statusCode())
                .isEqualTo(400);
        assertThat(send("DELETE", "/api/v1/session", "", both).statusCode()).isEqualTo(204);
        misuse(cookie);
    }

    /** What services show each other, as a stranger would at a service's own port. */
    void atTheServices(List<URI> services, String internalToken) throws Exception {
        for (URI service : services) {
            for (PlatformService named : PlatformService.values()) {
                String path = "/api/v1/internal/nodes";
                CallerIdentity caller = new CallerIdentity("root", Role.SERVICE);
                String signed = new InternalTokens(internalToken)
                        .header(caller, named, "GET", path)
                        .substring("Bearer ".length());
                secrets.add("signed token", signed);
                for (String shown : List.of(internalToken, signed, signed + "x", "Bearer " + signed, adminKey)) {
                    for (String asked : List.of(path, "/api/v1/keys", "/node/status", CHAT)) {
                        send(service, "GET", asked, "", bearer(shown));
                        send(service, "POST", asked, "{\"key\":\"" + shown, bearer(shown));
                    }
                }
            }
        }
    }

    /** All the places that a credential is put by mistake; nothing is said about the answers but that none is a success of a change. */
    void misuse(String secret) throws Exception {
        String basic = Base64.getEncoder().encodeToString((secret + ":").getBytes(StandardCharsets.UTF_8));
        for (String value : List.of(
                "Bearer " + secret + "x",
                "Bearer " + secret.substring(0, secret.length() - 1),
                "Bearer  " + secret + " " + secret,
                "Bearer é" + secret,
                "Bearer a." + secret + ".c",
                "Basic " + basic,
                secret)) {
            refused(send("GET", "/api/v1/models", "", List.of("Authorization", value)));
        }
        refused(send("GET", "/api/v1/models?key=%1$s&access_token=%1$s".formatted(secret), "", List.of()));
        send("GET", "/api/v1/models?limit=" + secret, "", bearer(adminKey));
        send("GET", "/api/v1/session/oidc/callback?code=%1$s&state=%1$s".formatted(secret), "", List.of());
        refused(send("GET", "/api/v1/models", "", List.of("Cookie", "bitstack-session=" + secret)));
        for (String body : List.of(
                "{\"name\":\"" + secret,
                "{\"name\":[\"%s\"],\"scope\":\"viewer\"}".formatted(secret),
                "{\"name\":\"x\",\"scope\":\"%s\"}".formatted(secret),
                "{\"name\":\"x\",\"scope\":\"viewer\",\"expiresAt\":\"%s\"}".formatted(secret),
                secret)) {
            refused(send("POST", "/api/v1/keys", body, bearer(adminKey)));
        }
        for (String body :
                List.of("{\"key\":\"%sx\"}".formatted(secret), "{\"key\":\"" + secret, "{\"key\":{}} " + secret)) {
            refused(send("POST", "/api/v1/session", body, List.of()));
        }
        for (String body : List.of("{\"model\":\"%s\"}".formatted(secret), "{\"model\":\"" + secret)) {
            refused(send("POST", CHAT, body, with(bearer(adminKey), "BitStack-Node", secret)));
        }
        for (String asked : List.of("/api/v1/webhooks", "/api/v1/jobs", "/api/v1/join")) {
            send("POST", asked, "{\"url\":\"https://%1$s@h/\",\"model\":\"%1$s".formatted(secret), bearer(adminKey));
        }
    }

    private JsonNode made(String path, String body) throws Exception {
        HttpResponse<String> answer = send("POST", path, body, bearer(adminKey));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
        return JSON.readTree(answer.body());
    }

    private static void refused(HttpResponse<String> answer) {
        assertThat(answer.statusCode())
                .as("%s: %s", answer.request().uri().getPath(), answer.body())
                .isBetween(400, 499);
    }

    static List<String> bearer(String secret) {
        return List.of("Authorization", "Bearer " + secret);
    }

    private static List<String> with(List<String> headers, String name, String value) {
        List<String> all = new ArrayList<>(headers);
        all.addAll(List.of(name, value));
        return all;
    }

    HttpResponse<String> send(String method, String path, String body, List<String> headers) throws Exception {
        return send(gateway, method, path, body, headers);
    }

    private HttpResponse<String> send(URI service, String method, String path, String body, List<String> headers)
            throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(service + path))
                .header("Content-Type", "application/json")
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        for (int i = 0; i < headers.size(); i += 2) {
            request.header(headers.get(i), headers.get(i + 1));
        }
        return client.send(request.build(), BodyHandlers.ofString());
    }

    @Override
    public void close() {
        client.close();
    }
}
