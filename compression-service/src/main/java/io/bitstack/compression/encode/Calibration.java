package io.bitstack.compression.encode;

import io.bitstack.core.codec.InputStatistics;
import io.bitstack.core.kernel.RowPool;
import io.bitstack.core.model.ModelConfig;
import io.bitstack.core.model.ModelWeights;
import io.bitstack.core.model.Transformer;
import io.bitstack.core.stack.BlobStore;
import io.bitstack.core.stack.Descriptor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Collects the statistics of inputs over windows of calibration tokens, a decoder layer at a time: all windows go through one layer before
 * any goes through the next, so that the statistics of one layer are all that is held. Windows are divided by {@link TextParts}; the residual streams of a
 * part are here, or in a store where another worker has taken the part through the layers before.
 */
final class Calibration {
    private static final class Part {
        private final List<int[]> windows;
        private @Nullable List<float[]> streams;
        private @Nullable Descriptor stored;

        Part(List<int[]> windows) {
            this.windows = windows;
        }
    }

    private final ModelConfig config;
    private final TextPass pass;
    private final ModelWeights weights;
    private final BlobStore store;
    private final List<Part> parts = new ArrayList<>();

    /**
     * @param weights of the embedding
     * @param windows all of the same length
     * @param store where streams may come to be
     */
    Calibration(
            ModelConfig config,
            Transformer transformer,
            ModelWeights weights,
            List<int[]> windows,
            RowPool pool,
            BlobStore store,
            BooleanSupplier cancelled) {
        this.config = config;
        this.weights = weights;
        this.store = store;
        this.pass = new TextPass(config, transformer, pool, cancelled);
        TextParts.of(config, windows).forEach(part -> parts.add(new Part(part)));
    }

    int parts() {
        return parts.size();
    }

    int windows(int part) {
        return parts.get(part).windows.size();
    }

    /**
     * The statistics of a layer's inputs, by name.
     *
     * @param weights the full model; layers are asked for in order, each once
     */
    Map<String, InputStatistics> layer(ModelWeights weights, int layer) throws IOException {
        return means((part, streams) -> pass.layer(weights, layer, part.windows, streams));
    }

    /** Takes a layer whose statistics nobody needs. */
    void pass(ModelWeights weights, int layer) throws IOException {
        for (Part part : parts) {
            pass.pass(weights, layer, part.windows, streams(part));
            part.stored = null;
        }
    }

    /** The statistics of the head's input, after all layers. */
    Map<String, InputStatistics> head(ModelWeights weights) throws IOException {
        return means((part, streams) -> pass.head(weights, part.windows, streams));
    }

    private interface Look {
        Map<String, InputStatistics> at(Part part, List<float[]> streams);
    }

    private Map<String, InputStatistics> means(Look look) throws IOException {
        int windows = parts.stream().mapToInt(part -> part.windows.size()).sum();
        Map<String, StatisticsMean> all = new TreeMap<>();
        for (Part part : parts) {
            Map<String, InputStatistics> seen = look.at(part, streams(part));
            part.stored = null;
            seen.forEach((input, of) -> all.computeIfAbsent(input, name -> new StatisticsMean(windows))
                    .add(part.windows.size(), of));
        }
        Map<String, InputStatistics> means = new TreeMap<>();
        all.forEach((input, mean) -> means.put(input, mean.mean()));
        return means;
    }

    private List<float[]> streams(Part part) throws IOException {
        List<float[]> streams = part.streams;
        if (streams == null) {
            streams = part.stored == null
                    ? pass.start(weights, part.windows)
                    : StreamBlobs.read(part.stored, pass.groups(part.windows), config.hiddenSize(), store);
            part.streams = streams;
        }
        return streams;
    }

    /** Puts streams into the store that are only here, for others to go on with. Those of text that has gone through no layer are made from its tokens. */
    void share() throws IOException {
        for (Part part : parts) {
            if (part.stored == null && part.streams != null) {
                part.stored = StreamBlobs.put(part.streams, store);
            }
            part.streams = null;
        }
    }

    /** Where a part's streams are in the store; null if it has gone through no layer. */
    @Nullable
    Descriptor stored(int part) {
        return parts.get(part).stored;
    }

    /** A part has gone through the next layer elsewhere. */
    void taken(int part, Descriptor streams) {
        Part taken = parts.get(part);
        taken.stored = Objects.requireNonNull(streams);
        taken.streams = null;
    }
}
