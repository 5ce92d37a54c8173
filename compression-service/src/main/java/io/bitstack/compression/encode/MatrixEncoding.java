package io.bitstack.compression.encode;

import io.bitstack.core.codec.InputStatistics;
import io.bitstack.core.model.MatrixSpec;
import io.bitstack.core.model.ModelConfig;
import io.bitstack.core.model.ModelWeights;
import io.bitstack.core.stack.BlobStore;
import io.bitstack.core.stack.Descriptor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;

/**
 * Leads the encoding of every matrix of a checkpoint: for each decoder layer its statistics are collected, then its matrices are posted as
 * tasks. Alone, it does those of a layer before it goes on to the next, and holds the statistics of one layer or of the head. With
 * helpers, statistics go through the blob store, and the text runs some layers ahead, so that nobody waits for it; where the text is divided, its parts are tasks
 * too.
 */
final class MatrixEncoding {
    /** With helpers, so many layers may wait to be encoded before the leader encodes too. */
    private static final int LAYERS_AHEAD = 2;

    private final ModelConfig config;
    private final MatrixTasks tasks;
    private final TextTasks textTasks;
    private final TaskBoard board;
    private final Crew crew;
    private final BlobStore store;
    private final int threads;
    private final int sharedThreads;
    private final List<SourceMatrix> sources;
    private final EncodedMatrices encoded;
    private int posted;

    /** @param sharedThreads threads that take tasks while others help */
    MatrixEncoding(
            ModelConfig config,
            MatrixTasks tasks,
            TextTasks textTasks,
            TaskBoard board,
            Crew crew,
            BlobStore store,
            Progress progress,
            int threads,
            int sharedThreads) {
        this.config = config;
        this.tasks = tasks;
        this.textTasks = textTasks;
        this.board = board;
        this.crew = crew;
        this.store = store;
        this.threads = threads;
        this.sharedThreads = sharedThreads;
        this.sources = tasks.sources();
        this.encoded = new EncodedMatrices(sources, board, store, progress);
    }

    /**
     * Encodes all that is not encoded yet.
     *
     * @param basis a digest of all that the matrices' parts depend on
     * @param dense the full model, in place
     */
    void run(String basis, ModelWeights dense, LayerReader reader, Calibration calibration, SharedText text)
            throws IOException {
        board.post(TaskKind.ENCODE, basis, List.of());
        encoded.collectEarlier();
        text.collectEarlier();
        int layer = 0;
        while (layer < config.layers() && !encoded.isComplete()) {
            if (text.isDivided() && (text.has(layer) || board.isHelped())) {
                layer = share(basis, layer, text);
            } else {
                tasks.release(encoded.waiting() == 0);
                if (calibrate(basis, reader, calibration, layer)) {
                    work(LAYERS_AHEAD * config.matricesOfLayer(layer).size());
                }
                layer++;
            }
        }
        List<String> afterLayers = afterLayers();
        tasks.release(encoded.waiting() == 0);
        if (!encoded.missing(afterLayers).isEmpty()) {
            Map<String, InputStatistics> last = new TreeMap<>(calibration.head(dense));
            // An untied embedding only hands out rows.
            afterLayers.forEach(input -> last.putIfAbsent(input, InputStatistics.white(config.hiddenSize())));
            post(basis, last);
        }
        work(0);
        tasks.release(true); // what is measured next needs the memory
    }

    /** Sends the whole text through a layer, whose weights are in memory until this returns. @return whether matrices of it are to be encoded */
    private boolean calibrate(String basis, LayerReader reader, Calibration calibration, int layer) throws IOException {
        ModelWeights decoded = reader.with(layer);
        if (encoded.missing(config.matricesOfLayer(layer).stream()
                        .map(MatrixSpec::input)
                        .toList())
                .isEmpty()) {
            calibration.pass(decoded, layer);
            return false;
        }
        post(basis, calibration.layer(decoded, layer));
        return true;
    }

    /** Sends the parts of the text through the layers from one on with whoever helps, until nobody does; the layer to go on with. */
    private int share(String basis, int from, SharedText text) throws IOException {
        text.begin();
        tasks.release(encoded.waiting() == 0);
        Sharing sharing = new Sharing(basis, from, text);
        crew.work(
                sharedThreads,
                List.of(TaskKind.CALIBRATE, TaskKind.ENCODE),
                () -> {
                    Set<String> places = new HashSet<>(tasks.atHand());
                    places.addAll(textTasks.atHand());
                    return places;
                },
                task -> task.kind() == TaskKind.CALIBRATE ? text.run(task, textTasks) : tasks.run(task),
                sharing);
        textTasks.release();
        return sharing.layer;
    }

    /** Between tasks: posts what has become possible; says when there is nothing to share any more. */
    private final class Sharing implements BooleanSupplier {
        private final String basis;
        private final SharedText text;
        private int layer;
        private boolean open;

        Sharing(String basis, int from, SharedText text) {
            this.basis = basis;
            this.layer = from;
            this.text = text;
        }

        @Override
        public boolean getAsBoolean() {
            encoded.collect();
            text.collect();
            while (layer < config.layers() && text.has(layer)) {
                Map<String, String> content = text.take(layer);
                offer(basis, content.keySet(), content);
                layer++;
                open = false;
            }
            if (open) {
                return false;
            }
            if (layer == config.layers() || !board.isHelped()) {
                return true;
            }
            if (encoded.waiting()
                    <= LAYERS_AHEAD * config.matricesOfLayer(layer).size()) {
                text.post(layer);
                open = true;
            }
            return false;
        }
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

    private void post(String basis, Map<String, InputStatistics> statistics) throws IOException {
        boolean helped = board.isHelped();
        if (!helped) {
            tasks.hold(statistics);
        }
        Map<String, String> content = new HashMap<>();
        for (int m : encoded.missing(statistics.keySet())) {
            String input = sources.get(m).tensor().input();
            InputStatistics seen = statistics.get(input);
            if (seen != null && (helped || !tasks.isHeld(input, seen)) && !content.containsKey(input)) {
                content.put(input, StatisticsMean.put(seen, store));
            }
        }
        offer(basis, statistics.keySet(), content);
    }

    /** @param content where the statistics of the inputs are, by name; missing for those that are held */
    private void offer(String basis, Set<String> inputs, Map<String, String> content) {
        List<TaskBoard.Task> open = new ArrayList<>();
        for (int m : encoded.missing(inputs)) {
            SourceMatrix source = sources.get(m);
            String input = source.tensor().input();
            open.add(new TaskBoard.Task(
                    TaskKind.ENCODE, m, posted++, input, MatrixTasks.weights(source), content.getOrDefault(input, "")));
            encoded.posted(m);
        }
        board.post(TaskKind.ENCODE, basis, open);
    }

    /** Encodes until all is done that was posted, or, where others help, nearly all. */
    private void work(int left) throws IOException {
        int crewThreads = board.isHelped() ? sharedThreads : threads;
        crew.work(crewThreads, List.of(TaskKind.ENCODE), tasks::atHand, tasks::run, () -> {
            encoded.collect();
            return encoded.waiting() == 0 || (encoded.waiting() <= left && board.isHelped());
        });
    }

    /** All matrices, in the order of the sources, once {@link #run} is done. */
    List<EncodedModel.Stored> stored() {
        return encoded.stored();
    }

    /** The blobs of the inputs, by name. */
    Map<String, Descriptor> inputBlobs() {
        return encoded.inputBlobs();
    }
}
