package io.bitstack.gateway;

import static io.bitstack.gateway.GatewayFixture.ADMIN;
import static io.bitstack.gateway.GatewayFixture.INFER;
import static io.bitstack.gateway.GatewayFixture.VIEWER;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Rate limits, the cache of keys, and what passes through from services. */
class LimitsTest {
    @Test
    void aKeyMaySendSoMuchInAMinute() throws Exception {
        try (GatewayFixture gateway = new GatewayFixture(
                "--bitstack.gateway.limits.requests-per-second=1", "--bitstack.gateway.limits.request-burst=3")) {
            gateway.registry.on("GET /api/v1/models", 200, "{}");
            HttpResponse<String> first = gateway.get(VIEWER, "/api/v1/models");
            assertThat(first.statusCode()).isEqualTo(200);
            assertThat(first.headers().firstValue("RateLimit-Policy")).hasValue("\"requests\";q=3;w=3");
            assertThat(first.headers().firstValue("RateLimit").orElse("")).startsWith("\"requests\";r=2;t=");
            HttpResponse<String> refused = askUntilRefused(gateway, VIEWER, "/api/v1/models");
            assertThat(refused.headers().firstValueAsLong("Retry-After").orElse(0))
                    .isEqualTo(1);
            assertThat(refused.headers().firstValue("RateLimit")).hasValue("\"requests\";r=0;t=1");
            assertThat(gateway.parse(refused).path("code").asString()).isEqualTo("RATE_LIMITED");
            assertThat(gateway.get(ADMIN, "/api/v1/models").statusCode()).isEqualTo(200);
            HttpResponse<String> inference = askUntilRefused(gateway, INFER, "/v1/models");
            assertThat(gateway.parse(inference).path("error").path("code").asString())
                    .isEqualTo("rate_limit_exceeded");
            assertThat(gateway.management("/actuator/prometheus").body())
                    .contains("bitstack_gateway_limited_total{limit=\"key\"}");
        }
    }

    /** However slowly this machine asks, what comes back in the meantime is used up by so many at once. */
    private static HttpResponse<String> askUntilRefused(GatewayFixture gateway, String key, String path)
            throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            while (true) {
                List<Future<HttpResponse<String>>> answers = IntStream.range(0, 10)
                        .mapToObj(_ -> threads.submit(() -> gateway.get(key, path)))
                        .toList();
                for (Future<HttpResponse<String>> answer : answers) {
                    if (answer.get().statusCode() == 429) {
                        return answer.get();
                    }
                    assertThat(answer.get().statusCode()).isEqualTo(200);
                }
            }
        }
    }

    @Test
    void anAddressMaySendSoMuchWhateverItsKeys() throws Exception {
        try (GatewayFixture gateway = new GatewayFixture(
                "--bitstack.gateway.limits.address-requests-per-second=1",
                "--bitstack.gateway.limits.address-request-burst=2")) {
            gateway.registry.on("GET /api/v1/models", 200, "{}");
            gateway.get(VIEWER, "/api/v1/models");
            HttpResponse<String> refused = askUntilRefused(gateway, ADMIN, "/api/v1/models");
            assertThat(gateway.parse(refused).path("detail").asString()).contains("address");
            assertThat(refused.headers().firstValue("Retry-After")).hasValue("1");
            assertThat(refused.headers().firstValue("RateLimit-Policy")).hasValue("\"address\";q=2;w=2");
            assertThat(refused.headers().firstValue("RateLimit")).hasValue("\"address\";r=0;t=1");
        }
    }

    @Test
    void completionsOfAKeyAndOfAnAddressAtTheSameTimeAreBounded() throws Exception {
        Semaphore mayEnd = new Semaphore(0);
        try (GatewayFixture gateway = new GatewayFixture(
                        "--bitstack.gateway.limits.streams=2", "--bitstack.gateway.limits.address-streams=3");
                StandIn node = new StandIn()) {
            node.on("POST /v1/completions", exchange -> {
                exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
                exchange.sendResponseHeaders(200, 0);
                exchange.getResponseBody().write("data: {}\n\n".getBytes(StandardCharsets.UTF_8));
                exchange.getResponseBody().flush();
                mayEnd.acquireUninterruptibly();
            });
            gateway.node("n", node.url(), "ready", "demo", 1, 4);
            HttpRequest.Builder ask = complete(gateway, INFER);
            HttpRequest.Builder askWithAnotherKey = complete(gateway, ADMIN);
            HttpResponse<Stream<String>> one = gateway.lines(ask);
            HttpResponse<Stream<String>> two = gateway.lines(ask);
            assertTooManyStreams(gateway.send(ask), "\"streams\"", 2);
            HttpResponse<Stream<String>> three = gateway.lines(askWithAnotherKey);
            assertTooManyStreams(gateway.send(askWithAnotherKey), "\"address-streams\"", 3);
            assertThat(gateway.send(gateway.request(ADMIN, "/v1/models")).statusCode())
                    .isEqualTo(200);
            mayEnd.release(100);
            for (HttpResponse<Stream<String>> answer : List.of(one, two, three)) {
                assertThat(answer.statusCode()).isEqualTo(200);
                assertThat(answer.body().count()).isEqualTo(2);
            }
            // The place is given back after the last byte was sent.
            while (gateway.send(ask).statusCode() == 429
                    || gateway.send(askWithAnotherKey).statusCode() == 429) {
                Thread.sleep(5);
            }
        }
    }

    private static HttpRequest.Builder complete(GatewayFixture gateway, String key) {
        return gateway.request(key, "/v1/completions")
                .POST(HttpRequest.BodyPublishers.ofString("{\"model\":\"demo\"}"));
    }

    private static void assertTooManyStreams(HttpResponse<String> refused, String limit, int most) {
        assertThat(refused.statusCode()).as(refused.body()).isEqualTo(429);
        assertThat(refused.headers().firstValue("Retry-After")).hasValue("1");
        assertThat(refused.headers().firstValue("RateLimit-Policy")).hasValue(limit + ";q=" + most);
        assertThat(refused.headers().firstValue("RateLimit")).hasValue(limit + ";r=0");
    }

    @Test
    void tokensOfAKeyAndOfAnAddressInAMinuteAreBounded() throws Exception {
        try (GatewayFixture gateway = new GatewayFixture(
                        "--bitstack.gateway.limits.tokens-per-minute=100",
                        "--bitstack.gateway.limits.address-tokens-per-minute=200");
                StandIn node = new StandIn()) {
            node.on("POST /v1/completions", 200, "{\"usage\":{\"total_tokens\":5000}}");
            gateway.node("n", node.url(), "ready", "demo", 1, 4);
            // What an answer took is charged after its last byte was sent: whoever asks in that moment is answered too.
            int answered = 0;
            HttpResponse<String> last;
            do {
                last = gateway.post(INFER, "/v1/completions", "{\"model\":\"demo\"}");
                answered += last.statusCode() == 200 ? 1 : 0;
            } while (last.statusCode() == 200 && answered < 100);
            HttpResponse<String> refused = last;
            assertThat(refused.statusCode()).isEqualTo(429);
            assertThat(answered).isPositive();
            // After each answer 4900 tokens too many at 100 a minute.
            assertThat(refused.headers().firstValueAsLong("Retry-After").orElse(0))
                    .isBetween(2800L, 3000L * answered);
            assertThat(refused.headers().firstValue("RateLimit-Policy")).hasValue("\"tokens\";q=100;w=60");
            assertThat(gateway.get(INFER, "/v1/models").statusCode()).isEqualTo(200);
            // A key that has used nothing gains nothing, as soon as the address was charged too.
            do {
                last = gateway.post(ADMIN, "/v1/completions", "{\"model\":\"demo\"}");
                answered += last.statusCode() == 200 ? 1 : 0;
            } while (last.statusCode() == 200 && answered < 100);
            assertThat(last.statusCode()).isEqualTo(429);
            assertThat(last.headers().firstValue("RateLimit-Policy")).hasValue("\"address-tokens\";q=200;w=60");
            assertThat(last.headers().firstValueAsLong("Retry-After").orElse(0)).isPositive();
            assertThat(gateway.parse(last).path("error").path("message").asString())
                    .contains("this address has used more tokens");
        }
    }

    @Test
    void guessingKeysIsSlowedDown() throws Exception {
        try (GatewayFixture gateway = new GatewayFixture("--bitstack.gateway.limits.failed-keys-per-minute=2")) {
            gateway.registry.on("GET /api/v1/models", 200, "{}");
            assertThat(gateway.get(VIEWER, "/api/v1/models").statusCode()).isEqualTo(200);
            assertThat(gateway.get("bsk_guess1", "/api/v1/models").statusCode()).isEqualTo(401);
            assertThat(gateway.get("bsk_guess2", "/api/v1/models").statusCode()).isEqualTo(401);
            // On a machine that stopped for half a minute one more guess has come back.
            HttpResponse<String> refused = gateway.get("bsk_guess3", "/api/v1/models");
            while (refused.statusCode() == 401) {
                refused = gateway.get("bsk_guess3", "/api/v1/models");
            }
            assertThat(refused.statusCode()).isEqualTo(429);
            assertThat(refused.headers().firstValueAsLong("Retry-After").orElse(0))
                    .isBetween(1L, 30L);
            assertThat(refused.headers().firstValue("RateLimit-Policy")).hasValue("\"failures\";q=2;w=60");
            assertThat(refused.headers().firstValue("RateLimit").orElse("")).startsWith("\"failures\";r=0;t=");
            assertThat(gateway.get(VIEWER, "/api/v1/models").statusCode()).isEqualTo(200);
        }
    }

    @Test
    void aKeyIsVerifiedOnceInAWhile() throws Exception {
        try (GatewayFixture gateway = new GatewayFixture("--bitstack.gateway.key-cache=1h")) {
            gateway.registry.on("GET /api/v1/models", 200, "{}");
            for (int i = 0; i < 5; i++) {
                gateway.get(VIEWER, "/api/v1/models");
            }
            assertThat(gateway.registry.asked)
                    .filteredOn(asked -> asked.path().equals("/api/v1/internal/keys/verify"))
                    .hasSize(1);
        }
    }

    @Test
    void eventsOfAJobPassThroughOneByOne() throws Exception {
        try (GatewayFixture gateway = new GatewayFixture()) {
            Semaphore mayContinue = new Semaphore(0);
            gateway.compression.on("GET /api/v1/jobs/7/events", exchange -> {
                exchange.getResponseHeaders().set("Content-Type", "text/event-stream;charset=UTF-8");
                exchange.sendResponseHeaders(200, 0);
                for (int i = 0; i < 3; i++) {
                    String event = "event:job\ndata:{\"n\":" + i + "}\n\n";
                    exchange.getResponseBody().write(event.getBytes(StandardCharsets.UTF_8));
                    exchange.getResponseBody().flush();
                    mayContinue.acquireUninterruptibly();
                }
            });
            HttpResponse<Stream<String>> answer = gateway.lines(gateway.request(VIEWER, "/api/v1/jobs/7/events"));
            Iterator<String> lines = answer.body().iterator();
            for (int i = 0; i < 3; i++) {
                assertThat(lines.next()).isEqualTo("event:job");
                assertThat(lines.next()).isEqualTo("data:{\"n\":" + i + "}");
                assertThat(lines.next()).isEmpty();
                mayContinue.release();
            }
            assertThat(lines.hasNext()).isFalse();
        }
    }

    @Test
    void redirectsRangesAndTagsPassThrough() throws Exception {
        try (GatewayFixture gateway = new GatewayFixture()) {
            gateway.registry.on("GET /api/v1/blobs/sha256:ab", exchange -> {
                exchange.getResponseHeaders().set("Location", "http://127.0.0.1:1/presigned?x=1");
                exchange.sendResponseHeaders(307, -1);
            });
            HttpResponse<String> redirect = gateway.get(VIEWER, "/api/v1/blobs/sha256:ab");
            assertThat(redirect.statusCode()).isEqualTo(307);
            assertThat(redirect.headers().firstValue("Location")).hasValue("http://127.0.0.1:1/presigned?x=1");
            gateway.registry.on("GET /api/v1/blobs/sha256:cd", exchange -> {
                exchange.getResponseHeaders().set("ETag", "\"sha256:cd\"");
                exchange.getResponseHeaders().set("Content-Range", "bytes 2-3/10");
                exchange.sendResponseHeaders(206, 2);
                exchange.getResponseBody().write(new byte[] {'x', 'y'});
            });
            HttpResponse<String> part = gateway.send(
                    gateway.request(VIEWER, "/api/v1/blobs/sha256:cd").header("Range", "bytes=2-3"));
            assertThat(part.statusCode()).isEqualTo(206);
            assertThat(part.body()).isEqualTo("xy");
            assertThat(part.headers().firstValue("ETag")).hasValue("\"sha256:cd\"");
            assertThat(part.headers().firstValue("Content-Length")).hasValue("2");
            assertThat(gateway.registry.last("/api/v1/blobs/sha256:cd").header("Range"))
                    .isEqualTo("bytes=2-3");
        }
    }
}
