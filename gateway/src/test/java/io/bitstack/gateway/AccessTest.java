package io.bitstack.gateway;

import static io.bitstack.gateway.GatewayFixture.ADMIN;
import static io.bitstack.gateway.GatewayFixture.ANY_NODE;
import static io.bitstack.gateway.GatewayFixture.INFER;
import static io.bitstack.gateway.GatewayFixture.NODE;
import static io.bitstack.gateway.GatewayFixture.PUBLISHER;
import static io.bitstack.gateway.GatewayFixture.VIEWER;
import static org.assertj.core.api.Assertions.assertThat;

import io.bitstack.service.access.PlatformService;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Who gets through the gateway, and with what. */
class AccessTest {
    private GatewayFixture gateway;

    @BeforeEach
    void start() throws Exception {
        gateway = new GatewayFixture("--bitstack.gateway.max-api-body-bytes=4096");
        gateway.registry
                .on("GET /api/v1/models", 200, "{\"items\":[],\"next\":null}")
                .on("POST /api/v1/models", 201, "{\"name\":\"m\"}")
                .on("GET /api/v1/keys", 200, "{\"items\":[]}")
                .on("GET /api/v1/nodes", 200, "{\"items\":[]}")
                .on("POST /api/v1/resolve", 200, "{}")
                .on("PUT /api/v1/nodes/node-a", 200, "{}")
                .on("PUT /api/v1/nodes/node-b", 200, "{}");
        gateway.compression.on("GET /api/v1/jobs", 200, "{\"items\":[]}");
    }

    @AfterEach
    void stop() {
        gateway.close();
    }

    @Test
    void nothingIsAnsweredWithoutAKey() throws Exception {
        assertProblem(gateway.get("", "/api/v1/models"), 401, "UNAUTHORIZED");
        assertProblem(gateway.get("bsk_nobody", "/api/v1/models"), 401, "UNAUTHORIZED");
        assertProblem(gateway.get("", "/api/v1/nothing"), 401, "UNAUTHORIZED");
        HttpResponse<String> inference = gateway.get("", "/v1/models");
        assertThat(inference.statusCode()).isEqualTo(401);
        assertThat(gateway.parse(inference).path("error").path("code").asString())
                .isEqualTo("invalid_api_key");
        assertThat(inference.headers().firstValue("WWW-Authenticate")).hasValue("Bearer");
        assertThat(gateway.get("", "/healthz").statusCode()).isEqualTo(200);
        assertThat(gateway.registry.asked).noneMatch(asked -> asked.path().equals("/api/v1/models"));
    }

    /** The registry's word about a key is taken for a while, and never beyond the key's end. */
    @Test
    void aKeyThatHasEndedMeanwhileIsAskedAfterAgain() throws Exception {
        String verify = "POST /api/v1/internal/keys/verify";
        gateway.registry.on(verify, 200, """
                {"id":"k7","name":"brief","scope":"viewer","expiresAt":"2020-01-01T00:00:00Z"}""");
        assertThat(gateway.get("bsk_brief", "/api/v1/models").statusCode()).isEqualTo(200);
        gateway.registry.on(verify, 401, "{\"code\":\"KEY_UNKNOWN\"}");
        assertProblem(gateway.get("bsk_brief", "/api/v1/models"), 401, "UNAUTHORIZED");
    }

    @Test
    void scopesDecideWhatAKeyMayDo() throws Exception {
        String[] readers = {ADMIN, PUBLISHER, VIEWER, NODE};
        for (String key : readers) {
            assertThat(gateway.get(key, "/api/v1/models").statusCode()).isEqualTo(200);
        }
        assertProblem(gateway.get(INFER, "/api/v1/models"), 403, "FORBIDDEN");
        assertThat(gateway.post(PUBLISHER, "/api/v1/models", "{}").statusCode()).isEqualTo(201);
        assertProblem(gateway.post(VIEWER, "/api/v1/models", "{}"), 403, "FORBIDDEN");
        assertProblem(gateway.post(NODE, "/api/v1/models", "{}"), 403, "FORBIDDEN");
        assertThat(gateway.get(ADMIN, "/api/v1/keys").statusCode()).isEqualTo(200);
        assertProblem(gateway.get(PUBLISHER, "/api/v1/keys"), 403, "FORBIDDEN");
        assertProblem(gateway.get(VIEWER, "/api/v1/keys"), 403, "FORBIDDEN");
        assertThat(gateway.get(VIEWER, "/api/v1/nodes").statusCode()).isEqualTo(200);
        assertProblem(gateway.get(NODE, "/api/v1/nodes"), 403, "FORBIDDEN");
        assertThat(gateway.post(NODE, "/api/v1/resolve", "{}").statusCode()).isEqualTo(200);
        assertThat(gateway.get(VIEWER, "/api/v1/jobs").statusCode()).isEqualTo(200);
        assertProblem(gateway.post(VIEWER, "/api/v1/jobs", "{}"), 403, "FORBIDDEN");
        HttpResponse<String> inference = gateway.get(VIEWER, "/v1/models");
        assertThat(inference.statusCode()).isEqualTo(403);
        assertThat(gateway.parse(inference).path("error").path("type").asString())
                .isEqualTo("permission_error");
    }

    @Test
    void aNodeWritesUnderItsOwnNameOnly() throws Exception {
        assertThat(heartbeat(NODE, "node-a").statusCode()).isEqualTo(200);
        assertProblem(heartbeat(NODE, "node-b"), 403, "FORBIDDEN");
        assertThat(heartbeat(ANY_NODE, "node-b").statusCode()).isEqualTo(200);
        assertProblem(heartbeat(PUBLISHER, "node-a"), 403, "FORBIDDEN");
    }

    @Test
    void servicesHearFromTheGatewayAloneWhoAsks() throws Exception {
        HttpResponse<String> answer = gateway.send(gateway.request(VIEWER, "/api/v1/models?limit=3&after=a%20b")
                .header("BitStack-Principal", "k1;admin")
                .header("bitstack-node", "x")
                .header("Cookie", "a=b"));
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("X-Content-Type-Options")).hasValue("nosniff");
        StandIn.Asked asked = gateway.registry.last("/api/v1/models");
        assertThat(asked.path()).isEqualTo("/api/v1/models?limit=3&after=a%20b");
        assertThat(asked.caller(GatewayFixture.TOKEN, PlatformService.REGISTRY)).isEqualTo("k3;viewer");
        assertThat(asked.header("BitStack-Principal")).isNull();
        assertThat(asked.headers().toString()).doesNotContain(GatewayFixture.TOKEN, VIEWER);
        assertThat(asked.header("Cookie")).isNull();
        assertThat(asked.header("BitStack-Node")).isNull();
    }

    @Test
    void jobsGoToTheCompressionServiceAndTheRestToTheRegistry() throws Exception {
        assertThat(gateway.get(ADMIN, "/api/v1/jobs").statusCode()).isEqualTo(200);
        assertThat(gateway.compression.last().path()).isEqualTo("/api/v1/jobs");
        // Questions, and pieces of what is written down as a whole.
        gateway.compression.on("POST /api/v1/source-checks", 200, "{}");
        gateway.compression.on("POST /api/v1/uploads/1/files/a/pieces", 200, "{}");
        assertThat(gateway.post(ADMIN, "/api/v1/uploads/1/files/a/pieces", "{}").statusCode())
                .isEqualTo(200);
        gateway.post(ADMIN, "/api/v1/source-checks", "{\"path\":\"/x\"}");
        assertThat(gateway.compression.last().body()).isEqualTo("{\"path\":\"/x\"}");
        assertThat(gateway.registry.asked).noneMatch(asked -> asked.path().equals("/api/v1/internal/audit-events"));
        gateway.compression.on("POST /api/v1/jobs", 202, "{}");
        gateway.post(ADMIN, "/api/v1/jobs", "{}");
        assertThat(gateway.registry.last("/api/v1/internal/audit-events").body())
                .contains("k1;admin", "POST /api/v1/jobs");
        assertProblem(gateway.get(ADMIN, "/api/v1/jobsters"), 404, "ROUTE_NOT_FOUND");
    }

    @Test
    void internalRoutesAndPathsThatCouldReachThemAreRefused() throws Exception {
        assertProblem(gateway.get(ADMIN, "/api/v1/internal/nodes"), 404, "ROUTE_NOT_FOUND");
        assertProblem(gateway.get(ADMIN, "/api/v1/internal"), 404, "ROUTE_NOT_FOUND");
        assertProblem(gateway.get(ADMIN, "/api/v2/models"), 404, "ROUTE_NOT_FOUND");
        String[] tricks = {
            "/api/v1/models/../internal/nodes",
            "/api/v1/models/%2e%2e/internal/nodes",
            "/api/v1/./internal/nodes",
            "/api/v1//internal/nodes",
            "/api//v1/internal/nodes",
            "//api/v1/internal/nodes",
            "/api/v1/internal;x=y/nodes",
            "/api/v1/;/internal/nodes",
            "/api/v1/models/%252e%252e/internal/nodes",
        };
        for (String path : tricks) {
            assertThat(gateway.get(ADMIN, path).statusCode()).as(path).isIn(400, 404);
        }
        String escaped = "/api/v1/%69nternal/nodes";
        assertThat(gateway.get(ADMIN, escaped).statusCode()).as(escaped).isIn(400, 404);
        assertThat(gateway.registry.asked)
                .filteredOn(asked -> !GatewayFixture.isGatewaysOwn(asked))
                .isEmpty();
    }

    @Test
    void aLargeBodyIsRefusedBeforeAnythingIsForwarded() throws Exception {
        String large = "x".repeat(5000);
        assertProblem(gateway.post(PUBLISHER, "/api/v1/models", large), 413, "BODY_TOO_LARGE");
        HttpResponse<String> chunked = gateway.send(gateway.request(PUBLISHER, "/api/v1/models")
                .POST(BodyPublishers.ofInputStream(() ->
                        new java.io.ByteArrayInputStream(large.getBytes(java.nio.charset.StandardCharsets.UTF_8)))));
        assertProblem(chunked, 413, "BODY_TOO_LARGE");
        assertThat(gateway.registry.asked).noneMatch(asked -> asked.path().equals("/api/v1/models"));
        assertThat(gateway.post(PUBLISHER, "/api/v1/models", "\"" + "x".repeat(4000) + "\"")
                        .statusCode())
                .isEqualTo(201);
    }

    @Test
    void aSilentRegistryIsSaid() throws Exception {
        gateway.registry.close();
        assertProblem(gateway.get(ADMIN, "/api/v1/jobs"), 503, "REGISTRY_UNREACHABLE");
    }

    @Test
    void aSilentServiceIsSaid() throws Exception {
        gateway.compression.close();
        assertProblem(gateway.get(ADMIN, "/api/v1/jobs"), 503, "SERVICE_UNREACHABLE");
    }

    private HttpResponse<String> heartbeat(String key, String node) throws Exception {
        return gateway.send(gateway.request(key, "/api/v1/nodes/" + node)
                .header("Content-Type", "application/json")
                .PUT(BodyPublishers.ofString("{}")));
    }

    private void assertProblem(HttpResponse<String> response, int status, String code) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        assertThat(response.headers().firstValue("Content-Type")).hasValue("application/problem+json");
        assertThat(gateway.parse(response).path("code").asString()).isEqualTo(code);
        assertThat(gateway.parse(response).path("detail").asString()).isNotBlank();
    }
}
