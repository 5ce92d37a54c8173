package io.bitstack.compression.encode;

import io.bitstack.core.codec.InputStatistics;
import io.bitstack.core.codec.InputWeights;
import io.bitstack.core.model.MatrixSpec;
import io.bitstack.core.model.ModelConfig;
import io.bitstack.core.safetensors.Checkpoint;
import io.bitstack.core.stack.BlobStore;
import io.bitstack.core.stack.Descriptor;
import io.bitstack.core.tensor.FloatMatrix;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/** Does tasks of the kind {@link TaskKind#ENCODE}, in the process that leads the compression and in those that help. Safe for several threads. */
final class MatrixTasks {
    private static final int BAND_WEIGHTS = 1 << 18;
    /** That are read at the same time. */
    private static final int BANDS = 16;

    private static final int COLUMNS_AT_ONCE = 128;
    /** Statistics of more moments than this go through the store, so that no more than one of them is in memory, unless one matrix alone needs them. */
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
    private final Cores cores;
    private final PreparedInputs inputs;
    /** Statistics that are in no store. */
    private final Map<String, InputStatistics> held = new ConcurrentHashMap<>();
    /** Inputs that one matrix reads: its statistics, if they are large, are given up when it is begun. */
    private final Set<String> readOnce;

    MatrixTasks(
            ModelConfig config,
            Checkpoint checkpoint,
            PartEncoder encoder,
            CodecParameters parameters,
            BlobStore store,
            Cores cores) {
        this.config = config;
        this.checkpoint = checkpoint;
        this.encoder = encoder;
        this.parameters = parameters;
        this.store = store;
        this.cores = cores;
        this.inputs = new PreparedInputs(cores);
        this.sources = SourceMatrix.of(config, parameters.embeddingPartRows());
        this.readOnce = sources.stream()
                .collect(Collectors.groupingBy(source -> source.tensor().input(), Collectors.counting()))
                .entrySet()
                .stream()
                .filter(input -> input.getValue() == 1)
                .map(Map.Entry::getKey)
                .collect(Collectors.toUnmodifiableSet());
    }

    List<SourceMatrix> sources() {
        return sources;
    }

    /** Takes statistics that need not go through the store. */
    void hold(Map<String, InputStatistics> statistics) {
        statistics.forEach((input, seen) -> {
            if (isHeld(input, seen)) {
                held.put(input, seen);
            }
        });
    }

    /** Whether who leads a compression alone holds statistics in memory. */
    boolean isHeld(String input, InputStatistics statistics) {
        return readOnce.contains(input) || !isLarge(statistics);
    }

    private static boolean isLarge(InputStatistics statistics) {
        return (long) statistics.columns() * statistics.columns() > MOST_HELD_MOMENTS;
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
    Made<String> run(TaskBoard.Task task) throws IOException {
        SourceMatrix source = sources.get(task.number());
        PartEncoder.Input input = inputs.of(task.place(), source.columns(), () -> prepare(source.tensor(), task));
        Descriptor inputBlob = input.blob();
        Made<PartMemory.Stored> made = encoder.encode(source.read(checkpoint), input, source.role());
        return () -> {
            PartMemory.Stored stored = made.store();
            return new PartText.Encoded(inputBlob, stored.part(), stored.reused()).write();
        };
    }

    private PartEncoder.Input prepare(MatrixSpec tensor, TaskBoard.Task task) throws IOException {
        InputStatistics statistics = held.get(task.place());
        if (statistics != null && isLarge(statistics)) {
            held.remove(task.place());
        }
        if (statistics == null && task.content().isEmpty()) {
            throw new IOException(
                    "the statistics of %s are not in memory any more, since %s was begun before; a new attempt calibrates again"
                            .formatted(task.place(), tensor.name()));
        }
        if (statistics == null) {
            statistics = cores.without(() -> StatisticsMean.read(tensor.columns(), task.content(), store, cores));
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
                int together = BANDS * bandRows(columns);
                for (int first = 0; first < spec.rows(); first += together) {
                    addEnergies(spec, first, Math.min(together, spec.rows() - first), energies);
                }
            }
        }
        return new InputWeights(rows, energies);
    }

    private static int bandRows(int columns) {
        return Math.max(1, BAND_WEIGHTS / columns);
    }

    /** Bands of rows are read side by side, then each column is summed in the order of its rows. */
    private void addEnergies(MatrixSpec spec, int first, int rows, double[] energies) {
        int columns = spec.columns();
        int bandRows = bandRows(columns);
        FloatMatrix[] bands = new FloatMatrix[(rows + bandRows - 1) / bandRows];
        cores.forRows(bands.length, 1, (from, to) -> {
            for (int b = from; b < to; b++) {
                int count = Math.min(bandRows, rows - b * bandRows);
                bands[b] = checkpoint.rows(spec.name(), spec.rows(), columns, first + b * bandRows, count);
            }
        });
        cores.forRows(columns, COLUMNS_AT_ONCE, (from, to) -> {
            for (FloatMatrix band : bands) {
                for (int i = 0; i < band.rows(); i++) {
                    addSquares(band.data(), i * columns, from, to, energies);
                }
            }
        });
    }

    private static void addSquares(float[] w, int at, int from, int to, double[] sums) {
        for (int j = from; j < to; j++) {
            double x = w[at + j];
            sums[j] += x * x;
        }
    }
}
