package io.bitstack.registry;

import static io.bitstack.registry.Problem.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;

import io.bitstack.core.stack.Descriptor;
import io.bitstack.core.stack.Digest;
import io.bitstack.core.stack.ManifestJson;
import io.bitstack.core.stack.StackManifest;
import io.bitstack.core.stack.StackPlanner;
import io.bitstack.registry.RegistryFixture.Answer;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** A model is registered once; a stack is published whole or not at all. */
class PublishingTest {
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
    void registersAModelOnce() throws Exception {
        Answer made = http.post("/models", "{\"name\":\"once\",\"description\":\"a model\"}");
        assertThat(made.status()).isEqualTo(201);
        assertThat(made.response().headers().firstValue("Location")).contains("/api/v1/models/once");
        assertProblem(http.post("/models", "{\"name\":\"once\"}"), 409, "MODEL_EXISTS");
        assertThat(http.get("/models/once").body().path("description").asString())
                .isEqualTo("a model");
        assertThat(http.query("select count(*) from registry.models where name = 'once'"))
                .isEqualTo("1");
        assertThat(
                        http.query(
                                "select principal from registry.audit_events where action = 'model.register' and subject = 'once'"))
                .isEqualTo("tester;admin");
    }

    @Test
    void publishesAStackWhole() throws Exception {
        registry.register("whole");
        Answer version = registry.publish("whole", manifest);
        assertThat(version.status()).as(version.body().toString()).isEqualTo(201);
        assertThat(version.body().path("version").asInt()).isEqualTo(1);
        assertThat(version.body().path("stackDigest").asString())
                .isEqualTo(registry.stacks.digest().toString());
        assertThat(version.body().path("blocks").asInt())
                .isEqualTo(manifest.blocks().size());
        assertThat(version.body().path("sizeBytes").asLong())
                .isEqualTo(
                        new StackPlanner(manifest).storedBytes(manifest.blocks().size()));

        Answer again = registry.publish("whole", manifest);
        assertThat(again.status()).isEqualTo(200);
        assertThat(again.body().path("version").asInt()).isEqualTo(1);
        assertThat(registry.publish("whole", registry.stacks.withTool("another"))
                        .body()
                        .path("version")
                        .asInt())
                .isEqualTo(2);

        assertThat(http.get("/stacks/" + registry.stacks.digest() + "/manifest").bytes())
                .isEqualTo(ManifestJson.write(manifest));
        JsonNode blocks = http.get("/stacks/" + registry.stacks.digest() + "/blocks?from=3&limit=2")
                .body();
        assertThat(blocks.path("next").asString()).isEqualTo("5");
        assertThat(blocks.path("items").get(1).path("digest").asString())
                .isEqualTo(manifest.blocks().get(4).digest().toString());
        JsonNode listed = http.get("/models/whole/versions?limit=1").body();
        assertThat(listed.path("items").size()).isEqualTo(1);
        assertThat(listed.path("next").asString()).isEqualTo("1");
        assertThat(http.get("/models/whole")
                        .body()
                        .path("newest")
                        .path("version")
                        .asInt())
                .isEqualTo(2);
        assertThat(http.get("/models/whole/versions/1")
                        .body()
                        .path("lineage")
                        .path("tool")
                        .asString())
                .isEqualTo("test");
    }

    @Test
    void leavesNothingOfAStackThatIsRefused() throws Exception {
        registry.register("refused");
        int stacks = http.count("stacks");
        int rows = http.count("residual_blocks");
        List<StackManifest.Block> blocks = new ArrayList<>(manifest.blocks());
        StackManifest.Block last = blocks.removeLast();
        blocks.add(new StackManifest.Block(
                last.matrix(), last.level(), Digest.of(new byte[] {1}), last.sizeBytes(), last.gain()));
        Answer missing = registry.publish("refused", registry.stacks.withBlocks(blocks));
        assertProblem(missing, 422, "BLOB_MISSING");
        assertThat(missing.body().path("detail").asString())
                .contains(Digest.of(new byte[] {1}).toString());
        String pretty = new String(ManifestJson.write(manifest), StandardCharsets.UTF_8).replaceFirst("\\{", "{ ");
        assertProblem(http.post("/models/refused/versions", pretty), 422, "MANIFEST_INVALID");
        assertProblem(http.post("/models/refused/versions", "{}"), 422, "MANIFEST_INVALID");
        assertProblem(registry.publish("nobody", manifest), 404, "MODEL_NOT_FOUND");
        assertThat(http.count("stacks")).isEqualTo(stacks);
        assertThat(http.count("residual_blocks")).isEqualTo(rows);
    }

    @Test
    void takesAStackOfManyBlocks() throws Exception {
        registry.register("many");
        Random random = new Random(1);
        List<StackManifest.Matrix> matrices = new ArrayList<>();
        List<StackManifest.Block> first = new ArrayList<>();
        List<StackManifest.Block> rest = new ArrayList<>();
        StackManifest.Matrix like = manifest.matrices().getFirst();
        int levels = 8;
        List<Descriptor> stored = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            byte[] content = new byte[16];
            random.nextBytes(content);
            stored.add(registry.stacks.blobs().put(ByteBuffer.wrap(content)));
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
        StackManifest.Model model = manifest.model();
        StackManifest many = new StackManifest(
                manifest.format(),
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
                manifest.codec(),
                manifest.files(),
                manifest.tensors(),
                manifest.inputs(),
                matrices,
                first,
                matrices.size(),
                List.of(),
                null,
                manifest.lineage());
        Answer published = registry.publish("many", many);
        assertThat(published.status()).as(published.body().toString()).isEqualTo(201);
        assertThat(http.query("select count(*) from registry.residual_blocks b join registry.stacks s"
                        + " on s.id = b.stack_id where s.digest = '" + ManifestJson.digest(many) + "'"))
                .isEqualTo("20000");
    }
}
