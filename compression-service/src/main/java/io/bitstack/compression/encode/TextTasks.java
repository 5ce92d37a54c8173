package io.bitstack.compression.encode;

import io.bitstack.compression.crash.CrashPoint;
import io.bitstack.core.codec.InputStatistics;
import io.bitstack.core.model.MatrixSpec;
import io.bitstack.core.model.ModelConfig;
import io.bitstack.core.model.ModelWeights;
import io.bitstack.core.model.Transformer;
import io.bitstack.core.model.WindowGroup;
import io.bitstack.core.safetensors.Checkpoint;
import io.bitstack.core.stack.BlobStore;
import io.bitstack.core.stack.Descriptor;
import io.bitstack.core.stack.Digest;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Does tasks of the kind {@link TaskKind#CALIBRATE}, in the process that leads the compression and in those that help: sends a part of the text
 * through a layer, and leaves the part's streams and statistics in the store. Safe for several threads.
 */
final class TextTasks {
    /** The number of the task of the same kind in which the model writes its own text. */
    static final int OWN_TEXT = 0;

    /** Streams that a task has ended with, at hand for who takes the same part through the next layer. */
    private record Kept(Descriptor blob, List<float[]> streams) {}

    private final ModelConfig config;
    private final Supplier<ModelWeights> dense;
    private final Supplier<LayerReader> reader;
    private final BlobStore store;
    private final Cores cores;
    private final BooleanSupplier cancelled;
    private final Queue<TextPass> idle = new ConcurrentLinkedQueue<>();
    private final Map<String, Kept> kept = new ConcurrentHashMap<>();
    private final Map<String, List<int[]>> windows = new ConcurrentHashMap<>();

    /** @param dense the full model, asked for once it is needed */
    TextTasks(
            ModelConfig config,
            Checkpoint checkpoint,
            Supplier<ModelWeights> dense,
            BlobStore store,
            Cores cores,
            BooleanSupplier cancelled) {
        this.config = config;
        this.dense = dense;
        this.reader = new Lazy<>(() -> new LayerReader(config, checkpoint, dense.get(), cores));
        this.store = store;
        this.cores = cores;
        this.cancelled = cancelled;
    }

    /**
     * The task of one part and one layer.
     *
     * @param windows a digest of {@link WindowBlobs}, of all windows
     * @param streams before the layer; null before the first one
     */
    static TaskBoard.Task task(
            ModelConfig config, int layer, int part, int parts, Digest windows, @Nullable Descriptor streams) {
        return new TaskBoard.Task(
                TaskKind.CALIBRATE,
                number(layer, part, parts),
                layer,
                place(part),
                weights(config, layer),
                "%d %d %s%s".formatted(layer, part, windows, streams == null ? "" : " " + BlobName.of(streams)));
    }

    static int number(int layer, int part, int parts) {
        return OWN_TEXT + 1 + layer * parts + part;
    }

    private static String place(int part) {
        return "text " + part;
    }

    /** The layer's matrices as floats, and the moments of its inputs twice. */
    private static long weights(ModelConfig config, int layer) {
        long weights = 0;
        Map<String, Long> moments = new TreeMap<>();
        for (MatrixSpec spec : config.matricesOfLayer(layer)) {
            weights += (long) spec.rows() * spec.columns();
            moments.put(spec.input(), (long) spec.columns() * spec.columns());
        }
        return weights
                + 2 * moments.values().stream().mapToLong(Long::longValue).sum();
    }

    /** Parts whose streams are at hand. */
    Set<String> atHand() {
        return Set.copyOf(kept.keySet());
    }

    /** @return {@link TextResult} */
    Made<String> run(TaskBoard.Task task) throws IOException {
        String[] content = task.content().split(" ");
        int layer = Integer.parseInt(content[0]);
        List<int[]> part = TextParts.of(config, windows(content[2])).get(Integer.parseInt(content[1]));
        TextPass waiting = idle.poll();
        TextPass pass =
                waiting == null ? new TextPass(config, Transformer.ofTexts(config, cores), cores, cancelled) : waiting;
        List<float[]> streams =
                content.length == 3 ? pass.start(dense.get(), part) : streams(content[3], task.place(), pass, part);
        Map<String, InputStatistics> seen = pass.layer(weightsOf(layer), layer, part, streams);
        idle.add(pass);
        return () -> stored(task.place(), seen, streams);
    }

    private String stored(String place, Map<String, InputStatistics> seen, List<float[]> streams) throws IOException {
        Map<String, String> written = new TreeMap<>();
        for (Map.Entry<String, InputStatistics> input : seen.entrySet()) {
            written.put(input.getKey(), StatisticsBlobs.put(input.getValue(), store));
        }
        Descriptor blob = StreamBlobs.put(streams, store);
        kept.put(place, new Kept(blob, streams));
        CrashPoint.reached("text.calibrated");
        return new TextResult(blob, written).write();
    }

    /** Of a small model every matrix is at hand as floats. */
    private ModelWeights weightsOf(int layer) {
        return ParallelEvaluations.isSmall(config) ? dense.get() : reader.get().with(layer);
    }

    private List<int[]> windows(String digest) throws IOException {
        List<int[]> found = windows.get(digest);
        if (found == null) {
            found = WindowBlobs.read(Digest.parse(digest), store);
            windows.put(digest, found);
        }
        return found;
    }

    private List<float[]> streams(String name, String place, TextPass pass, List<int[]> part) throws IOException {
        Descriptor blob = BlobName.read(name);
        Kept last = kept.remove(place); // changed in place by who has it
        if (last != null && last.blob.equals(blob)) {
            return last.streams;
        }
        List<WindowGroup> groups = pass.groups(part);
        return cores.without(() -> StreamBlobs.read(blob, groups, config.hiddenSize(), store));
    }

    /** Keeps no streams any more. */
    void release() {
        kept.clear();
    }
}
