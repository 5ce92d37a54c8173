package io.bitstack.compression.encode;

import io.bitstack.core.codec.InputStatistics;
import io.bitstack.core.codec.InputWeights;
import io.bitstack.core.model.MatrixSpec;
import io.bitstack.core.model.ModelConfig;
import io.bitstack.core.safetensors.Checkpoint;
import io.bitstack.core.stack.BlobStore;
import io.bitstack.core.tensor.FloatMatrix;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Does tasks of the kind {@link TaskKind#ENCODE}, in the process that leads the compression and in those that help. Safe for several threads. */
final class MatrixTasks {
    private static final int READ_AT_ONCE_WEIGHTS = 1 << 20;
    /** Statistics of more moments than this go through the store, so that no more than one of them is in memory. */
    private static final long MOST_HELD_MOMENTS = 1L << 22;
    /** What a worker may take: see {@link #weightsAtOnce}. */
    private static final long LEAST_BYTES = 1L << 30;

    private static final long BYTES_PER_WEIGHT = 12;
    private static final long MOST_BYTES = 13L << 28;
    /** Of a weight that is being encoded: twice itself, its code, its planes; of a moment: itself and its factor. */
    private static final long WORKING_BYTES = 10;

    private final ModelConfig config;
    private final Checkpoint checkpoint;
    private final PartEncoder encoder;
    private final CodecParameters parameters;
    private final BlobStore store;
    private final List<SourceMatrix> sources;
    private final PreparedInputs inputs = new PreparedInputs();
    /** Statistics that are in no store. */
    private final Map<String, InputStatistics> held = new ConcurrentHashMap<>();

    MatrixTasks(
            ModelConfig config,
            Checkpoint checkpoint,
            PartEncoder encoder,
            CodecParameters parameters,
            BlobStore store) {
        this.config = config;
        this.checkpoint = checkpoint;
        this.encoder = encoder;
        this.parameters = parameters;
        this.store = store;
        this.sources = SourceMatrix.of(config, parameters.embeddingPartRows());
    }

    List<SourceMatrix> sources() {
        return sources;
    }

    /** Takes statistics that need not go through the store. */
    void hold(Map<String, InputStatistics> statistics) {
        statistics.forEach((input, seen) -> {
            if (isHeld(seen)) {
                held.put(input, seen);
            }
        });
    }

    /** Whether who leads a compression alone holds statistics in memory. */
    static boolean isHeld(InputStatistics statistics) {
        return (long) statistics.columns() * statistics.columns() <= MOST_HELD_MOMENTS;
    }

    /** Inputs that are prepared. */
    Set<String> atHand() {
        return inputs.names();
    }

    /**
     * Forgets the inputs that are prepared, which may be as large as all else; asked for again, they are made again.
     *
     * @param statisticsToo those that were held too: no task is left that they are for
     */
    void release(boolean statisticsToo) {
        inputs.clear();
        if (statisticsToo) {
            held.clear();
        }
    }

    /**
     * Tasks that are done at the same time take no more weights than this together, so that a worker stays within 1 GiB and 12 bytes for each weight
     * of the model's largest matrix beside the JVM itself, and within 3.25 GiB unless one matrix needs more.
     */
    static long weightsAtOnce(ModelConfig config) {
        long largest = config.matrices().stream()
                .mapToLong(matrix -> (long) matrix.rows() * matrix.columns())
                .max()
                .orElse(0);
        return Math.min(LEAST_BYTES + BYTES_PER_WEIGHT * largest, MOST_BYTES) / WORKING_BYTES;
    }

    /** Working copies of the matrix, and H and what is made of it. */
    static long weights(SourceMatrix source) {
        return source.weights() + (long) source.columns() * source.columns();
    }

    /** @return {@link PartText.Encoded} */
    String run(TaskBoard.Task task) throws IOException {
        SourceMatrix source = sources.get(task.number());
        PartEncoder.Input input = inputs.of(task.place(), source.columns(), () -> prepare(source.tensor(), task));
        PartMemory.Stored stored = encoder.encode(source.read(checkpoint), input, source.role());
        return new PartText.Encoded(input.blob(), stored.part(), stored.reused()).write();
    }

    private PartEncoder.Input prepare(MatrixSpec tensor, TaskBoard.Task task) throws IOException {
        InputStatistics statistics = held.get(task.place());
        if (statistics == null) {
            statistics = StatisticsMean.read(tensor.columns(), task.content(), store);
        }
        return encoder.input(
                parameters.statistics(tensor.input(), config, statistics), weightsOf(tensor.input(), tensor.columns()));
    }

    private InputWeights weightsOf(String input, int columns) {
        double[] energies = new double[columns];
        long rows = 0;
        for (MatrixSpec spec : config.matrices()) {
            if (spec.input().equals(input)) {
                rows += spec.rows();
                int band = Math.max(1, READ_AT_ONCE_WEIGHTS / columns);
                for (int first = 0; first < spec.rows(); first += band) {
                    int count = Math.min(band, spec.rows() - first);
                    FloatMatrix w = checkpoint.rows(spec.name(), spec.rows(), columns, first, count);
                    for (int i = 0; i < count; i++) {
                        for (int j = 0; j < columns; j++) {
                            energies[j] += (double) w.at(i, j) * w.at(i, j);
                        }
                    }
                }
            }
        }
        return new InputWeights(rows, energies);
    }
}
