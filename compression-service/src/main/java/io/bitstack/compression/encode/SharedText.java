package io.bitstack.compression.encode;

import io.bitstack.core.model.ModelConfig;
import io.bitstack.core.stack.BlobStore;
import io.bitstack.core.stack.Descriptor;
import io.bitstack.core.stack.Digest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Leads the parts of the calibration text through the layers where others help: a task for each part and layer, those of a layer when those of the
 * one before are done. Results stay on the board, so that a compression that was cut off goes on after the last layer that was done.
 */
final class SharedText {
    private final ModelConfig config;
    private final TaskBoard board;
    private final BlobStore store;
    private final Calibration calibration;
    private final List<int[]> windows;
    private final String basis;
    private final Map<Integer, TextResult> results = new HashMap<>();
    private @Nullable Digest windowsBlob;

    /** @param basis of all that the text's statistics depend on */
    SharedText(
            ModelConfig config,
            TaskBoard board,
            BlobStore store,
            Calibration calibration,
            List<int[]> windows,
            String basis) {
        this.config = config;
        this.board = board;
        this.store = store;
        this.calibration = calibration;
        this.windows = windows;
        this.basis = basis;
    }

    /** Whether there is anything to share. */
    boolean isDivided() {
        return calibration.parts() > 1;
    }

    /** What an earlier run has got done, as far as its blobs are still in the store. */
    void collectEarlier() throws IOException {
        if (!isDivided()) {
            return;
        }
        board.post(TaskKind.CALIBRATE, basis, List.of());
        collect();
        for (Map.Entry<Integer, TextResult> result : new TreeMap<>(results).entrySet()) {
            if (!result.getValue().isStored(store)) {
                results.remove(result.getKey());
                board.discard(TaskKind.CALIBRATE, result.getKey());
            }
        }
    }

    void collect() {
        Set<Integer> known = new HashSet<>(results.keySet());
        known.add(TextTasks.OWN_TEXT);
        board.results(TaskKind.CALIBRATE, known).forEach((number, text) -> results.put(number, TextResult.read(text)));
    }

    /** Before the first layer is posted, or others after layers that were not: what the tasks need goes into the store. */
    void begin() throws IOException {
        calibration.share();
        windowsBlob = WindowBlobs.put(windows, store);
    }

    /** Posts a layer, all layers before which are done. */
    void post(int layer) {
        Digest blob = windowsInStore();
        List<TaskBoard.Task> tasks = new ArrayList<>();
        for (int part = 0; part < calibration.parts(); part++) {
            tasks.add(TextTasks.task(config, layer, part, calibration.parts(), blob, calibration.stored(part)));
        }
        board.post(TaskKind.CALIBRATE, basis, tasks);
    }

    /** Does a task; that of the model's own text, which an earlier run may have left open, is done. */
    Made<String> run(TaskBoard.Task task, TextTasks tasks) throws IOException {
        return task.number() == TextTasks.OWN_TEXT ? Made.of(windowsInStore().toString()) : tasks.run(task);
    }

    private Digest windowsInStore() {
        Digest blob = windowsBlob;
        if (blob == null) {
            throw new IllegalStateException("the text is not in the store");
        }
        return blob;
    }

    /** Whether all parts have gone through a layer by tasks. */
    boolean has(int layer) {
        for (int part = 0; part < calibration.parts(); part++) {
            if (!results.containsKey(TextTasks.number(layer, part, calibration.parts()))) {
                return false;
            }
        }
        return true;
    }

    /** Goes on after a layer that {@link #has} told of; where the statistics of its inputs are, by name, for {@link StatisticsMean#read}. */
    Map<String, String> take(int layer) {
        Map<String, List<StatisticsMean.Stored>> statistics = new TreeMap<>();
        for (int part = 0; part < calibration.parts(); part++) {
            TextResult result = results.get(TextTasks.number(layer, part, calibration.parts()));
            if (result == null) {
                throw new IllegalStateException("part %d has not gone through layer %d".formatted(part, layer));
            }
            Descriptor streams = result.streams();
            int windowsOfPart = calibration.windows(part);
            calibration.taken(part, streams);
            result.statistics()
                    .forEach((input, written) -> statistics
                            .computeIfAbsent(input, name -> new ArrayList<>())
                            .add(new StatisticsMean.Stored(windowsOfPart, written)));
        }
        Map<String, String> content = new TreeMap<>();
        statistics.forEach((input, parts) -> content.put(input, StatisticsMean.content(parts)));
        return content;
    }
}
