package io.bitstack.compression.encode;

import io.bitstack.core.codec.InputStatistics;
import io.bitstack.core.codec.LinearAlgebra;
import io.bitstack.core.kernel.FixedRowPool;
import io.bitstack.core.model.MatrixSpec;
import io.bitstack.core.model.ModelConfig;
import io.bitstack.core.model.ModelWeights;
import io.bitstack.core.model.Transformer;
import io.bitstack.core.safetensors.Checkpoint;
import io.bitstack.core.stack.BlobStore;
import io.bitstack.core.stack.Digest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Does of a compression what tells how long the whole would take: the first decoder layers, calibrated and encoded, and all matrices that are in no layer. */
public final class Rehearsal {
    /**
     * What one part took.
     *
     * @param weights of the matrices that were encoded
     */
    public record Part(String name, long weights, double calibrationSeconds, double encodingSeconds) {}

    private final ModelConfig config;
    private final Checkpoint checkpoint;
    private final LinearAlgebra algebra;
    private final CodecParameters parameters;
    private final BlobStore store;
    private final int threads;
    private final LocalTaskBoard board = new LocalTaskBoard();
    private final Cores cores;
    private int posted;

    /** @param parameters of the codec {@code nested} */
    public Rehearsal(
            ModelConfig config,
            Checkpoint checkpoint,
            LinearAlgebra algebra,
            Map<String, String> parameters,
            BlobStore store,
            int threads) {
        this.config = config;
        this.checkpoint = checkpoint;
        this.algebra = algebra;
        this.parameters = new CodecParameters(CompressionRequest.DEFAULT_CODEC, parameters);
        this.store = store;
        this.threads = threads;
        this.cores = new Cores(threads);
    }

    /**
     * Does it.
     *
     * @param windows of calibration tokens, all of the same length
     * @param layers how many; memory and compiled code are had from the second one on
     * @param layersAlone without the matrices that are in no layer
     */
    public List<Part> run(List<int[]> windows, int layers, boolean layersAlone) throws IOException {
        List<Part> parts = new ArrayList<>();
        try (FixedRowPool pool = new FixedRowPool(threads)) {
            MatrixTasks tasks = new MatrixTasks(
                    config,
                    checkpoint,
                    new PartEncoder(
                            parameters.encoder(algebra, cores), parameters.values(), PartMemory.none(), store, cores),
                    parameters,
                    store,
                    cores);
            ModelWeights dense = ModelWeights.dense(config, checkpoint);
            long start = System.nanoTime();
            Calibration calibration = new Calibration(
                    config, Transformer.ofTexts(config, pool), dense, windows, pool, store, () -> false);
            LayerReader reader = new LayerReader(config, checkpoint, dense, pool);
            for (int layer = 0; layer < layers; layer++) {
                Map<String, InputStatistics> seen = calibration.layer(reader.with(layer), layer);
                double calibrated = seconds(start);
                start = System.nanoTime();
                long weights = encode(tasks, seen, config.matricesOfLayer(layer));
                parts.add(new Part("decoder layer " + layer, weights, calibrated, seconds(start)));
                tasks.release(true);
                start = System.nanoTime();
            }
            if (layersAlone) {
                return parts;
            }

            Map<String, InputStatistics> last = new TreeMap<>(calibration.head(dense));
            double calibrated = seconds(start);
            for (MatrixSpec matrix : afterLayers()) {
                start = System.nanoTime();
                InputStatistics found = last.remove(matrix.input());
                Map<String, InputStatistics> seen = new TreeMap<>();
                seen.put(matrix.input(), found == null ? InputStatistics.white(matrix.columns()) : found);
                long weights = encode(tasks, seen, List.of(matrix));
                parts.add(new Part(matrix.name(), weights, found == null ? 0 : calibrated, seconds(start)));
                tasks.release(true);
            }
        }
        return parts;
    }

    /** Of all matrices encoded so far, their blobs' digests and their errors: the same wherever the same was made. */
    public Digest digest() {
        Map<Integer, String> results = new TreeMap<>(board.results(TaskKind.ENCODE, Set.of()));
        return Digest.of(results.toString().getBytes(StandardCharsets.UTF_8));
    }

    private List<MatrixSpec> afterLayers() {
        List<MatrixSpec> after = new ArrayList<>(config.matrices());
        for (int layer = 0; layer < config.layers(); layer++) {
            after.removeAll(config.matricesOfLayer(layer));
        }
        return after;
    }

    private static double seconds(long startNanos) {
        return (System.nanoTime() - startNanos) / 1e9;
    }

    /** Encodes some matrices as a job does; the number of their weights. */
    private long encode(MatrixTasks tasks, Map<String, InputStatistics> statistics, List<MatrixSpec> matrices)
            throws IOException {
        tasks.hold(statistics);
        Map<String, String> content = new TreeMap<>();
        for (Map.Entry<String, InputStatistics> input : statistics.entrySet()) {
            content.put(
                    input.getKey(),
                    tasks.isHeld(input.getKey(), input.getValue()) ? "" : StatisticsMean.put(input.getValue(), store));
        }
        statistics.clear();
        List<TaskBoard.Task> open = new ArrayList<>();
        long weights = 0;
        for (int m = 0; m < tasks.sources().size(); m++) {
            SourceMatrix source = tasks.sources().get(m);
            if (matrices.contains(source.tensor())) {
                String input = source.tensor().input();
                open.add(new TaskBoard.Task(
                        TaskKind.ENCODE,
                        m,
                        -source.columns(),
                        input,
                        MatrixTasks.weights(source),
                        content.getOrDefault(input, "")));
                weights += source.weights();
            }
        }
        board.post(TaskKind.ENCODE, "rehearsal", open);
        posted += open.size();
        new Crew(board, MatrixTasks.weightsAtOnce(config), 1, cores, () -> false)
                .work(
                        threads,
                        List.of(TaskKind.ENCODE),
                        tasks::atHand,
                        tasks::run,
                        () -> board.results(TaskKind.ENCODE, Set.of()).size() == posted);
        return weights;
    }
}
