package io.bitstack.compression.encode;

import io.bitstack.core.codec.InputStatistics;
import io.bitstack.core.kernel.RowPool;
import io.bitstack.core.model.ActivationObserver;
import io.bitstack.core.model.KvCache;
import io.bitstack.core.model.ModelConfig;
import io.bitstack.core.model.ModelWeights;
import io.bitstack.core.model.Transformer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;

/**
 * Collects the statistics of inputs over windows of calibration tokens, a decoder layer at a time: all windows go through one layer before
 * any goes through the next, so that the statistics of one layer are all that is held.
 */
final class Calibration implements ActivationObserver {
    private final ModelConfig config;
    private final Transformer transformer;
    private final RowPool pool;
    private final BooleanSupplier cancelled;
    /** Residual streams of each window, after the layers seen so far. */
    private final List<float[]> streams = new ArrayList<>();

    private final KvCache cache;
    private final long tokens;
    private final Map<String, MomentSums> sums = new TreeMap<>();

    /** @param windows all of the same length */
    Calibration(
            ModelConfig config,
            Transformer transformer,
            ModelWeights weights,
            List<int[]> windows,
            RowPool pool,
            BooleanSupplier cancelled) {
        this.config = config;
        this.transformer = transformer;
        this.pool = pool;
        this.cancelled = cancelled;
        for (int[] window : windows) {
            streams.add(transformer.streams(weights, window));
        }
        this.cache = new KvCache(config, windows.getFirst().length);
        this.tokens = (long) windows.size() * windows.getFirst().length;
    }

    /**
     * The statistics of a layer's inputs, by name.
     *
     * @param weights the full model; layers are asked for in order, each once
     */
    Map<String, InputStatistics> layer(ModelWeights weights, int layer) {
        for (float[] stream : streams) {
            Cancellation.check(cancelled);
            transformer.observeLayer(weights, layer, stream, cache, this);
            sums.values().forEach(MomentSums::endWindow);
        }
        return means();
    }

    /** Takes a layer whose statistics nobody needs. */
    void pass(ModelWeights weights, int layer) {
        for (float[] stream : streams) {
            Cancellation.check(cancelled);
            transformer.observeLayer(weights, layer, stream, cache, (input, x, count) -> {});
        }
    }

    /** The statistics of the head's input, after all layers. */
    Map<String, InputStatistics> head(ModelWeights weights) {
        for (float[] stream : streams) {
            transformer.observeHead(weights, stream, this);
            sums.values().forEach(MomentSums::endWindow);
        }
        return means();
    }

    private Map<String, InputStatistics> means() {
        Map<String, InputStatistics> statistics = new TreeMap<>();
        sums.forEach((input, sum) -> statistics.put(input, sum.mean(tokens, streams.size(), pool)));
        sums.clear();
        return statistics;
    }

    @Override
    public void observe(String input, float[] x, int count) {
        sums.computeIfAbsent(input, name -> new MomentSums(columns(name))).add(x, count, pool);
    }

    private int columns(String input) {
        return config.matrices().stream()
                .filter(matrix -> matrix.input().equals(input))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("no matrix reads the input " + input))
                .columns();
    }
}
