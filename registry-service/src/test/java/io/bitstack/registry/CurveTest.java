package io.bitstack.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.bitstack.core.stack.ManifestJson;
import io.bitstack.core.stack.StackManifest;
import io.bitstack.core.stack.StackPlanner;
import io.bitstack.registry.RegistryFixture.Answer;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Quality against size: shown of a version, promised by plans, searched for, and set side by side by a difference. */
class CurveTest {
    private static final String ONE = "/models/curved/versions/1";

    private static SharedRegistry registry;
    private static StackManifest better;
    private static StackManifest worse;

    @BeforeAll
    static void start() throws Exception {
        registry = SharedRegistry.get();
        registry.register("curved");
        better = withCurve(registry.stacks.manifest(), 12, 10);
        worse = withCurve(registry.stacks.withOwnBlock(77), 33, 30);
        for (StackManifest manifest : List.of(better, worse)) {
            Answer published = registry.publish("curved", manifest);
            assertThat(published.status()).as(published.body().toString()).isEqualTo(201);
        }
    }

    private static StackManifest withCurve(StackManifest manifest, double first, double last) {
        StackPlanner planner = new StackPlanner(manifest);
        int all = manifest.blocks().size();
        return TestStacks.withCurve(
                manifest,
                List.of(point(planner, manifest.minimalBlocks(), first, 0.5), point(planner, all, last, 0.01)),
                new StackManifest.Reference(1_000_000, 9.5, 4080));
    }

    private static StackManifest.CurvePoint point(
            StackPlanner planner, int blocks, double perplexity, double klDivergence) {
        return new StackManifest.CurvePoint(
                blocks, planner.storedBytes(blocks), planner.bpw(blocks), perplexity, klDivergence);
    }

    @Test
    void isShown() throws Exception {
        JsonNode version = registry.http.get(ONE).body();
        assertThat(version.path("curve").size()).as(version.toString()).isEqualTo(2);
        JsonNode point = version.path("curve").get(0);
        assertThat(point.path("blocks").asInt()).isEqualTo(better.minimalBlocks());
        assertThat(point.path("perplexity").asDouble()).isEqualTo(12);
        assertThat(point.path("klDivergence").asDouble()).isEqualTo(0.5);
        assertThat(version.path("bestPerplexity").asDouble()).isCloseTo(10, within(1e-9));
        assertThat(version.path("fullPerplexity").asDouble()).isEqualTo(9.5);
    }

    @Test
    void isPromisedByPlans() throws Exception {
        String question = "{\"model\":\"curved\",\"version\":1,\"contextTokens\":64,\"budgetsBytes\":[%s]}";
        JsonNode all = registry.http
                .post("/resolve/what-if", question.formatted(1L << 40))
                .body()
                .path("rows")
                .get(0);
        assertThat(all.path("expectedPerplexity").asDouble()).as(all.toString()).isCloseTo(10, within(1e-9));
        assertThat(all.path("expectedKlDivergence").asDouble()).isCloseTo(0.01, within(1e-9));
        long held = all.path("heldBytes").asLong();
        JsonNode rows = registry.http
                .post("/resolve/what-if", question.formatted(String.join(",", budgets(registry.http, held))))
                .body()
                .path("rows");
        double before = Double.MAX_VALUE;
        for (JsonNode row : rows) {
            if (!row.has("missingBytes")) {
                double perplexity = row.path("expectedPerplexity").asDouble();
                assertThat(perplexity)
                        .as(row.toString())
                        .isBetween(10 - 1e-9, 12 + 1e-9)
                        .isLessThanOrEqualTo(before);
                before = perplexity;
            }
        }
        assertThat(before).isLessThan(Double.MAX_VALUE);
    }

    /** From too little to all, in twenty steps. */
    private static List<String> budgets(RegistryFixture http, long heldBytes) throws Exception {
        JsonNode plan = http.post(
                        "/resolve",
                        "{\"model\":\"curved\",\"version\":1,\"contextTokens\":64,\"budgetBytes\":" + (1L << 40) + "}")
                .body();
        long fixed =
                plan.path("kvCacheBytes").asLong() + plan.path("scratchBytes").asLong();
        assertThat(fixed).as(plan.toString()).isPositive();
        return java.util.stream.LongStream.rangeClosed(1, 20)
                .mapToObj(i -> Long.toString(fixed + heldBytes * i / 20))
                .toList();
    }

    @Test
    void isSearchedFor() throws Exception {
        assertThat(found("name = 'curved' and perplexity < 20")).containsExactly(1);
        assertThat(found("name = 'curved' and perplexity >= 20")).containsExactly(2);
        assertThat(found("name = 'curved' and fullPerplexity < 10")).containsExactly(1, 2);
    }

    private static List<Integer> found(String filter) throws Exception {
        return registry.http
                .get("/search?filter=" + URLEncoder.encode(filter, StandardCharsets.UTF_8))
                .body()
                .path("items")
                .valueStream()
                .map(hit -> hit.path("version").asInt())
                .toList();
    }

    @Test
    void isSetSideBySide() throws Exception {
        JsonNode diff = registry.http.get(ONE + "/diff?to=2").body();
        assertThat(diff.path("from").path("curve").get(1).path("perplexity").asDouble())
                .as(diff.toString())
                .isEqualTo(10);
        assertThat(diff.path("to").path("curve").get(1).path("perplexity").asDouble())
                .isEqualTo(30);
        long last = better.blocks().getLast().sizeBytes();
        assertThat(diff.path("pullBlobs").asInt()).isEqualTo(1);
        assertThat(diff.path("pullBytes").asLong()).isEqualTo(last);
        assertThat(diff.path("dropBlobs").asInt()).isEqualTo(1);
        assertThat(diff.path("dropBytes").asLong()).isEqualTo(last);
        assertThat(diff.path("to").path("stack").path("stackDigest").asString())
                .isEqualTo(ManifestJson.digest(worse).toString());
    }
}
