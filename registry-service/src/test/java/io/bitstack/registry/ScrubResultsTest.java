package io.bitstack.registry;

import static io.bitstack.registry.Problem.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;

import io.bitstack.core.stack.Digest;
import io.bitstack.core.stack.StackManifest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** What scrubs and checks have found is kept: of stacks that are verified page by page, of the whole store, of nodes that tell. */
class ScrubResultsTest {
    private static final String ALL_GOOD = "[]";

    private static SharedRegistry registry;
    private static RegistryFixture http;

    @BeforeAll
    static void start() throws Exception {
        registry = SharedRegistry.get();
        http = registry.http;
        registry.register("scrubbed");
    }

    @AfterAll
    static void forget() throws Exception {
        http.send("DELETE", "/nodes/scrubber", "");
    }

    private static JsonNode results(String query) throws Exception {
        RegistryFixture.Answer answer = http.get("/storage/scrubs" + query);
        assertThat(answer.status()).as(answer.body().toString()).isEqualTo(200);
        return answer.body().path("items");
    }

    private static String publish(StackManifest manifest) throws Exception {
        return registry.publish("scrubbed", manifest).body().path("stackDigest").asString();
    }

    private static JsonNode verify(String stack, String query) throws Exception {
        return http.post("/stacks/%s/verify%s".formatted(stack, query), "").body();
    }

    @Test
    void aStackThatIsVerifiedPageByPageHasOneResult() throws Exception {
        StackManifest manifest = registry.stacks.withOwnBlock(501);
        String stack = publish(manifest);
        Digest own = manifest.blocks().getLast().digest();
        Path file = registry.blobs
                .resolve(own.hex().substring(0, 2))
                .resolve(own.hex().substring(2));
        byte[] content = Files.readAllBytes(file);
        Files.delete(file);
        int blobs = 0;
        long bytes = 0;
        String after = "";
        do {
            JsonNode page = verify(stack, "?limit=5&after=" + after);
            blobs += page.path("checkedBlobs").asInt();
            bytes += page.path("checkedBytes").asLong();
            after = page.path("next").asString("");
            JsonNode so = results("?kind=stack&subject=" + stack);
            assertThat(so.size()).as(so.toString()).isEqualTo(1);
            assertThat(so.get(0).path("checkedBlobs").asInt()).isEqualTo(blobs);
            assertThat(so.get(0).has("endedAt")).isEqualTo(after.isEmpty());
        } while (!after.isEmpty());
        Files.write(file, content);

        JsonNode result = results("?subject=" + stack).get(0);
        assertThat(blobs).isGreaterThan(10);
        assertThat(result.path("checkedBytes").asLong()).isEqualTo(bytes);
        assertThat(result.path("badBlobs").asInt()).as(result.toString()).isEqualTo(1);
        assertThat(result.path("repairedBlobs").asInt(-1)).isZero();
        assertThat(result.path("bad").get(0).path("digest").asString()).isEqualTo(own.toString());
        assertThat(result.path("bad").get(0).path("fault").asString()).isEqualTo("missing");
        assertThat(result.path("versions").get(0).asString()).startsWith("scrubbed/");
        assertThat(result.path("startedBy").asString()).isEqualTo("tester;admin");

        verify(stack, "?limit=10000");
        JsonNode again = results("?subject=" + stack);
        assertThat(again.size()).isEqualTo(2);
        assertThat(again.get(0).path("badBlobs").asInt(-1))
                .as("the latest first")
                .isZero();
        assertThat(again.get(0).path("bad").toString()).isEqualTo(ALL_GOOD);
        assertThat(again.get(0).path("checkedBlobs").asInt()).isEqualTo(blobs);
    }

    @Test
    void aPageFromTheMiddleOrOfSomebodyElseSpoilsNoResult() throws Exception {
        String stack = publish(registry.stacks.withOwnBlock(502));
        String next = verify(stack, "?limit=5").path("next").asString();
        verify(stack, "?limit=5&after=sha256:0");
        http.sendAs("other;publisher", "POST", "/stacks/%s/verify?limit=5&after=%s".formatted(stack, next), "");
        JsonNode results = results("?subject=" + stack);
        assertThat(results.size()).as(results.toString()).isEqualTo(1);
        assertThat(results.get(0).path("checkedBlobs").asInt()).isEqualTo(5);
    }

    @Test
    void checksOfTheStoreAreKeptTheLastTwentyOfThem() throws Exception {
        for (int i = 0; i < 22; i++) {
            http.post("/storage/check?limit=10000", "");
        }
        JsonNode results = results("?kind=store&limit=200");
        assertThat(results.size()).isEqualTo(20);
        assertThat(results.get(0).has("subject")).isFalse();
        JsonNode first = http.get("/storage/scrubs?kind=store&limit=15").body();
        assertThat(first.path("items").size()).isEqualTo(15);
        assertThat(results("?kind=store&limit=15&after=" + first.path("next").asString())
                        .size())
                .isEqualTo(5);
    }

    @Test
    void whatANodeTellsAgainAndAgainIsKeptOnce() throws Exception {
        String first = scrub("2026-03-01T00:00:00.123456789Z", "2026-03-01T06:00:00Z", 900, 2, 1);
        assertThat(report("").status()).isEqualTo(200);
        for (int i = 0; i < 3; i++) {
            assertThat(report(first).status()).isEqualTo(200);
        }
        report("");
        report(first);
        report(scrub("2026-03-01T06:00:00Z", "2026-03-01T12:00:00Z", 901, 0, 0));
        JsonNode results = results("?kind=node&subject=scrubber");
        assertThat(results.size()).as(results.toString()).isEqualTo(2);
        assertThat(results.get(0).path("checkedBlobs").asInt()).isEqualTo(901);
        JsonNode older = results.get(1);
        assertThat(older.path("badBlobs").asInt()).isEqualTo(2);
        assertThat(older.path("repairedBlobs").asInt()).isEqualTo(1);
        assertThat(older.path("endedAt").asString()).isEqualTo("2026-03-01T06:00:00Z");
        assertThat(http.get("/nodes/scrubber")
                        .body()
                        .path("scrub")
                        .path("checkedBlobs")
                        .asInt())
                .isEqualTo(901);
    }

    @Test
    void nonsenseIsRefused() throws Exception {
        for (String scrub : List.of(
                scrub("2026-03-01T06:00:00Z", "2026-03-01T00:00:00Z", 1, 0, 0),
                scrub("1960-03-01T06:00:00Z", "2026-03-01T00:00:00Z", 1, 0, 0),
                scrub("2026-03-01T06:00:00Z", "+999999999-03-01T00:00:00Z", 1, 0, 0),
                scrub("2026-03-01T00:00:00Z", "2026-03-01T06:00:00Z", 1, 2, 0),
                scrub("2026-03-01T00:00:00Z", "2026-03-01T06:00:00Z", 9, 2, 3),
                scrub("2026-03-01T00:00:00Z", "2026-03-01T06:00:00Z", -1, 0, 0),
                ",\"scrub\":{}")) {
            assertProblem(report(scrub), 400, "REQUEST_INVALID");
        }
        assertProblem(http.get("/storage/scrubs?kind=nothing"), 400, "REQUEST_INVALID");
        assertProblem(http.get("/storage/scrubs?limit=0"), 400, "REQUEST_INVALID");
    }

    private static String scrub(String startedAt, String endedAt, int checked, int corrupt, int repaired) {
        return ",\"scrub\":{\"startedAt\":\"%s\",\"endedAt\":\"%s\",\"checkedBlobs\":%d,\"checkedBytes\":5,\"corruptBlobs\":%d,\"repairedBlobs\":%d}"
                .formatted(startedAt, endedAt, checked, corrupt, repaired);
    }

    private static RegistryFixture.Answer report(String more) throws Exception {
        return http.send("PUT", "/nodes/scrubber", """
            {"url":"http://127.0.0.1:1","budgetBytes":1,"state":"empty","blocks":0,"heldBytes":0,"activeRequests":0,
             "queuedRequests":0,"corruptBlobs":0%s}\
            """.formatted(more));
    }
}
