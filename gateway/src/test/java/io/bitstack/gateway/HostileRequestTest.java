package io.bitstack.gateway;

import static io.bitstack.gateway.GatewayFixture.ADMIN;
import static io.bitstack.gateway.GatewayFixture.INFER;
import static io.bitstack.gateway.GatewayFixture.PUBLISHER;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What nobody sends for good is refused at the door, and no service hears of it. */
class HostileRequestTest {
    private static GatewayFixture gateway;

    @BeforeAll
    static void start() throws Exception {
        gateway = new GatewayFixture();
        gateway.registry.on("POST /api/v1/models", 201, "{}").on("GET /api/v1/models", 200, "{}");
    }

    @AfterAll
    static void stop() {
        gateway.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/api/v1/models/../internal/nodes",
                "/api/v1/models/%2e%2e/internal/nodes",
                "/api/v1/models/%252e%252e/internal/nodes",
                "/api/v1/models/%25252e%25252e/internal/nodes",
                "/api/v1/models/..%2finternal%2fnodes",
                "/api/v1/models/..%252finternal",
                "/api/v1/models/..%5cinternal%5cnodes",
                "/api/v1/models/%c0%ae%c0%ae/internal",
                "/api/v1/models/a%00b",
                "/api/v1/models/a%0d%0aX-Evil:1",
                "/api/v1/models;a=b/m",
                "/api/v1//models",
                "/api/v1/models/",
                "/api/v1/models/%",
                "/assets/..%2f..%2fgateway.yml",
                "/assets/%252e%252e/gateway.yml",
                "/..%2f..%2fetc/passwd",
                "/api/v1/models?q=a%00b",
                "/api/v1/models?q=a%0d%0aX-Evil:1",
                "/api/v1/models?q=%",
            })
    void addressesThatCouldBeReadInTwoWays(String target) throws Exception {
        String answer = raw("GET " + target + " HTTP/1.1\r\n" + head(ADMIN) + "\r\n");
        assertThat(answer).matches("(?s)HTTP/1.1 (400|404) .*").doesNotContain("bitstack:", "root:");
        assertNothingCame();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "X-A: b\rX-Evil: 1\r\n",
                "X-A: b\u0000c\r\n",
                "X-A : b\r\n",
                "Content-Length: 5\r\nContent-Length: 6\r\n",
                "Content-Length: 5\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
                "Content-Length: -1\r\n",
                "Transfer-Encoding: gzip, chunked, x\r\n",
                "Authorization: Bearer bsk_viewer\r\n",
                "Host: another\r\n",
            })
    void headersThatCouldBeReadInTwoWays(String headers) throws Exception {
        String answer = raw("GET /api/v1/models HTTP/1.1\r\n" + head(ADMIN) + headers + "\r\n");
        assertThat(answer).matches("(?s)HTTP/1.1 (400|401|501) .*").doesNotContain("X-Evil");
        assertNothingCame();
    }

    @Test
    void headersThatAreTooLarge() throws Exception {
        String answer =
                raw("GET /api/v1/models HTTP/1.1\r\n" + head(ADMIN) + "X-A: " + "a".repeat(20_000) + "\r\n\r\n");
        assertThat(answer).matches("(?s)HTTP/1.1 (400|431) .*");
        HttpResponse<String> query = gateway.get(ADMIN, "/api/v1/models?q=" + "a".repeat(9000));
        assertThat(query.statusCode()).isEqualTo(400);
        assertNothingCame();
    }

    @Test
    void jsonThatIsNestedTooDeepOrCostsTooMuch() throws Exception {
        String[] bombs = {
            "[".repeat(100) + "]".repeat(100),
            "{\"a\":".repeat(100_000),
            "{\"a\":" + "9".repeat(5000) + "}",
            "{\"" + "n".repeat(5000) + "\":1}",
            "{\"name\":\"m\"",
            "{\"name\":\"m\u0000\"}",
            "{} {\"name\":\"m\"} ]",
            "{\"name\":\"m\\u0000\"}",
            "{\"a\":[{\"m\\u0000\":1}]}",
        };
        for (String bomb : bombs) {
            HttpResponse<String> refused = gateway.post(PUBLISHER, "/api/v1/models", bomb);
            assertThat(refused.statusCode()).as(bomb.substring(0, 10)).isEqualTo(400);
            assertThat(gateway.parse(refused).path("code").asString()).isEqualTo("REQUEST_INVALID");
        }
        HttpResponse<String> inference =
                gateway.post(INFER, "/v1/chat/completions", "{\"model\":\"m\",\"x\":" + "[".repeat(1000));
        assertThat(inference.statusCode()).isEqualTo(400);
        // An escaped backslash before four digits is none.
        assertThat(gateway.post(PUBLISHER, "/api/v1/models", "{\"name\":\"m\\\\u0000\"}")
                        .statusCode())
                .isEqualTo(201);
        assertThat(gateway.post(PUBLISHER, "/api/v1/models", "[".repeat(60) + "]".repeat(60))
                        .statusCode())
                .isEqualTo(201);
        gateway.registry.asked.clear();
    }

    @Test
    void bodiesThatUnpack() throws Exception {
        HttpResponse<String> refused = gateway.send(gateway.request(PUBLISHER, "/api/v1/models")
                .header("Content-Encoding", "gzip")
                .POST(BodyPublishers.ofString("x")));
        assertThat(refused.statusCode()).isEqualTo(400);
        assertNothingCame();
    }

    @Test
    void methodsThatNoRouteHas() throws Exception {
        for (String method : List.of("TRACE", "OPTIONS", "PROPFIND", "PUT", "CONNECT")) {
            String answer = raw(method + " /api/v1/models HTTP/1.1\r\n" + head(ADMIN) + "\r\n");
            assertThat(answer).as(method).matches("(?s)HTTP/1.1 (400|404|405|501) .*");
        }
        assertNothingCame();
    }

    private static String head(String key) {
        return "Host: x\r\nConnection: close\r\nAuthorization: Bearer " + key + "\r\n";
    }

    private static String raw(String request) throws IOException {
        try (Socket client = new Socket(InetAddress.getLoopbackAddress(), gateway.port())) {
            client.setSoTimeout((int) GatewayFixture.PATIENCE.toMillis());
            send(client, request);
            return new String(readToTheEnd(client), StandardCharsets.ISO_8859_1);
        }
    }

    /** Whoever refuses a request without having read all of it may reset the connection after his answer. */
    private static byte[] readToTheEnd(Socket client) throws IOException {
        ByteArrayOutputStream read = new ByteArrayOutputStream();
        try {
            client.getInputStream().transferTo(read);
        } catch (SocketException e) {
            assertThat(e).hasMessageContaining("reset");
        }
        return read.toByteArray();
    }

    private static void send(Socket client, String text) throws IOException {
        client.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
        client.getOutputStream().flush();
    }

    private static void assertNothingCame() {
        assertThat(gateway.registry.asked)
                .filteredOn(asked -> !GatewayFixture.isGatewaysOwn(asked))
                .isEmpty();
        assertThat(gateway.compression.asked).isEmpty();
    }
}
