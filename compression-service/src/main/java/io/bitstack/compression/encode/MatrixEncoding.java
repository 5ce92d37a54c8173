package io.bitstack.compression.encode;

import io.bitstack.core.codec.InputStatistics;
import io.bitstack.core.model.MatrixSpec;
import io.bitstack.core.model.ModelConfig;
import io.bitstack.core.model.ModelWeights;
import io.bitstack.core.stack.BlobStore;
import io.bitstack.core.stack.Descriptor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;

/**
 * Leads the encoding of every matrix of a checkpoint: for each decoder layer its statistics are collected, then its matrices are posted as
 * tasks. Alone, it does those of a layer before it goes on to the next, and holds the statistics of one layer or of the head. With
 * helpers, statistics go through the blob store, and it runs some layers ahead, so that nobody waits for it.
 */
final class MatrixEncoding {
    /** With helpers, so many layers may wait to be encoded before the leader encodes too. */
    private static final int LAYERS_AHEAD = 2;

    private final ModelConfig config;
    private final MatrixTasks tasks;
    private final TaskBoard board;
    private final Crew crew;
    private final BlobStore store;
    private final Progress progress;
    private final int threads;
    private final List<SourceMatrix> sources;
    private final Map<Integer, PartText.Encoded> encoded = new TreeMap<>();
    /** Posted, and not done yet. */
    private final Set<Integer> waiting = new HashSet<>();

    private int posted;
    private long bytes;

    MatrixEncoding(
            ModelConfig config,
            MatrixTasks tasks,
            TaskBoard board,
            Crew crew,
            BlobStore store,
            Progress progress,
            int threads) {
        this.config = config;
        this.tasks = tasks;
        this.board = board;
        this.crew = crew;
        this.store = store;
        this.progress = progress;
        this.threads = threads;
        this.sources = tasks.sources();
    }

    /**
     * Encodes all that is not encoded yet.
     *
     * @param basis a digest of all that the matrices' parts depend on
     * @param dense the full model, in place
     */
    void run(String basis, ModelWeights dense, LayerReader reader, Calibration calibration) throws IOException {
        board.post(TaskKind.ENCODE, basis, List.of());
        collectEarlier();
        for (int layer = 0; layer < config.layers() && encoded.size() < sources.size(); layer++) {
            tasks.release(waiting.isEmpty());
            if (calibrate(basis, reader, calibration, layer)) {
                work(LAYERS_AHEAD * config.matricesOfLayer(layer).size());
            }
        }
        List<String> afterLayers = afterLayers();
        tasks.release(waiting.isEmpty());
        if (!missing(afterLayers).isEmpty()) {
            Map<String, InputStatistics> last = new TreeMap<>(calibration.head(dense));
            // An untied embedding only hands out rows.
            afterLayers.forEach(input -> last.putIfAbsent(input, InputStatistics.white(config.hiddenSize())));
            post(basis, last);
        }
        work(0);
    }

    /** Takes a layer, whose weights are in memory until this returns. @return whether matrices of it are to be encoded */
    private boolean calibrate(String basis, LayerReader reader, Calibration calibration, int layer) throws IOException {
        ModelWeights decoded = reader.with(layer);
        if (missing(config.matricesOfLayer(layer).stream()
                        .map(MatrixSpec::input)
                        .toList())
                .isEmpty()) {
            calibration.pass(decoded, layer);
            return false;
        }
        post(basis, calibration.layer(decoded, layer));
        return true;
    }

    /** Inputs of embedding and head. */
    private List<String> afterLayers() {
        Set<String> ofLayers = new HashSet<>();
        for (int layer = 0; layer < config.layers(); layer++) {
            config.matricesOfLayer(layer).forEach(matrix -> ofLayers.add(matrix.input()));
        }
        return sources.stream()
                .map(source -> source.tensor().input())
                .distinct()
                .filter(input -> !ofLayers.contains(input))
                .toList();
    }

    /** Matrices that read some inputs and are still to be encoded, the largest first, so that nobody is left with it at the end. */
    private List<Integer> missing(Collection<String> inputs) {
        List<Integer> missing = new ArrayList<>();
        for (int m = 0; m < sources.size(); m++) {
            if (inputs.contains(sources.get(m).tensor().input()) && !encoded.containsKey(m)) {
                missing.add(m);
            }
        }
        missing.sort(Comparator.comparingLong(
                        (Integer m) -> sources.get(m).weights() * sources.get(m).columns())
                .reversed()
                .thenComparing(Comparator.naturalOrder()));
        return missing;
    }

    private void post(String basis, Map<String, InputStatistics> statistics) throws IOException {
        boolean helped = board.isHelped();
        if (!helped) {
            tasks.hold(statistics);
        }
        Map<String, String> content = new HashMap<>();
        List<TaskBoard.Task> open = new ArrayList<>();
        for (int m : missing(statistics.keySet())) {
            SourceMatrix source = sources.get(m);
            String input = source.tensor().input();
            InputStatistics seen = statistics.get(input);
            if (seen != null && (helped || !tasks.isHeld(input, seen)) && !content.containsKey(input)) {
                content.put(input, StatisticsBlobs.put(seen, store));
            }
            open.add(new TaskBoard.Task(
                    TaskKind.ENCODE, m, posted++, input, MatrixTasks.weights(source), content.getOrDefault(input, "")));
            waiting.add(m);
        }
        board.post(TaskKind.ENCODE, basis, open);
    }

    /** Encodes until all is done that was posted, or, where others help, nearly all. */
    private void work(int left) throws IOException {
        crew.work(threads, List.of(TaskKind.ENCODE), tasks::atHand, tasks::run, () -> {
            collect();
            return waiting.isEmpty() || (waiting.size() <= left && board.isHelped());
        });
    }

    private void collect() {
        board.results(TaskKind.ENCODE, encoded.keySet()).forEach(this::keep);
    }

    private void keep(int matrix, String result) {
        PartText.Encoded read = PartText.Encoded.read(result);
        encoded.put(matrix, read);
        waiting.remove(matrix);
        bytes += read.part().sizeBytes();
        progress.bytes(bytes);
        if (read.reused()) {
            progress.reused(sources.get(matrix).name());
        }
        progress.matrices(
                encoded.size(),
                sources.size(),
                sources.get(matrix).name(),
                read.part().weightedErrors().getLast());
    }

    /** What an earlier run has got done, as far as its blobs are still in the store. */
    private void collectEarlier() throws IOException {
        for (Map.Entry<Integer, String> result : new TreeMap<>(board.results(TaskKind.ENCODE, Set.of())).entrySet()) {
            PartText.Encoded read = PartText.Encoded.read(result.getValue());
            boolean whole = isStored(read.input());
            for (Descriptor blob : read.part().blobs()) {
                whole = whole && isStored(blob);
            }
            if (whole) {
                keep(result.getKey(), result.getValue());
            } else {
                board.discard(TaskKind.ENCODE, result.getKey());
            }
        }
    }

    private boolean isStored(Descriptor blob) throws IOException {
        OptionalLong size = store.sizeBytes(blob.digest());
        return size.isPresent() && size.getAsLong() == blob.sizeBytes();
    }

    /** All matrices, in the order of the sources, once {@link #run} is done. */
    List<EncodedModel.Stored> stored() {
        List<EncodedModel.Stored> all = new ArrayList<>();
        for (int m = 0; m < sources.size(); m++) {
            all.add(EncodedModel.Stored.of(found(m).part()));
        }
        return List.copyOf(all);
    }

    /** The blobs of the inputs, by name. */
    Map<String, Descriptor> inputBlobs() {
        Map<String, Descriptor> blobs = new HashMap<>();
        for (int m = 0; m < sources.size(); m++) {
            blobs.put(sources.get(m).tensor().input(), found(m).input());
        }
        return blobs;
    }

    private PartText.Encoded found(int matrix) {
        PartText.Encoded found = encoded.get(matrix);
        if (found == null) {
            throw new IllegalStateException(sources.get(matrix).name() + " was not encoded");
        }
        return found;
    }
}
