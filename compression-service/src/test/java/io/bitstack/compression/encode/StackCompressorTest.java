package io.bitstack.compression.encode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.bitstack.compression.linalg.Nd4jLinearAlgebra;
import io.bitstack.compression.source.BuiltInText;
import io.bitstack.core.codec.PlainLinearAlgebra;
import io.bitstack.core.model.ModelError;
import io.bitstack.core.model.ModelException;
import io.bitstack.core.model.ModelSource;
import io.bitstack.core.stack.Digest;
import io.bitstack.core.stack.FileBlobStore;
import io.bitstack.core.stack.ManifestJson;
import io.bitstack.core.stack.StackManifest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StackCompressorTest {
    private static final Path REPOSITORY = Path.of(System.getProperty("bitstack.repository", ".."));
    private static final Map<String, String> FEW_WINDOWS =
            Map.of("calibrationWindows", "8", "orderWindows", "1", "evaluationWindows", "3");

    @TempDir
    Path directory;

    private final StackCompressor compressor = new StackCompressor(new PlainLinearAlgebra(), 2);

    private static CompressionRequest request(String codec, Map<String, String> parameters, OrderMode order)
            throws IOException {
        return new CompressionRequest(
                REPOSITORY.resolve("demo/model"),
                codec,
                parameters,
                Files.readString(REPOSITORY.resolve("demo/text/calibration.txt")),
                Files.readString(REPOSITORY.resolve("demo/text/heldout.txt")),
                256,
                order);
    }

    @Test
    void theDemoModelBecomesAStackWhosePrefixesImprove() throws IOException {
        FileBlobStore store = new FileBlobStore(directory);
        StackManifest manifest =
                compressor.compress(request("nested", FEW_WINDOWS, OrderMode.KL), store, Progress.none(), () -> false);

        assertThat(ManifestJson.read(ManifestJson.write(manifest))).isEqualTo(manifest);
        for (StackManifest.Block block : manifest.blocks()) {
            assertThat(store.sizeBytes(block.digest())).hasValue(block.sizeBytes());
        }
        List<StackManifest.CurvePoint> curve = manifest.curve();
        assertThat(curve).hasSizeGreaterThan(8);
        assertThat(curve.getFirst().blocks()).isEqualTo(manifest.minimalBlocks());
        for (int p = 1; p < curve.size(); p++) {
            assertThat(curve.get(p).klDivergence())
                    .isLessThan(1.01 * curve.get(p - 1).klDivergence());
        }
        Map<String, String> parameters = new TreeMap<>(new CodecParameters("nested", FEW_WINDOWS).values());
        parameters.put("calibrationTokens", "2048");
        parameters.put("calibrationText", "given");
        parameters.put("evaluationText", "given");
        parameters.put("contextTokens", "256");
        parameters.put("order", "kl");
        assertThat(manifest.lineage().parameters())
                .as("every parameter, given or not")
                .isEqualTo(parameters)
                .containsEntry("calibrationSeed", "1")
                .containsEntry("damping", "4.0");
        double full = Objects.requireNonNull(manifest.full()).perplexity();
        StackManifest.CurvePoint whole = curve.getLast();
        assertThat(whole.blocks()).isEqualTo(manifest.blocks().size());
        assertThat(whole.perplexity()).isCloseTo(full, within(0.01 * full));
        assertThat(whole.klDivergence()).isLessThan(0.005);
    }

    /** By the linear algebra that jobs use. The curve is left out: it is measured, not encoded, and takes long. */
    @Test
    void theSameInputsGiveTheSameStackOnAnyNumberOfThreads() throws IOException {
        Map<String, String> parameters = Map.of(
                "calibrationWindows",
                "4",
                "levels",
                "4",
                "orderPoints",
                "1",
                "orderWindows",
                "1",
                "evaluationWindows",
                "1");
        List<Digest> digests = new ArrayList<>();
        for (int threads : new int[] {1, 2, 3}) {
            StackManifest manifest = new StackCompressor(new Nd4jLinearAlgebra(), threads)
                    .compress(
                            request("nested", parameters, OrderMode.KL),
                            new FileBlobStore(directory),
                            Progress.none(),
                            () -> false);
            digests.add(ManifestJson.digest(manifest));
        }
        assertThat(digests).hasSize(3).containsOnly(digests.getFirst());
    }

    private static CompressionRequest short64(@Nullable String calibration, @Nullable String evaluation) {
        return new CompressionRequest(
                REPOSITORY.resolve("demo/model"),
                "nested",
                Map.of("calibrationWindows", "1", "levels", "3", "evaluationWindows", "1"),
                calibration,
                evaluation,
                64,
                OrderMode.INDEX);
    }

    @Test
    void withoutATextOfItsOwnTheCurveIsMeasuredOnTheBuiltInOneAndNeverOnTheCalibrationText() throws IOException {
        Path model = directory.resolve("tiny.gguf");
        try (InputStream content =
                Objects.requireNonNull(StackCompressorTest.class.getResourceAsStream("/gguf/llama.gguf"))) {
            Files.copy(content, model);
        }
        StackManifest manifest = compressTiny(model, null);
        assertThat(compressTiny(model, BuiltInText.heldOut())).isEqualTo(manifest);
        StackManifest.Lineage lineage = manifest.lineage();
        assertThat(lineage.evaluation())
                .isEqualTo(Digest.of(BuiltInText.heldOut().getBytes(StandardCharsets.UTF_8)));
        assertThat(lineage.evaluation()).isNotEqualTo(lineage.calibration());
        assertThat(lineage.parameters())
                .containsEntry("calibrationText", "built-in")
                .containsEntry("evaluationText", "built-in")
                .containsEntry("modelRevision", "hub:us/tiny@0123");
        assertThat(Objects.requireNonNull(manifest.full()).tokens()).isEqualTo(63);
    }

    private StackManifest compressTiny(Path model, @Nullable String evaluation) throws IOException {
        return compressor.compress(
                new CompressionRequest(
                        ModelSource.at(model),
                        "nested",
                        Map.of("calibrationWindows", "1", "levels", "3", "evaluationWindows", "1"),
                        BuiltInText.calibration(),
                        evaluation,
                        64,
                        OrderMode.INDEX,
                        Map.of("modelRevision", "hub:us/tiny@0123")),
                new FileBlobStore(directory.resolve("blobs")),
                Progress.none(),
                () -> false);
    }

    @Test
    void theBuiltInTextsShareNoLine() {
        assertThat(BuiltInText.heldOut().lines().filter(line -> line.length() > 20))
                .hasSizeGreaterThan(50)
                .doesNotContainAnyElementsOf(BuiltInText.calibration().lines().toList());
    }

    @Test
    void oneTextForBothIsRefusedBeforeAnythingIsDone() throws IOException {
        String text = Files.readString(REPOSITORY.resolve("demo/text/calibration.txt"));
        for (CompressionRequest request :
                List.of(short64(text, text), short64(BuiltInText.heldOut(), null), short64(null, "short"))) {
            assertThatThrownBy(() -> compressor.check(request))
                    .isInstanceOfSatisfying(
                            ModelException.class, e -> assertThat(e.code()).isEqualTo(ModelError.BAD_EVALUATION_TEXT));
        }
        List<Step> steps = new ArrayList<>();
        Progress progress = new Progress() {
            @Override
            public void step(Step step) {
                steps.add(step);
            }

            @Override
            public void matrices(int done, int total, String current, double error) {}

            @Override
            public void bytes(long written) {}
        };
        assertThatThrownBy(() ->
                        compressor.compress(short64(text, text), new FileBlobStore(directory), progress, () -> false))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("the evaluation text is the calibration text");
        assertThat(steps).isEmpty();
        compressor.check(short64(text, null));
        compressor.check(short64(null, text));
    }

    @Test
    void aTextThatFillsNoWindowIsNamedWithWhatItHas() throws IOException {
        assertThatThrownBy(() -> compressor.check(short64("", null)))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("the calibration text has 0 tokens");
        assertThatThrownBy(() -> compressor.check(short64(BuiltInText.calibration(), "Too short.")))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("the evaluation text has");
        // Long in characters alone, of which the first look takes only some.
        compressor.check(short64(" ".repeat(64 * 20) + BuiltInText.calibration(), null));
    }

    @Test
    void aCancelledCompressionStops() {
        assertThatThrownBy(() -> compressor.compress(
                        request("nested", FEW_WINDOWS, OrderMode.PROXY),
                        new FileBlobStore(directory),
                        Progress.none(),
                        () -> true))
                .isInstanceOf(CancellationException.class);
    }

    @Test
    void badParametersAreNamed() {
        assertThatThrownBy(() -> compressor.compress(
                        request("nested", Map.of("stat", "3"), OrderMode.KL),
                        new FileBlobStore(directory),
                        Progress.none(),
                        () -> false))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("stat");
        assertThatThrownBy(() -> compressor.compress(
                        request("zip", Map.of(), OrderMode.KL),
                        new FileBlobStore(directory),
                        Progress.none(),
                        () -> false))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("nested and iabd");
    }
}
