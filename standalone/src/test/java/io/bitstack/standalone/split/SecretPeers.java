package io.bitstack.standalone.split;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.bitstack.standalone.client.ApiClient;
import io.bitstack.standalone.client.ApiFailure;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import tools.jackson.databind.JsonNode;

/** Whom the platform shows secrets to, or has them from: a hub and a receiver of webhooks that both fail, and an OIDC provider. */
final class SecretPeers implements AutoCloseable {
    static final String HUB_TOKEN = "hf_a-token-for-the-hub-0123456789";
    static final String CLIENT = "bitstack-web";
    static final String CLIENT_SECRET = "a-secret-of-the-client-0123456789";
    private static final String PERMISSION = "a-permission-in-an-address-0123456789";
    private static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";

    private final HttpServer server;
    private final RSAKey providersKey;
    private final Queue<String> signatures = new ConcurrentLinkedQueue<>();
    private final Queue<String> hubTokens = new ConcurrentLinkedQueue<>();
    /** Whether it led somewhere that cannot be, the last time, rather than nowhere. */
    private volatile boolean astray;

    SecretPeers() throws Exception {
        providersKey = new RSAKeyGenerator(2048).keyID("one").generate();
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.start();
    }

    URI url() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    String issuer() {
        return url() + "/corp";
    }

    /** Of two models the hub has one, and of that one's files it leads to a place where they cannot be had. */
    private void answer(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        int status = 500;
        String body = "";
        if (path.startsWith("/hook")) {
            signatures.add(exchange.getRequestHeaders().getFirst("BitStack-Signature"));
        } else if (path.startsWith("/api/models/us/gated/")) {
            hubTokens.add(exchange.getRequestHeaders().getFirst("Authorization"));
            status = 401;
        } else if (path.startsWith("/api/models/us/open/")) {
            status = 200;
            body = "{\"sha\":\"%s\",\"siblings\":[%s]}"
                    .formatted(
                            COMMIT,
                            String.join(
                                    ",",
                                    List.of(
                                            "{\"rfilename\":\"config.json\"}",
                                            "{\"rfilename\":\"tokenizer.json\"}",
                                            "{\"rfilename\":\"model.safetensors\"}")));
        } else if (path.equals("/corp/.well-known/openid-configuration")) {
            status = 200;
            body = """
                    {"issuer":"%1$s","jwks_uri":"%1$s/jwks","authorization_endpoint":"%1$s/authorize",
                     "token_endpoint":"%1$s/token","subject_types_supported":["public"],
                     "response_types_supported":["code"],"id_token_signing_alg_values_supported":["RS256"]}""".formatted(issuer());
        } else if (path.equals("/corp/jwks")) {
            status = 200;
            body = new JWKSet(providersKey.toPublicJWK()).toString();
        } else if (path.startsWith("/us/open/")) {
            exchange.getResponseHeaders().set("X-Linked-Size", "1000");
            exchange.getResponseHeaders().set("X-Linked-Etag", "\"0123\"");
            exchange.getResponseHeaders().set("Location", url() + "/elsewhere?permission=" + PERMISSION);
            status = 302;
        } else if (path.startsWith("/elsewhere")) {
            astray = !astray;
            if (astray) {
                exchange.getResponseHeaders().set("Location", "http://no address?permission=" + PERMISSION);
            }
            status = 302;
        }
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        if (bytes.length > 0) {
            exchange.getResponseBody().write(bytes);
        }
        exchange.close();
    }

    /** Jobs that fail at the hub and at the bucket, and webhooks whose deliveries fail. */
    void use(ApiClient api, UsedSecrets secrets) throws Exception {
        secrets.add("token for the hub", HUB_TOKEN);
        secrets.add("permission in an address of the hub's", PERMISSION);
        fail(api, Map.of("hub", Map.of("repository", "us/gated")));
        assertThat(hubTokens).contains("Bearer " + HUB_TOKEN);
        fail(api, Map.of("hub", Map.of("repository", "us/open")));
        fail(api, Map.of("s3", Map.of("bucket", "models", "prefix", "nothing/here")));
        for (String url : List.of(url() + "/hook", "http://127.0.0.1:1/hook")) {
            JsonNode webhook =
                    api.post("/api/v1/webhooks", Map.of("url", url, "events", List.of("io.bitstack.node.joined")));
            secrets.add("secret of a webhook", webhook.path("secret").asString());
            String path = "/api/v1/webhooks/" + webhook.path("id").asString();
            api.post(path + "/test", Map.of());
            String deliveries = "";
            while (!deliveries.contains("\"error\":") && !deliveries.contains("\"responseStatus\":")) {
                Thread.sleep(100);
                deliveries = api.get(path + "/deliveries").toString();
            }
        }
        for (String signature : signatures) {
            secrets.add("signature of a delivery", signature.substring(signature.indexOf("v1=") + 3));
        }
        assertThat(signatures).isNotEmpty();
    }

    /** At once or as a job. */
    private static void fail(ApiClient api, Map<String, Object> source) throws Exception {
        JsonNode job;
        try {
            job = api.post("/api/v1/jobs", Map.of("model", "prose", "source", source, "calibrationChoice", "built-in"));
        } catch (ApiFailure e) {
            assertThat(e.getMessage()).isNotBlank();
            return;
        }
        String path = "/api/v1/jobs/" + job.path("id").asString();
        // What may pass is tried again and again; once is enough here.
        while (!job.path("state").asString().equals("failed")
                && !api.get(path + "/log").toString().contains("failed for now")) {
            Thread.sleep(100);
            job = api.get(path);
        }
        if (!job.path("state").asString().equals("failed")) {
            api.post(path + "/cancel", Map.of());
        }
    }

    /** Tokens that are good, late, for somebody else and spoilt; and a login that begins, comes back and is tried again. */
    void login(SecretUse use, UsedSecrets secrets) throws Exception {
        secrets.add("secret of the gateway at the provider", CLIENT_SECRET);
        String good = secrets.add("good token of the provider", token("bitstack", 600));
        assertThat(use.send("GET", "/api/v1/models", "", SecretUse.bearer(good)).statusCode())
                .isEqualTo(200);
        for (String bad :
                List.of(token("somebody", 600), token("bitstack", -300), good.substring(0, good.length() - 5))) {
            secrets.add("bad token of the provider", bad);
            assertThat(use.send("GET", "/api/v1/models", "", SecretUse.bearer(bad))
                            .statusCode())
                    .isEqualTo(401);
        }
        use.misuse(good);
        String state = secrets.add("state of a login", "state-of-a-login-that-nobody-began");
        String code = secrets.add("code of a login", "code-of-a-login-that-nobody-gave");
        var begun = use.send("GET", "/api/v1/session/oidc", "", List.of());
        assertThat(begun.statusCode()).isEqualTo(302);
        String given = begun.headers().firstValue("Set-Cookie").orElseThrow();
        String cookie = given.substring(0, given.indexOf(';'));
        secrets.add("sealed login", cookie.substring(cookie.indexOf('=') + 1));
        String toProvider = begun.headers().firstValue("Location").orElseThrow();
        String rightState = secrets.add("right state", toProvider.replaceAll(".*[?&]state=([^&]*).*", "$1"));
        for (String shown : List.of(state, rightState)) {
            var back = use.send(
                    "GET",
                    "/api/v1/session/oidc/callback?code=%s&state=%s".formatted(code, shown),
                    "",
                    List.of("Cookie", cookie));
            assertThat(back.headers().firstValue("Set-Cookie").orElse("")).doesNotContain("bitstack-session");
        }
    }

    private String token(String audience, long expirySeconds) throws Exception {
        Instant now = Instant.now();
        SignedJWT token = new SignedJWT(
                new JWSHeader.Builder(JWSAlgorithm.RS256).keyID("one").build(),
                new JWTClaimsSet.Builder()
                        .issuer(issuer())
                        .audience(audience)
                        .subject("ada")
                        .claim("roles", List.of("viewer"))
                        .issueTime(Date.from(now.minusSeconds(600)))
                        .expirationTime(Date.from(now.plusSeconds(expirySeconds)))
                        .build());
        token.sign(new RSASSASigner(providersKey));
        return token.serialize();
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
