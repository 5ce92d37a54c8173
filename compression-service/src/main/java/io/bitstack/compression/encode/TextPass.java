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

/** Sends windows of tokens through one decoder layer at a time, and sums up what the layer's matrices read. One thread at a time. */
final class TextPass implements ActivationObserver {
    private final ModelConfig config;
    private final Transformer transformer;
    private final RowPool pool;
    private final BooleanSupplier cancelled;
    /** For the windows of a group, which are all of the same length. */
    private List<KvCache> caches = List.of();

    private int windowTokens;
    private final Map<String, MomentSums> sums = new TreeMap<>();

    TextPass(ModelConfig config, Transformer transformer, RowPool pool, BooleanSupplier cancelled) {
        this.config = config;
        this.transformer = transformer;
        this.pool = pool;
        this.cancelled = cancelled;
    }

    /** Windows that go through a layer together. */
    List<WindowGroup> groups(List<int[]> windows) {
        return WindowGroup.of(windows, transformer.tokensTogether());
    }

    /** The residual streams of windows before the first layer, by groups. */
    List<float[]> start(ModelWeights weights, List<int[]> windows) {
        List<float[]> streams = new ArrayList<>();
        groups(windows).forEach(group -> streams.add(transformer.streams(weights, group.tokens())));
        return streams;
    }

    /**
     * The statistics of a layer's inputs, by name.
     *
     * @param windows whose streams they are, all of the same length
     * @param streams before the layer; after it, when this returns
     */
    Map<String, InputStatistics> layer(ModelWeights weights, int layer, List<int[]> windows, List<float[]> streams) {
        run(weights, layer, windows, streams, this);
        return means();
    }

    /** Takes a layer whose statistics nobody needs. */
    void pass(ModelWeights weights, int layer, List<int[]> windows, List<float[]> streams) {
        run(weights, layer, windows, streams, (input, x, count) -> {});
    }

    private void run(
            ModelWeights weights, int layer, List<int[]> windows, List<float[]> streams, ActivationObserver observer) {
        windowTokens = windows.getFirst().length;
        // No group has more windows than the first.
        WindowGroup first = groups(windows).getFirst();
        if (caches.size() < first.windows().size() || caches.getFirst().capacityTokens() != windowTokens) {
            caches = KvCache.ofOneLayer(config, first, KvPrecision.SINGLE);
        }
        for (float[] stream : streams) {
            Cancellation.check(cancelled);
            int together = stream.length / config.hiddenSize() / windowTokens;
            transformer.observeLayer(weights, layer, stream, caches.subList(0, together), observer);
        }
    }

    /**
     * The statistics of the head's input.
     *
     * @param streams after all layers
     */
    Map<String, InputStatistics> head(ModelWeights weights, List<int[]> windows, List<float[]> streams) {
        windowTokens = windows.getFirst().length;
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
