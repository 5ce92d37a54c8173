package io.bitstack.compression.encode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.bitstack.compression.linalg.Nd4jLinearAlgebra;
import io.bitstack.core.codec.PlainLinearAlgebra;
import io.bitstack.core.stack.Digest;
import io.bitstack.core.stack.FileBlobStore;
import io.bitstack.core.stack.ManifestJson;
import io.bitstack.core.stack.StackManifest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CancellationException;
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
        assertThat(manifest.lineage().parameters())
                .containsEntry("calibrationTokens", "2048")
                .containsEntry("calibrationSeed", "1");
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
