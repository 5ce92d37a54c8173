package io.bitstack.registry;

import static org.assertj.core.api.Assertions.assertThat;

import io.bitstack.core.model.TestStack;
import io.bitstack.core.stack.Descriptor;
import io.bitstack.core.stack.Digest;
import io.bitstack.core.stack.FileBlobStore;
import io.bitstack.core.stack.KvPrecision;
import io.bitstack.core.stack.ManifestJson;
import io.bitstack.core.stack.MemoryModel;
import io.bitstack.core.stack.StackManifest;
import io.bitstack.core.stack.StackPlanner;
import io.bitstack.registry.RegistryFixture.Answer;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The registry over HTTP. Each test uses model and node names of its own. */
class RegistryApiTest {
    private static final String CONFIG = """
            {"architectures":["LlamaForCausalLM"],"hidden_act":"silu","hidden_size":64,"intermediate_size":96,
             "num_hidden_layers":2,"num_attention_heads":4,"num_key_value_heads":2,"vocab_size":80,
             "max_position_embeddings":128,"tie_word_embeddings":true}""";

    private static final TestStack STACK = TestStack.random(CONFIG, Map.of("tokenizer.json", "{}"));
    private static final StackManifest MANIFEST = STACK.manifest();

    @TempDir
    static Path directory;

    private static FileBlobStore blobs;
    private static RegistryFixture registry;

    @BeforeAll
    static void start() throws Exception {
        blobs = new FileBlobStore(directory.resolve("blobs"));
        for (byte[] content : STACK.contents().values()) {
            blobs.put(ByteBuffer.wrap(content));
        }
        registry = new RegistryFixture(directory.resolve("blobs"));
    }

    @AfterAll
    static void stop() throws Exception {
        registry.close();
    }

    private static void register(String model) throws Exception {
        assertThat(registry.post("/models", "{\"name\":\"%s\"}".formatted(model))
                        .status())
                .isEqualTo(201);
    }

    private static Answer publish(String model, StackManifest manifest) throws Exception {
        return registry.post("/models/%s/versions".formatted(model), ManifestJson.write(manifest));
    }

    private static StackManifest withTool(String tool) {
        StackManifest.Lineage lineage = MANIFEST.lineage();
        return withBlocks(
                MANIFEST.blocks(), new StackManifest.Lineage(lineage.source(), null, null, tool, lineage.parameters()));
    }

    private static StackManifest withBlocks(List<StackManifest.Block> blocks, StackManifest.Lineage lineage) {
        return new StackManifest(
                MANIFEST.format(),
                MANIFEST.model(),
                MANIFEST.codec(),
                MANIFEST.files(),
                MANIFEST.tensors(),
                MANIFEST.inputs(),
                MANIFEST.matrices(),
                blocks,
                MANIFEST.minimalBlocks(),
                MANIFEST.curve(),
                MANIFEST.full(),
                lineage);
    }

    private static void assertProblem(Answer answer, int status, String code) {
        assertThat(answer.code()).as(answer.body().toString()).isEqualTo(code);
        assertThat(answer.status()).isEqualTo(status);
        assertThat(answer.response().headers().firstValue("Content-Type")).contains("application/problem+json");
        assertThat(answer.body().path("detail").asString()).isNotBlank();
    }

    @Test
    void registersAModelOnce() throws Exception {
        Answer made = registry.post("/models", "{\"name\":\"once\",\"description\":\"a model\"}");
        assertThat(made.status()).isEqualTo(201);
        assertThat(made.response().headers().firstValue("Location")).contains("/api/v1/models/once");
        assertProblem(registry.post("/models", "{\"name\":\"once\"}"), 409, "MODEL_EXISTS");
        assertThat(registry.get("/models/once").body().path("description").asString())
                .isEqualTo("a model");
        assertThat(registry.query("select count(*) from registry.models where name = 'once'"))
                .isEqualTo("1");
        assertThat(
                        registry.query(
                                "select principal from registry.audit_events where action = 'model.register' and subject = 'once'"))
                .isEqualTo("tester;admin");
    }

    @Test
    void refusesBadInput() throws Exception {
        assertProblem(registry.post("/models", "{\"name\":\"Not A Name\"}"), 400, "NAME_INVALID");
        assertProblem(registry.post("/models", "{}"), 400, "REQUEST_INVALID");
        assertProblem(registry.post("/models", "nonsense"), 400, "REQUEST_INVALID");
        assertProblem(registry.get("/models/none"), 404, "MODEL_NOT_FOUND");
        assertProblem(registry.get("/models?limit=5000"), 400, "REQUEST_INVALID");
        assertProblem(registry.get("/blobs/not-a-digest"), 400, "REQUEST_INVALID");
        assertProblem(registry.get("/stacks/sha256:" + "0".repeat(64)), 404, "STACK_NOT_FOUND");
        assertProblem(registry.get("/nothing"), 404, "ROUTE_NOT_FOUND");
    }

    @Test
    void publishesAStackWhole() throws Exception {
        register("published");
        Answer version = publish("published", MANIFEST);
        assertThat(version.status()).as(version.body().toString()).isEqualTo(201);
        assertThat(version.body().path("version").asInt()).isEqualTo(1);
        assertThat(version.body().path("stackDigest").asString())
                .isEqualTo(STACK.digest().toString());
        assertThat(version.body().path("blocks").asInt())
                .isEqualTo(MANIFEST.blocks().size());
        assertThat(version.body().path("sizeBytes").asLong())
                .isEqualTo(
                        new StackPlanner(MANIFEST).storedBytes(MANIFEST.blocks().size()));

        Answer again = publish("published", MANIFEST);
        assertThat(again.status()).isEqualTo(200);
        assertThat(again.body().path("version").asInt()).isEqualTo(1);
        assertThat(publish("published", withTool("another"))
                        .body()
                        .path("version")
                        .asInt())
                .isEqualTo(2);

        assertThat(registry.get("/stacks/" + STACK.digest() + "/manifest").bytes())
                .isEqualTo(ManifestJson.write(MANIFEST));
        JsonNode blocks = registry.get("/stacks/" + STACK.digest() + "/blocks?from=3&limit=2")
                .body();
        assertThat(blocks.path("next").asString()).isEqualTo("5");
        assertThat(blocks.path("items").get(1).path("digest").asString())
                .isEqualTo(MANIFEST.blocks().get(4).digest().toString());
        JsonNode listed = registry.get("/models/published/versions?limit=1").body();
        assertThat(listed.path("items").size()).isEqualTo(1);
        assertThat(listed.path("next").asString()).isEqualTo("1");
        assertThat(registry.get("/models/published")
                        .body()
                        .path("newest")
                        .path("version")
                        .asInt())
                .isEqualTo(2);
        assertThat(registry.get("/models/published/versions/1")
                        .body()
                        .path("lineage")
                        .path("tool")
                        .asString())
                .isEqualTo("test");
    }

    @Test
    void leavesNothingOfAStackThatIsRefused() throws Exception {
        register("refused");
        int stacks = registry.count("stacks");
        int rows = registry.count("residual_blocks");
        List<StackManifest.Block> blocks = new ArrayList<>(MANIFEST.blocks());
        StackManifest.Block last = blocks.removeLast();
        blocks.add(new StackManifest.Block(
                last.matrix(), last.level(), Digest.of(new byte[] {1}), last.sizeBytes(), last.gain()));
        Answer missing = publish("refused", withBlocks(blocks, MANIFEST.lineage()));
        assertProblem(missing, 422, "BLOB_MISSING");
        assertThat(missing.body().path("detail").asString())
                .contains(Digest.of(new byte[] {1}).toString());
        String pretty = new String(ManifestJson.write(MANIFEST), StandardCharsets.UTF_8).replaceFirst("\\{", "{ ");
        assertProblem(registry.post("/models/refused/versions", pretty), 422, "MANIFEST_INVALID");
        assertProblem(registry.post("/models/refused/versions", "{}"), 422, "MANIFEST_INVALID");
        assertProblem(publish("nobody", MANIFEST), 404, "MODEL_NOT_FOUND");
        assertThat(registry.count("stacks")).isEqualTo(stacks);
        assertThat(registry.count("residual_blocks")).isEqualTo(rows);
    }

    @Test
    void handsOutBlobsByRange() throws Exception {
        Digest digest = MANIFEST.blocks().getFirst().digest();
        byte[] content = blobs.read(digest, 1 << 20);
        Answer whole = registry.get("/blobs/" + digest);
        assertThat(whole.bytes()).isEqualTo(content);
        assertThat(whole.response().headers().firstValue("ETag")).contains('"' + digest.toString() + '"');
        Answer middle = registry.get("/blobs/" + digest, "Range", "bytes=10-19");
        assertThat(middle.status()).isEqualTo(206);
        assertThat(middle.bytes()).isEqualTo(Arrays.copyOfRange(content, 10, 20));
        assertThat(middle.response().headers().firstValue("Content-Range")).contains("bytes 10-19/" + content.length);
        assertThat(registry.get("/blobs/" + digest, "Range", "bytes=10-").bytes())
                .isEqualTo(Arrays.copyOfRange(content, 10, content.length));
        assertThat(registry.get("/blobs/" + digest, "Range", "bytes=-3").bytes())
                .isEqualTo(Arrays.copyOfRange(content, content.length - 3, content.length));
        assertProblem(registry.get("/blobs/" + digest, "Range", "bytes=" + content.length + "-"), 416, "RANGE_INVALID");
        assertThat(registry.get("/blobs/" + digest, "If-None-Match", '"' + digest.toString() + '"')
                        .status())
                .isEqualTo(304);
        assertProblem(registry.get("/blobs/sha256:" + "0".repeat(64)), 404, "BLOB_NOT_FOUND");
    }

    @Test
    void plansABudget() throws Exception {
        register("planned");
        publish("planned", MANIFEST);
        long minimal = MemoryModel.kvCacheBytes(MANIFEST.model(), 64)
                + MemoryModel.scratchBytes(MANIFEST.model())
                + MemoryModel.residentBaseBytes(MANIFEST)
                + MANIFEST.blocks().subList(0, MANIFEST.minimalBlocks()).stream()
                        .mapToLong(StackManifest.Block::sizeBytes)
                        .sum();
        String question = "{\"model\":\"planned\",\"version\":1,\"budgetBytes\":%d,\"contextTokens\":64}";
        JsonNode plan = registry.post("/resolve", question.formatted(minimal)).body();
        assertThat(plan.path("blocks").asInt()).as(plan.toString()).isEqualTo(MANIFEST.minimalBlocks());
        assertThat(plan.path("next").path("missingBytes").asLong())
                .isEqualTo(MANIFEST.blocks().get(MANIFEST.minimalBlocks()).sizeBytes());
        JsonNode all = registry.post("/resolve", question.formatted(1L << 40)).body();
        assertThat(all.path("blocks").asInt()).isEqualTo(MANIFEST.blocks().size());
        Answer small = registry.post("/resolve", question.formatted(minimal - 123));
        assertProblem(small, 422, "BUDGET_TOO_SMALL");
        assertThat(small.body().path("missingBytes").asLong()).isEqualTo(123);
        long saved = MemoryModel.kvCacheBytes(MANIFEST.model(), 64)
                - MemoryModel.kvCacheBytes(MANIFEST.model(), 64, KvPrecision.INT8);
        String bytes = question.replace("}", ",\"kvPrecision\":\"%s\"}");
        JsonNode less = registry.post("/resolve", bytes.formatted(minimal - saved, "int8"))
                .body();
        assertThat(less.path("blocks").asInt()).as(less.toString()).isEqualTo(MANIFEST.minimalBlocks());
        assertThat(less.path("kvCacheBytes").asLong())
                .isEqualTo(MemoryModel.kvCacheBytes(MANIFEST.model(), 64, KvPrecision.INT8));
        assertProblem(registry.post("/resolve", bytes.formatted(minimal, "int4")), 400, "REQUEST_INVALID");
        assertProblem(registry.post("/resolve", "{\"model\":\"planned\",\"budgetBytes\":1}"), 400, "REQUEST_INVALID");
        assertProblem(
                registry.post("/resolve", "{\"model\":\"planned\",\"alias\":\"no\",\"budgetBytes\":1}"),
                404,
                "ALIAS_NOT_FOUND");
        assertProblem(registry.post("/resolve", question.formatted(-1)), 400, "REQUEST_INVALID");
    }

    private static String report(String state) {
        return """
                {"url":"http://127.0.0.1:1234","accessToken":"0123456789abcdef0123","budgetBytes":1000,
                 "labels":{"zone":"a"},"state":"%s","blocks":5,"heldBytes":10,"activeRequests":0,"queuedRequests":0,
                 "corruptBlobs":0,"somethingNew":1}""".formatted(state);
    }

    @Test
    void movesNodesWithAnAlias() throws Exception {
        register("moving");
        publish("moving", MANIFEST);
        publish("moving", withTool("second"));
        registry.send("PUT", "/models/moving/aliases/stable", "{\"version\":1}");
        JsonNode nothing = registry.send("PUT", "/nodes/mover", report("empty")).body();
        assertThat(nothing.path("deployment").isNull()).as(nothing.toString()).isTrue();
        Answer made = registry.post(
                "/deployments",
                "{\"model\":\"moving\",\"alias\":\"stable\",\"contextTokens\":64,\"nodes\":[\"mover\"]}");
        assertThat(made.status()).as(made.body().toString()).isEqualTo(201);
        JsonNode first =
                registry.send("PUT", "/nodes/mover", report("ready")).body().path("deployment");
        assertThat(first.path("version").asInt()).isEqualTo(1);
        assertThat(first.path("stackDigest").asString())
                .isEqualTo(STACK.digest().toString());
        assertThat(first.path("contextTokens").asInt()).isEqualTo(64);
        registry.send("PUT", "/models/moving/aliases/stable", "{\"version\":2}");
        assertThat(registry.send("PUT", "/nodes/mover", report("ready"))
                        .body()
                        .path("deployment")
                        .path("version")
                        .asInt())
                .isEqualTo(2);
        JsonNode history =
                registry.get("/models/moving/aliases/stable/history").body().path("items");
        assertThat(StreamSupport.stream(history.spliterator(), false)
                        .map(change -> change.path("version").asInt()))
                .containsExactly(1, 2);
        assertThat(registry.send("PUT", "/nodes/other", report("ready"))
                        .body()
                        .path("deployment")
                        .isNull())
                .isTrue();
        String id = made.body().path("id").asString();
        assertThat(registry.send("DELETE", "/deployments/" + id, "").status()).isEqualTo(204);
        assertProblem(registry.send("DELETE", "/deployments/" + id, ""), 404, "DEPLOYMENT_NOT_FOUND");
        assertProblem(
                registry.send("PUT", "/models/moving/aliases/stable", "{\"version\":9}"), 404, "VERSION_NOT_FOUND");
    }

    @Test
    void knowsHowANodeIs() throws Exception {
        JsonNode node = Reported.node(registry, "watched", report("ready"));
        assertThat(node.path("state").asString()).as(node.toString()).isEqualTo("ready");
        assertThat(node.path("labels").path("zone").asString()).isEqualTo("a");
        assertThat(node.toString()).doesNotContain("0123456789abcdef0123");
        assertThat(registry.get("/internal/nodes").body().toString()).contains("0123456789abcdef0123");
        assertThat(Reported.stateAfter(registry, "watched", 6, "stale")).isEqualTo("stale");
        assertThat(Reported.stateAfter(registry, "watched", 16, "lost")).isEqualTo("lost");
        assertThat(registry.send("PATCH", "/nodes/watched", "{\"budgetBytes\":777}")
                        .status())
                .isEqualTo(200);
        assertThat(registry.send("PUT", "/nodes/watched", report("ready"))
                        .body()
                        .path("budgetBytes")
                        .asLong())
                .isEqualTo(777);
        assertThat(Reported.node(registry, "watched", report("ready"))
                        .path("state")
                        .asString())
                .isEqualTo("ready");
        assertProblem(registry.send("PUT", "/nodes/watched", report("lost")), 400, "REQUEST_INVALID");
        assertProblem(registry.send("PATCH", "/nodes/watched", "{\"budgetBytes\":0}"), 400, "REQUEST_INVALID");
        assertProblem(registry.get("/nodes/unheard"), 404, "NODE_NOT_FOUND");
        assertThat(registry.send("DELETE", "/nodes/watched", "").status()).isEqualTo(204);
    }

    @Test
    void heartbeatsNeverPutAnOldBudgetBack() throws Exception {
        registry.send("PUT", "/nodes/busy", report("ready"));
        AtomicBoolean over = new AtomicBoolean();
        Thread heart = Thread.ofPlatform().start(() -> {
            while (!over.get()) {
                try {
                    registry.send("PUT", "/nodes/busy", report("ready"));
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            }
        });
        try {
            for (int budget = 1; budget <= 100; budget++) {
                registry.send("PATCH", "/nodes/busy", "{\"budgetBytes\":%d}".formatted(budget));
                for (int i = 0; i < 3; i++) {
                    assertThat(registry.get("/nodes/busy")
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

    @Test
    void keepsKeysAsHashes() throws Exception {
        Answer made = registry.post("/keys", "{\"name\":\"robot\",\"scope\":\"publisher\"}");
        assertThat(made.status()).isEqualTo(201);
        String key = made.body().path("key").asString();
        String verify = "{\"key\":\"%s\"}".formatted(key);
        Answer known = registry.post("/internal/keys/verify", verify);
        assertThat(known.body().path("scope").asString())
                .as(known.body().toString())
                .isEqualTo("publisher");
        assertThat(known.body().toString()).doesNotContain(key);
        assertThat(registry.get("/keys?limit=200").body().toString())
                .contains("robot")
                .doesNotContain(key);
        assertThat(registry.query("select count(*) from registry.api_keys where hash like '%" + key + "%'"))
                .isEqualTo("0");
        assertThat(registry.send("DELETE", "/keys/" + made.body().path("id").asString(), "")
                        .status())
                .isEqualTo(204);
        assertProblem(registry.post("/internal/keys/verify", verify), 401, "KEY_UNKNOWN");
        assertThat(registry.post("/internal/keys/verify", "{\"key\":\"%s\"}".formatted(RegistryFixture.ADMIN_KEY))
                        .body()
                        .path("scope")
                        .asString())
                .isEqualTo("admin");
        assertThat(registry.post("/internal/keys/verify", "{\"key\":\"%s\"}".formatted(RegistryFixture.NODE_KEY))
                        .body()
                        .path("name")
                        .asString())
                .isEqualTo("*");
        assertProblem(registry.post("/keys", "{\"name\":\"x\",\"scope\":\"god\"}"), 400, "REQUEST_INVALID");
    }

    @Test
    void takesAStackOfManyBlocks() throws Exception {
        register("many");
        Random random = new Random(1);
        List<StackManifest.Matrix> matrices = new ArrayList<>();
        List<StackManifest.Block> first = new ArrayList<>();
        List<StackManifest.Block> rest = new ArrayList<>();
        StackManifest.Matrix like = MANIFEST.matrices().getFirst();
        int levels = 8;
        List<Descriptor> stored = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            byte[] content = new byte[16];
            random.nextBytes(content);
            stored.add(blobs.put(ByteBuffer.wrap(content)));
        }
        for (int m = 0; m < 2_500; m++) {
            matrices.add(new StackManifest.Matrix(
                    "matrix." + m,
                    like.rows(),
                    like.columns(),
                    like.input(),
                    1,
                    levels,
                    like.digest(),
                    like.sizeBytes()));
            for (int level = 1; level <= levels; level++) {
                Descriptor blob = stored.get((m + level) % stored.size());
                (level == 1 ? first : rest)
                        .add(new StackManifest.Block(m, level, blob.digest(), blob.sizeBytes(), level == 1 ? 0 : 1));
            }
        }
        rest.sort(Comparator.comparingInt(StackManifest.Block::level));
        first.addAll(rest);
        long weights =
                matrices.stream().mapToLong(StackManifest.Matrix::weights).sum();
        StackManifest.Model model = MANIFEST.model();
        StackManifest many = new StackManifest(
                MANIFEST.format(),
                new StackManifest.Model(
                        model.architecture(),
                        weights,
                        model.layers(),
                        model.hiddenSize(),
                        model.intermediateSize(),
                        model.attentionHeads(),
                        model.keyValueHeads(),
                        model.headSize(),
                        model.vocabularySize(),
                        model.contextTokens()),
                MANIFEST.codec(),
                MANIFEST.files(),
                MANIFEST.tensors(),
                MANIFEST.inputs(),
                matrices,
                first,
                matrices.size(),
                List.of(),
                null,
                MANIFEST.lineage());
        Answer published = publish("many", many);
        assertThat(published.status()).as(published.body().toString()).isEqualTo(201);
        assertThat(registry.query("select count(*) from registry.residual_blocks b join registry.stacks s"
                        + " on s.id = b.stack_id where s.digest = '" + ManifestJson.digest(many) + "'"))
                .isEqualTo("20000");
    }
}
