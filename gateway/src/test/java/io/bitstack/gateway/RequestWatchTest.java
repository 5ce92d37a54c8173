package io.bitstack.gateway;

import static io.bitstack.gateway.GatewayFixture.ADMIN;
import static io.bitstack.gateway.GatewayFixture.INFER;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpRequest.BodyPublishers;
import org.junit.jupiter.api.Test;

/** Requests are counted by what they were for, never by what a client has made up. */
class RequestWatchTest {
    private static final String CHAT = "/v1/chat/completions";

    private static String line(String method, String outcome, int status, String uri) {
        return "http_server_requests_seconds_count{error=\"none\",exception=\"none\",method=\"%s\",outcome=\"%s\",status=\"%d\",uri=\"%s\"}"
                .formatted(method, outcome, status, uri);
    }

    @Test
    void requestsAreCountedByRouteMethodAndStatus() throws Exception {
        try (GatewayFixture gateway = new GatewayFixture();
                StandIn node = new StandIn().on("POST " + CHAT, 200, "{}")) {
            gateway.node("n", node.url(), "ready", "demo", 1, 4);
            gateway.registry.on("GET /api/v1/models/some-model", 200, "{}");
            assertThat(gateway.post(INFER, CHAT, "{\"model\":\"demo\"}").statusCode())
                    .isEqualTo(200);
            gateway.awaitMetric(line("POST", "SUCCESS", 200, CHAT) + " 1");
            gateway.post(INFER, CHAT, "{\"model\":\"other\"}");
            gateway.awaitMetric(line("POST", "CLIENT_ERROR", 404, CHAT) + " 1");
            assertThat(gateway.get(ADMIN, "/api/v1/models/some-model").statusCode())
                    .isEqualTo(200);
            gateway.awaitMetric(line("GET", "SUCCESS", 200, "/api/v1/models/{model}") + " 1");
            gateway.get("", "/healthz");
            gateway.awaitMetric(line("GET", "SUCCESS", 200, "/healthz") + " 1");
            gateway.get(ADMIN, "/api/v1/made-up");
            gateway.awaitMetric(line("GET", "CLIENT_ERROR", 404, "NOT_FOUND") + " 1");
            gateway.get("bsk_nobodys", "/api/v1/models/secret-name");
            gateway.awaitMetric(line("GET", "CLIENT_ERROR", 401, "UNKNOWN") + " 1");
            gateway.send(gateway.request(ADMIN, "/api/v1/models").method("MADEUP", BodyPublishers.noBody()));
            gateway.awaitMetric(line("UNKNOWN", "CLIENT_ERROR", 404, "NOT_FOUND") + " 1");
            assertThat(gateway.management("/actuator/prometheus").body())
                    .doesNotContain("some-model", "made-up", "MADEUP", "secret-name");
        }
    }
}
