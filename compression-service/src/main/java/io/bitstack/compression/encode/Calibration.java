package io.bitstack.compression.encode;

import io.bitstack.core.codec.InputStatistics;
import io.bitstack.core.kernel.RowPool;
import io.bitstack.core.model.ActivationObserver;
import io.bitstack.core.model.KvCache;
import io.bitstack.core.model.ModelConfig;
import io.bitstack.core.model.ModelWeights;
import io.bitstack.core.model.Transformer;
import io.bitstack.core.model.WindowGroup;
import io.bitstack.core.stack.KvPrecision;
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
    private final int windowTokens;
    /** Residual streams of windows that go through a layer together, after the layers seen so far. */
    private final List<float[]> streams = new ArrayList<>();

    /** For the windows of a group; no group has more than the first. */
    private final List<KvCache> caches;

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
        this.windowTokens = windows.getFirst().length;
        List<WindowGroup> groups = WindowGroup.of(windows, transformer.tokensTogether());
        groups.forEach(group -> streams.add(transformer.streams(weights, group.tokens())));
        this.caches = KvCache.ofOneLayer(config, groups.getFirst(), KvPrecision.SINGLE);
    }

    /**
     * The statistics of a layer's inputs, by name.
     *
     * @param weights the full model; layers are asked for in order, each once
     */
    Map<String, InputStatistics> layer(ModelWeights weights, int layer) {
        run(weights, layer, this);
        return means();
    }

    /** Takes a layer whose statistics nobody needs. */
    void pass(ModelWeights weights, int layer) {
        run(weights, layer, (input, x, count) -> {});
    }

    private void run(ModelWeights weights, int layer, ActivationObserver observer) {
        for (float[] stream : streams) {
            Cancellation.check(cancelled);
            int windows = stream.length / config.hiddenSize() / windowTokens;
            transformer.observeLayer(weights, layer, stream, caches.subList(0, windows), observer);
        }
    }

    /** The statistics of the head's input, after all layers. */
    Map<String, InputStatistics> head(ModelWeights weights) {
        for (float[] stream : streams) {
            transformer.observeHead(weights, stream, this);
        }
        return means();
    }

    private Map<String, InputStatistics> means() {
        Map<String, InputStatistics> statistics = new TreeMap<>();
        sums.forEach((input, sum) -> statistics.put(input, sum.mean(pool)));
        sums.clear();
        return statistics;
    }

    @Override
    public void observe(String input, float[] x, int count) {
        sums.computeIfAbsent(input, name -> new MomentSums(columns(name), windowTokens))
                .add(x, count, pool);
    }

    private int columns(String input) {
        return config.matrices().stream()
                .filter(matrix -> matrix.input().equals(input))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("no matrix reads the input " + input))
                .columns();
    }
}
