package io.bitstack.compression;

import static org.assertj.core.api.Assertions.assertThat;

import io.bitstack.core.gguf.GgufFile;
import io.bitstack.core.gguf.GgufTensor;
import io.bitstack.core.stack.Digest;
import io.bitstack.core.stack.ManifestJson;
import io.bitstack.core.stack.StackManifest;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashSet;
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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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
        assertThat(service.log(job))
                .anyMatch(line -> line.startsWith("ordering") && line.contains("(16 matrices reused)"));
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

    /** What a tensor of full precision is made of instead. */
    private enum Oddity {
        ZEROS,
        CONSTANT_ROWS,
        EQUAL_ROWS;

        void spoil(byte[] content, GgufTensor tensor) {
            int start = Math.toIntExact(tensor.offsetBytes());
            int rows = tensor.shape().getFirst();
            int rowBytes = Math.toIntExact(tensor.sizeBytes() / rows);
            for (int at = 0; at < rows * rowBytes; at++) {
                int from = this == EQUAL_ROWS ? at % rowBytes : at / rowBytes * rowBytes + at % Float.BYTES;
                content[start + at] = this == ZEROS ? 0 : content[start + from];
            }
        }
    }

    /** Nothing to tell apart in a matrix, in what is looked up, or in what is said at the end. */
    @ParameterizedTest
    @CsvSource({
        "blk.0.attn_q.weight,ZEROS",
        "blk.0.ffn_up.weight,CONSTANT_ROWS",
        "blk.1.ffn_gate.weight,EQUAL_ROWS",
        "output.weight,ZEROS",
        "token_embd.weight,ZEROS"
    })
    void aModelWithAnOddTensorBecomesAStackOfFiniteNumbers(String tensor, Oddity oddity) throws Exception {
        byte[] content = Files.readAllBytes(base);
        try (GgufFile file = GgufFile.open(base)) {
            oddity.spoil(content, Objects.requireNonNull(file.tensors().get(tensor), tensor));
        }
        service.compressed(Files.write(directory.resolve(oddity + tensor + ".gguf"), content));
        StackManifest manifest = service.manifests.getLast();
        assertThat(ManifestJson.read(ManifestJson.write(manifest))).isEqualTo(manifest);
        assertThat(manifest.blocks()).allMatch(block -> Double.isFinite(block.gain()));
        assertThat(manifest.curve())
                .allMatch(point -> Double.isFinite(point.perplexity()) && Double.isFinite(point.klDivergence()));
    }

    @Test
    void aTextOfTooFewTokensEndsTheJobBeforeAnyWeightIsRead() throws Exception {
        HttpResponse<String> created = service.post("/api/v1/jobs", """
                {"model":"demo","source":{"path":"%s"},"calibrationText":"A short text."}""".formatted(base));
        assertThat(created.statusCode()).as(created.body()).isEqualTo(202);
        JsonNode job = service.finished(service.parse(created.body()).path("id").asString());
        assertThat(job.path("state").asString()).isEqualTo("failed");
        assertThat(job.path("error").path("code").asString()).isEqualTo("TEXT_INVALID");
        assertThat(job.path("error").path("detail").asString())
                .startsWith("the calibration text has ")
                .contains("a window of 256");
        assertThat(job.path("matricesTotal").asInt()).as("tensors looked at").isZero();
        assertThat(service.log(job.path("id").asString())).noneMatch(line -> line.startsWith("calibrating"));
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
        assertThat(service.log(job))
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

    /** The matrices that the job's log says were reused. */
    private static Set<String> reused(String job) throws Exception {
        return service.log(job).stream()
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
