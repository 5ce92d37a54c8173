package io.bitstack.registry;

import static io.bitstack.registry.Problem.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;

import io.bitstack.core.stack.Digest;
import io.bitstack.core.stack.ManifestJson;
import io.bitstack.core.stack.StackManifest;
import io.bitstack.registry.RegistryFixture.Answer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What is refused, with which code, and that nothing of it is left. */
class BadInputTest {
    private static SharedRegistry registry;
    private static RegistryFixture http;

    @BeforeAll
    static void start() throws Exception {
        registry = SharedRegistry.get();
        http = registry.http;
        registry.register("bad");
    }

    @Test
    void namesHaveNoSlashesDotsOrControls() throws Exception {
        for (String name : List.of(
                "a/b",
                "..",
                ".hidden",
                "-a",
                "a b",
                "A",
                "é",
                "a\\n",
                "a\\tb",
                "a\\u0001",
                "a%2fb",
                "",
                "x".repeat(64))) {
            assertProblem(http.post("/models", "{\"name\":\"%s\"}".formatted(name)), 400, "NAME_INVALID");
        }
        assertProblem(http.post("/models", "{\"name\":\"a\\u0000\"}"), 400, "REQUEST_INVALID");
        assertProblem(
                http.post("/models", "{\"name\":\"fine\",\"description\":\"a\\u0000b\"}"), 400, "REQUEST_INVALID");
        assertProblem(http.get("/models?after=%00"), 400, "REQUEST_INVALID");
        assertThat(http.query("select count(*) from registry.models where name = 'fine'"))
                .isEqualTo("0");
    }

    @Test
    void tagsAreBounded() throws Exception {
        assertProblem(
                http.send("PATCH", "/models/bad/tags", "{\"k\":\"%s\"}".formatted("x".repeat(10 << 20))),
                413,
                "REQUEST_TOO_LARGE");
        assertProblem(
                http.send("PATCH", "/models/bad/tags", "{\"k\":\"%s\"}".formatted("x".repeat(5001))),
                422,
                "TAG_INVALID");
        for (String key : List.of("", " ", "a\\n", "x".repeat(251))) {
            assertProblem(http.send("PATCH", "/models/bad/tags", "{\"%s\":\"v\"}".formatted(key)), 422, "TAG_INVALID");
        }
        String million = IntStream.range(0, 1_000_000)
                .mapToObj(i -> "\"%d\":\"v\"".formatted(i))
                .collect(Collectors.joining(",", "{", "}"));
        assertProblem(http.send("PATCH", "/models/bad/tags", million), 413, "REQUEST_TOO_LARGE");
        for (int from = 0; from < 200; from += 50) {
            int first = from;
            String some = IntStream.range(first, first + 50)
                    .mapToObj(i -> "\"%d\":\"v\"".formatted(i))
                    .collect(Collectors.joining(",", "{", "}"));
            Answer answer = http.send("PATCH", "/models/bad/tags", some);
            if (from < 100) {
                assertThat(answer.status()).isEqualTo(200);
            } else {
                assertProblem(answer, 422, "TAGS_TOO_MANY");
            }
        }
        assertThat(http.get("/models/bad").body().path("tags").size()).isEqualTo(100);
        assertProblem(http.send("PATCH", "/models/bad/tags", "{\"k\":null}"), 400, "REQUEST_INVALID");
        assertProblem(http.send("PATCH", "/models/bad/tags", "{\"k\":{}}"), 400, "REQUEST_INVALID");
    }

    @Test
    void ordersAndSizesThatContradictThemselvesAreRefused() throws Exception {
        StackManifest manifest = registry.stacks.manifest();
        int stacks = http.count("stacks");
        int blocks = http.count("residual_blocks");
        List<StackManifest.Block> swapped = new ArrayList<>(manifest.blocks());
        int last = swapped.size() - 1;
        int before = last - 1;
        while (swapped.get(before).matrix() != swapped.get(last).matrix()) {
            before--;
        }
        Collections.swap(swapped, before, last);
        List<StackManifest.Block> twice = new ArrayList<>(manifest.blocks());
        twice.add(twice.getLast());
        List<StackManifest.Block> missing = manifest.blocks().subList(0, last);
        StackManifest.Block block = manifest.blocks().getLast();
        for (List<StackManifest.Block> wrong : List.of(swapped, twice, missing)) {
            assertProblem(registry.publish("bad", registry.stacks.withBlocks(wrong)), 422, "MANIFEST_INVALID");
        }
        Digest config = manifest.files().getFirst().digest();
        assertThat(config).isNotEqualTo(block.digest());
        for (StackManifest.Block wrong : List.of(
                new StackManifest.Block(block.matrix(), block.level(), block.digest(), block.sizeBytes() + 1, 0),
                new StackManifest.Block(block.matrix(), block.level(), config, block.sizeBytes(), 0))) {
            List<StackManifest.Block> changed = new ArrayList<>(missing);
            changed.add(wrong);
            assertProblem(registry.publish("bad", registry.stacks.withBlocks(changed)), 422, "BLOB_MISSING");
        }
        assertThat(http.head("POST", "/models/bad/versions", (64 << 20) + 1))
                .startsWith("HTTP/1.1 413")
                .contains("REQUEST_TOO_LARGE");
        assertThat(http.count("stacks")).isEqualTo(stacks);
        assertThat(http.count("residual_blocks")).isEqualTo(blocks);
    }

    @Test
    void ofSeveralWhoPublishOneVersionOneWins() throws Exception {
        registry.register("contested");
        List<CompletableFuture<Answer>> answers = Stream.of("a", "b", "c", "d")
                .map(tool -> CompletableFuture.supplyAsync(() -> {
                    try {
                        return registry.publish(
                                "contested", registry.stacks.withTool("contested-" + tool), "?version=1");
                    } catch (Exception e) {
                        throw new IllegalStateException(e);
                    }
                }))
                .toList();
        List<Answer> all = new ArrayList<>();
        for (CompletableFuture<Answer> answer : answers) {
            all.add(answer.get());
        }
        assertThat(all).filteredOn(answer -> answer.status() == 201).hasSize(1);
        for (Answer answer : all) {
            if (answer.status() != 201) {
                assertProblem(answer, 409, "VERSION_EXISTS");
            }
        }
        assertThat(http.get("/models/contested/versions").body().path("items").size())
                .isEqualTo(1);
        assertThat(http.query("select count(*) from registry.stacks where tool like 'contested-%'"))
                .isEqualTo("1");
    }

    @Test
    void aManifestIsReadExactly() throws Exception {
        String json = new String(ManifestJson.write(registry.stacks.manifest()), StandardCharsets.UTF_8);
        assertProblem(http.post("/models/bad/versions", json + " "), 422, "MANIFEST_INVALID");
        assertProblem(
                http.post("/models/bad/versions", json.replace("bitstack/1", "bitstack/2")), 422, "MANIFEST_INVALID");
        assertProblem(http.post("/models/bad/versions", "[".repeat(100_000)), 422, "MANIFEST_INVALID");
        assertProblem(http.post("/models/bad/versions", ""), 422, "MANIFEST_INVALID");
    }

    @Test
    void refusesBadInput() throws Exception {
        assertProblem(http.post("/models", "{\"name\":\"Not A Name\"}"), 400, "NAME_INVALID");
        assertProblem(http.post("/models", "{}"), 400, "REQUEST_INVALID");
        assertProblem(http.post("/models", "nonsense"), 400, "REQUEST_INVALID");
        assertProblem(http.get("/models/none"), 404, "MODEL_NOT_FOUND");
        assertProblem(http.get("/models?limit=5000"), 400, "REQUEST_INVALID");
        assertProblem(http.get("/blobs/not-a-digest"), 400, "REQUEST_INVALID");
        assertProblem(http.get("/stacks/sha256:" + "0".repeat(64)), 404, "STACK_NOT_FOUND");
        assertProblem(http.get("/nothing"), 404, "ROUTE_NOT_FOUND");
    }
}
