package io.bitstack.registry;

import static io.bitstack.registry.Problem.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;

import io.bitstack.registry.RegistryFixture.Answer;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Nodes report how they are, and hear what they are to hold. */
class NodesTest {
    private static SharedRegistry registry;
    private static RegistryFixture http;

    @BeforeAll
    static void start() throws Exception {
        registry = SharedRegistry.get();
        http = registry.http;
    }

    private static String report(String state) {
        return """
                {"url":"http://127.0.0.1:1234","accessToken":"0123456789abcdef0123","budgetBytes":1000,
                 "labels":{"zone":"a"},"state":"%s","blocks":5,"heldBytes":10,"activeRequests":0,"queuedRequests":0,
                 "corruptBlobs":0,"somethingNew":1}""".formatted(state);
    }

    @Test
    void movesNodesWithAnAlias() throws Exception {
        registry.register("moving");
        registry.publish("moving", registry.stacks.manifest());
        registry.publish("moving", registry.stacks.withTool("second"));
        http.send("PUT", "/models/moving/aliases/stable", "{\"version\":1}");
        JsonNode nothing = http.send("PUT", "/nodes/mover", report("empty")).body();
        assertThat(nothing.path("deployment").isNull()).as(nothing.toString()).isTrue();
        Answer made = http.post(
                "/deployments",
                "{\"model\":\"moving\",\"alias\":\"stable\",\"contextTokens\":64,\"nodes\":[\"mover\"]}");
        assertThat(made.status()).as(made.body().toString()).isEqualTo(201);
        JsonNode first =
                http.send("PUT", "/nodes/mover", report("ready")).body().path("deployment");
        assertThat(first.path("version").asInt()).isEqualTo(1);
        assertThat(first.path("stackDigest").asString())
                .isEqualTo(registry.stacks.digest().toString());
        assertThat(first.path("contextTokens").asInt()).isEqualTo(64);
        http.send("PUT", "/models/moving/aliases/stable", "{\"version\":2}");
        assertThat(http.send("PUT", "/nodes/mover", report("ready"))
                        .body()
                        .path("deployment")
                        .path("version")
                        .asInt())
                .isEqualTo(2);
        JsonNode history =
                http.get("/models/moving/aliases/stable/history").body().path("items");
        assertThat(StreamSupport.stream(history.spliterator(), false)
                        .map(change -> change.path("version").asInt()))
                .containsExactly(1, 2);
        assertThat(http.send("PUT", "/nodes/other", report("ready"))
                        .body()
                        .path("deployment")
                        .isNull())
                .isTrue();
        String id = made.body().path("id").asString();
        assertThat(http.send("DELETE", "/deployments/" + id, "").status()).isEqualTo(204);
        assertProblem(http.send("DELETE", "/deployments/" + id, ""), 404, "DEPLOYMENT_NOT_FOUND");
        assertProblem(http.send("PUT", "/models/moving/aliases/stable", "{\"version\":9}"), 404, "VERSION_NOT_FOUND");
    }

    @Test
    void knowsHowANodeIs() throws Exception {
        JsonNode node = Reported.node(http, "watched", report("ready"));
        assertThat(node.path("state").asString()).as(node.toString()).isEqualTo("ready");
        assertThat(node.path("labels").path("zone").asString()).isEqualTo("a");
        assertThat(node.toString()).doesNotContain("0123456789abcdef0123");
        assertThat(http.get("/internal/nodes").body().toString()).contains("0123456789abcdef0123");
        assertThat(Reported.stateAfter(http, "watched", 6, "stale")).isEqualTo("stale");
        assertThat(Reported.stateAfter(http, "watched", 16, "lost")).isEqualTo("lost");
        assertThat(http.send("PATCH", "/nodes/watched", "{\"budgetBytes\":777}").status())
                .isEqualTo(200);
        assertThat(http.send("PUT", "/nodes/watched", report("ready"))
                        .body()
                        .path("budgetBytes")
                        .asLong())
                .isEqualTo(777);
        assertThat(Reported.node(http, "watched", report("ready")).path("state").asString())
                .isEqualTo("ready");
        assertProblem(http.send("PUT", "/nodes/watched", report("lost")), 400, "REQUEST_INVALID");
        assertProblem(http.send("PATCH", "/nodes/watched", "{\"budgetBytes\":0}"), 400, "REQUEST_INVALID");
        assertProblem(http.get("/nodes/unheard"), 404, "NODE_NOT_FOUND");
        assertThat(http.send("DELETE", "/nodes/watched", "").status()).isEqualTo(204);
    }

    /** A node of an older version counts its tables with its base, and is taken at its word. */
    @Test
    void aLedgerTellsTablesFromTheBaseWhereTheNodeDoes() throws Exception {
        String ledger =
                "\"ledger\":{\"blocksBytes\":5,\"baseBytes\":3,%s\"kvCacheBytes\":1,\"scratchBytes\":1},\"state\"";
        String apart = report("ready").replace("\"state\"", ledger.formatted("\"tablesBytes\":2,"));
        JsonNode told = Reported.node(http, "accounted", apart).path("ledger");
        assertThat(told.path("tablesBytes").asInt()).as(told.toString()).isEqualTo(2);
        assertThat(told.path("baseBytes").asInt()).isEqualTo(3);
        String together = report("ready").replace("\"state\"", ledger.formatted(""));
        JsonNode older = Reported.node(http, "accounted", together).path("ledger");
        assertThat(older.path("baseBytes").asInt()).as(older.toString()).isEqualTo(3);
        assertThat(older.path("tablesBytes").isNumber()).isFalse();
    }

    @Test
    void heartbeatsNeverPutAnOldBudgetBack() throws Exception {
        http.send("PUT", "/nodes/busy", report("ready"));
        AtomicBoolean over = new AtomicBoolean();
        Thread heart = Thread.ofPlatform().start(() -> {
            while (!over.get()) {
                try {
                    http.send("PUT", "/nodes/busy", report("ready"));
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            }
        });
        try {
            for (int budget = 1; budget <= 100; budget++) {
                http.send("PATCH", "/nodes/busy", "{\"budgetBytes\":%d}".formatted(budget));
                for (int i = 0; i < 3; i++) {
                    assertThat(http.get("/nodes/busy")
                                    .body()
                                    .path("desiredBudgetBytes")
                                    .asInt())
                            .isEqualTo(budget);
                }
            }
        } finally {
            over.set(true);
            heart.join();
        }
    }
}
