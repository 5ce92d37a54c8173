package io.bitstack.bench;

import io.bitstack.compression.encode.CompressionRequest;
import io.bitstack.compression.encode.OrderMode;
import io.bitstack.compression.encode.Progress;
import io.bitstack.compression.encode.StackCompressor;
import io.bitstack.compression.encode.StoredBlobs;
import io.bitstack.compression.linalg.Nd4jLinearAlgebra;
import io.bitstack.core.codec.Codecs;
import io.bitstack.core.kernel.FixedRowPool;
import io.bitstack.core.model.EvaluationText;
import io.bitstack.core.model.ModelConfig;
import io.bitstack.core.model.ModelWeights;
import io.bitstack.core.model.StackWeights;
import io.bitstack.core.safetensors.Checkpoint;
import io.bitstack.core.stack.ManifestJson;
import io.bitstack.core.stack.StackManifest;
import io.bitstack.core.stack.StackPlanner;
import io.bitstack.core.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Compresses one model by {@code nested} with several sets of parameters and prints a line of one table for each number of planes
 * that all matrices have alike, embeddings in one part, in bytes of the whole model.
 */
final class SameLevel implements AutoCloseable {
    private static final int THREADS = Runtime.getRuntime().availableProcessors();

    private final Path directory;
    private final String calibration;
    private final int context;
    private final Checkpoint checkpoint;
    private final FixedRowPool pool = new FixedRowPool(THREADS);
    private final StackCompressor compressor = new StackCompressor(new Nd4jLinearAlgebra(), THREADS);
    private final QualityTable table;

    /**
     * Measures the full model.
     *
     * @param windows of the evaluation text
     * @param context tokens of a window
     */
    SameLevel(Path directory, Path calibration, Path text, int windows, int context) throws IOException {
        this.directory = directory;
        this.calibration = Files.readString(calibration, StandardCharsets.UTF_8);
        this.context = context;
        this.checkpoint = Checkpoint.open(directory);
        ModelConfig config = ModelConfig.read(directory);
        Tokenizer tokenizer = Tokenizer.read(directory);
        this.table = new QualityTable(
                config,
                EvaluationText.spread(
                        tokenizer.encode(Files.readString(text, StandardCharsets.UTF_8), false),
                        context,
                        windows,
                        tokenizer::sizeBytes),
                ModelWeights.denseDecoded(config, checkpoint),
                checkpoint.sizeBytes(),
                pool);
    }

    /** @param parameters of the codec, those of the planes and of the embeddings' parts excepted */
    void measure(String name, Map<String, String> parameters, int leastPlanes, int mostPlanes) throws IOException {
        Map<String, String> all = new LinkedHashMap<>(parameters);
        all.put("levels", Integer.toString(mostPlanes));
        all.put("embeddingPartRows", "0");
        all.put("evaluationWindows", "1"); // the manifest's own curve is not what is printed
        try (TemporaryStore temporary = TemporaryStore.create()) {
            StackManifest manifest = compressor.compress(
                    new CompressionRequest(directory, "nested", all, calibration, null, context, OrderMode.INDEX),
                    temporary.store(),
                    Progress.none(),
                    () -> false);
            StackWeights stack =
                    StackWeights.open(manifest, Codecs.byName("nested"), new StoredBlobs(temporary.store()));
            StackPlanner planner = new StackPlanner(manifest);
            long manifestBytes = ManifestJson.write(manifest).length;
            int start = manifest.matrices().getFirst().startLevel();
            for (int planes = Math.max(leastPlanes, start); planes <= mostPlanes; planes++) {
                // by index a whole number of rounds has all matrices at one level
                int blocks = manifest.minimalBlocks() * (planes - start + 1);
                table.measure(
                        "%d planes, %s".formatted(planes, name),
                        planner.storedBytes(blocks) + manifestBytes,
                        stack.forManyTokens(blocks));
            }
        }
    }

    @Override
    public void close() {
        pool.close();
        checkpoint.close();
    }
}
