package io.bitstack.registry;

import static io.bitstack.registry.Problem.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;

import io.bitstack.core.stack.ManifestJson;
import io.bitstack.registry.RegistryFixture.Answer;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.Statement;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Requests that are sent again with the same key: done once, answered alike. */
class IdempotencyTest {
    private static SharedRegistry registry;
    private static RegistryFixture http;

    @BeforeAll
    static void start() throws Exception {
        registry = SharedRegistry.get();
        http = registry.http;
    }

    @Test
    void aRepeatedPostIsDoneOnce() throws Exception {
        String body = "{\"name\":\"repeated\"}";
        Answer first = http.send("POST", "/models", body, "Idempotency-Key", "key-1");
        assertThat(first.status()).isEqualTo(201);
        Answer again = http.send("POST", "/models", body, "Idempotency-Key", "key-1");
        assertThat(again.status()).isEqualTo(201);
        assertThat(again.bytes()).isEqualTo(first.bytes());
        assertThat(again.response().headers().firstValue("Location")).contains("/api/v1/models/repeated");
        assertThat(again.response().headers().firstValue("Idempotency-Replayed"))
                .contains("true");
        assertProblem(
                http.send("POST", "/models", "{\"name\":\"other\"}", "Idempotency-Key", "key-1"),
                422,
                "IDEMPOTENCY_KEY_REUSED");
        assertProblem(http.send("POST", "/models", body, "Idempotency-Key", "key-2"), 409, "MODEL_EXISTS");
        assertProblem(http.send("POST", "/models", body, "Idempotency-Key", "key-2"), 409, "MODEL_EXISTS");
        String key = "{\"name\":\"idempotent\",\"scope\":\"viewer\"}";
        JsonNode made =
                http.send("POST", "/keys", key, "Idempotency-Key", "key-3").body();
        assertProblem(http.send("POST", "/keys", key, "Idempotency-Key", "key-3"), 409, "IDEMPOTENCY_NOT_KEPT");
        assertThat(http.query("select count(*) from registry.idempotency_keys where body is not null and"
                        + " position('%s'::bytea in body) > 0"
                                .formatted(made.path("key").asString())))
                .isEqualTo("0");
        assertProblem(http.send("POST", "/models", body, "Idempotency-Key", "x".repeat(201)), 400, "REQUEST_INVALID");
    }

    @Test
    void whileTheFirstIsAnsweredTheSecondIsToldSo() throws Exception {
        registry.register("slow");
        CompletableFuture<Answer> first;
        try (Connection other = http.connection();
                Statement statement = other.createStatement()) {
            other.setAutoCommit(false);
            statement.execute("select id from registry.models where name = 'slow' for update");
            first = CompletableFuture.supplyAsync(IdempotencyTest::publishSlowly);
            Waiting.await(statement);
            assertProblem(
                    http.send("POST", "/models/slow/versions", "{}", "Idempotency-Key", "slow-1"),
                    422,
                    "IDEMPOTENCY_KEY_REUSED");
            Answer second = publishSlowly();
            assertProblem(second, 409, "IDEMPOTENCY_IN_PROGRESS");
            assertThat(first).isNotDone();
            other.rollback();
        }
        assertThat(first.get().status()).as(first.get().body().toString()).isEqualTo(201);
        Answer again = publishSlowly();
        assertThat(again.status()).isEqualTo(201);
        assertThat(again.bytes()).isEqualTo(first.get().bytes());
        assertThat(http.get("/models/slow/versions").body().path("items").size())
                .isEqualTo(1);
    }

    private static Answer publishSlowly() {
        try {
            return http.send(
                    "POST",
                    "/models/slow/versions",
                    new String(ManifestJson.write(registry.stacks.withTool("slow")), StandardCharsets.UTF_8),
                    "Idempotency-Key",
                    "slow-1");
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
