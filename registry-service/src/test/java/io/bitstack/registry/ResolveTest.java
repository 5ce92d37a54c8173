package io.bitstack.registry;

import static io.bitstack.registry.Problem.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;

import io.bitstack.core.stack.KvPrecision;
import io.bitstack.core.stack.MemoryModel;
import io.bitstack.core.stack.StackManifest;
import io.bitstack.registry.RegistryFixture.Answer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** What of a stack fits a budget, and what one step more would cost. */
class ResolveTest {
    private static SharedRegistry registry;
    private static RegistryFixture http;
    private static StackManifest manifest;

    @BeforeAll
    static void start() throws Exception {
        registry = SharedRegistry.get();
        http = registry.http;
        manifest = registry.stacks.manifest();
    }

    @Test
    void plansABudget() throws Exception {
        registry.register("planned");
        registry.publish("planned", manifest);
        long minimal = MemoryModel.kvCacheBytes(manifest.model(), 64)
                + MemoryModel.scratchBytes(manifest.model())
                + MemoryModel.residentBaseBytes(manifest)
                + manifest.blocks().subList(0, manifest.minimalBlocks()).stream()
                        .mapToLong(StackManifest.Block::sizeBytes)
                        .sum();
        String question = "{\"model\":\"planned\",\"version\":1,\"budgetBytes\":%d,\"contextTokens\":64}";
        JsonNode plan = http.post("/resolve", question.formatted(minimal)).body();
        assertThat(plan.path("blocks").asInt()).as(plan.toString()).isEqualTo(manifest.minimalBlocks());
        assertThat(plan.path("next").path("missingBytes").asLong())
                .isEqualTo(manifest.blocks().get(manifest.minimalBlocks()).sizeBytes());
        JsonNode all = http.post("/resolve", question.formatted(1L << 40)).body();
        assertThat(all.path("blocks").asInt()).isEqualTo(manifest.blocks().size());
        Answer small = http.post("/resolve", question.formatted(minimal - 123));
        assertProblem(small, 422, "BUDGET_TOO_SMALL");
        assertThat(small.body().path("missingBytes").asLong()).isEqualTo(123);
        long saved = MemoryModel.kvCacheBytes(manifest.model(), 64)
                - MemoryModel.kvCacheBytes(manifest.model(), 64, KvPrecision.INT8);
        String bytes = question.replace("}", ",\"kvPrecision\":\"%s\"}");
        JsonNode less =
                http.post("/resolve", bytes.formatted(minimal - saved, "int8")).body();
        assertThat(less.path("blocks").asInt()).as(less.toString()).isEqualTo(manifest.minimalBlocks());
        assertThat(less.path("kvCacheBytes").asLong())
                .isEqualTo(MemoryModel.kvCacheBytes(manifest.model(), 64, KvPrecision.INT8));
        assertProblem(http.post("/resolve", bytes.formatted(minimal, "int4")), 400, "REQUEST_INVALID");
        assertProblem(http.post("/resolve", "{\"model\":\"planned\",\"budgetBytes\":1}"), 400, "REQUEST_INVALID");
        assertProblem(
                http.post("/resolve", "{\"model\":\"planned\",\"alias\":\"no\",\"budgetBytes\":1}"),
                404,
                "ALIAS_NOT_FOUND");
        assertProblem(http.post("/resolve", question.formatted(-1)), 400, "REQUEST_INVALID");
    }
}
