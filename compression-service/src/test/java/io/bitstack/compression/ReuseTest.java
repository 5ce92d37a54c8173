package io.bitstack.compression;

import static org.assertj.core.api.Assertions.assertThat;

import io.bitstack.core.gguf.GgufFile;
import io.bitstack.core.gguf.GgufTensor;
import io.bitstack.core.stack.Digest;
import io.bitstack.core.stack.StackManifest;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * Whole jobs over versions of a model that differ in one tensor. A matrix is reused if all it depends on is what it was: its weights, what calibration saw of
 * its input, the columns of all matrices that share the input, codec and parameters. So what a change of weights leaves alone is exactly what comes before
 * it; whatever reads what it computed sees other activations.
 */
class ReuseTest {
    private static final String LAYER_0 = "model.layers.0.";
    private static final String LAYER_1 = "model.layers.1.";

    @TempDir
    static Path directory;

    private static ServiceFixture service;
    private static Path base;
    private static StackManifest first;

    @BeforeAll
    static void compressTheFirstVersion() throws Exception {
        base = directory.resolve("base.gguf");
        try (InputStream content = Objects.requireNonNull(ReuseTest.class.getResourceAsStream("/gguf/llama.gguf"))) {
            Files.copy(content, base);
        }
        service = ServiceFixture.compressing(directory, null);
        String job = compress(base);
        first = service.manifests.getLast();
        assertThat(reused(job)).as("nothing was there before").isEmpty();
        assertThat(first.matrices()).hasSize(16);
    }

    @AfterAll
    static void stop() throws IOException {
        service.close();
    }

    @Test
    void theSameModelAgainIsTheSameStackAndNothingIsEncoded() throws Exception {
        int blobs = service.blobs.blobs.size();
        String job = compress(Files.copy(base, directory.resolve("again.gguf"), StandardCopyOption.REPLACE_EXISTING));
        assertThat(service.manifests.getLast()).isEqualTo(first);
        assertThat(reused(job)).hasSize(16);
        assertThat(log(job)).anyMatch(line -> line.startsWith("ordering") && line.contains("(16 matrices reused)"));
        assertThat(service.blobs.blobs).hasSize(blobs);
    }

    @Test
    void aChangeInTheLastMatrixOfTheLastLayerLeavesAllOthersOfTheLayers() throws Exception {
        String job = compress(changed("blk.1.ffn_down.weight"));
        Set<String> anew = Set.of(LAYER_1 + "mlp.down_proj.weight", "lm_head.weight");
        assertEncodedAnew(job, anew);
        // The down projection is encoded anew for its own weights; the head, since it sees other activations.
        assertThat(input(service.manifests.getLast(), LAYER_0 + "mlp.down_proj.weight"))
                .isEqualTo(input(first, LAYER_0 + "mlp.down_proj.weight"));
        assertThat(input(service.manifests.getLast(), "lm_head.weight")).isNotEqualTo(input(first, "lm_head.weight"));
    }

    @Test
    void aChangeInTheFirstLayerForcesAllThatReadsWhatItComputes() throws Exception {
        String job = compress(changed("blk.0.attn_output.weight"));
        Set<String> anew = new TreeSet<>(blobs(first).keySet());
        anew.removeAll(Set.of(
                "model.embed_tokens.weight",
                LAYER_0 + "self_attn.q_proj.weight",
                LAYER_0 + "self_attn.k_proj.weight",
                LAYER_0 + "self_attn.v_proj.weight"));
        assertEncodedAnew(job, anew);
    }

    private static void assertEncodedAnew(String job, Set<String> anew) throws Exception {
        Map<String, Set<Digest>> before = blobs(first);
        Map<String, Set<Digest>> after = blobs(service.manifests.getLast());
        assertThat(after.keySet()).isEqualTo(before.keySet());
        Set<String> others = new TreeSet<>(before.keySet());
        others.removeAll(anew);
        assertThat(reused(job)).isEqualTo(others);
        for (String matrix : before.keySet()) {
            if (anew.contains(matrix)) {
                assertThat(after.get(matrix)).as(matrix).isNotEqualTo(before.get(matrix));
            } else {
                assertThat(after.get(matrix)).as(matrix).isEqualTo(before.get(matrix));
            }
        }
        assertThat(log(job))
                .anyMatch(line ->
                        line.startsWith("ordering") && line.contains("(%d matrices reused)".formatted(others.size())));
    }

    /** The base model with the two halves of one tensor exchanged. */
    private static Path changed(String tensor) throws IOException {
        byte[] content = Files.readAllBytes(base);
        try (GgufFile file = GgufFile.open(base)) {
            GgufTensor found = Objects.requireNonNull(file.tensors().get(tensor), tensor);
            int start = Math.toIntExact(found.offsetBytes());
            int half = Math.toIntExact(found.sizeBytes() / 2);
            byte[] lower = java.util.Arrays.copyOfRange(content, start, start + half);
            System.arraycopy(content, start + half, content, start, half);
            System.arraycopy(lower, 0, content, start + half, half);
        }
        return Files.write(directory.resolve(tensor + ".gguf"), content);
    }

    private static String compress(Path model) throws Exception {
        HttpResponse<String> created =
                service.post("/api/v1/jobs", """
                {"model":"demo","source":{"path":"%s"},"order":"proxy","contextTokens":64,
                 "calibrationText":"%s",
                 "parameters":{"levels":"4","calibrationWindows":"4","orderWindows":"1","evaluationWindows":"1"}}""".formatted(model, "The hat on the tent is an ant's. ".repeat(100)));
        assertThat(created.statusCode()).as(created.body()).isEqualTo(202);
        String id = service.parse(created.body()).path("id").asString();
        JsonNode job = service.finished(id);
        assertThat(job.path("state").asString()).as(job.toString()).isEqualTo("done");
        return id;
    }

    private static List<String> log(String job) throws Exception {
        JsonNode lines = service.parse(
                service.get("/api/v1/jobs/" + job + "/log?limit=500").body());
        return lines.path("items")
                .valueStream()
                .map(line -> line.path("message").asString())
                .toList();
    }

    /** The matrices that the job's log says were reused. */
    private static Set<String> reused(String job) throws Exception {
        return log(job).stream()
                .filter(line -> line.endsWith(" is reused as it was encoded before"))
                .map(line -> line.split(" ")[1])
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** The digests of each matrix's header and blocks. */
    private static Map<String, Set<Digest>> blobs(StackManifest manifest) {
        Map<String, Set<Digest>> blobs = new TreeMap<>();
        for (int m = 0; m < manifest.matrices().size(); m++) {
            int matrix = m;
            Set<Digest> digests = new HashSet<>();
            digests.add(manifest.matrices().get(m).digest());
            manifest.blocks().stream()
                    .filter(block -> block.matrix() == matrix)
                    .forEach(block -> digests.add(block.digest()));
            blobs.put(manifest.matrices().get(m).name(), digests);
        }
        return blobs;
    }

    private static Digest input(StackManifest manifest, String matrix) {
        int input = manifest.matrices().stream()
                .filter(entry -> entry.name().equals(matrix))
                .findFirst()
                .orElseThrow()
                .input();
        return manifest.inputs().get(input).digest();
    }
}
