package io.bitstack.core.model;

import java.util.ArrayList;
import java.util.List;

/**
 * The residual streams of a text before each decoder layer, as some weights give them: weights that differ from these only from a layer
 * on need not be run before it. Immutable; safe for many threads.
 */
public final class LayerStreams {
    /** [window][layer]: tokens × hidden; copied by whoever changes them. */
    private final List<float[][]> windows;

    private LayerStreams(List<float[][]> windows) {
        this.windows = windows;
    }

    /** Bytes that the streams of a text take. */
    public static long sizeBytes(ModelConfig config, EvaluationText text) {
        long tokens = 0;
        for (int[] window : text.windows()) {
            tokens += window.length;
        }
        return tokens * config.hiddenSize() * config.layers() * Float.BYTES;
    }

    static LayerStreams of(ModelConfig config, EvaluationText text, ModelWeights weights, Transformer transformer) {
        List<float[][]> windows = new ArrayList<>();
        for (int[] window : text.windows()) {
            float[][] layers = new float[config.layers()][];
            float[] streams = transformer.streams(weights, window);
            KvCache cache = new KvCache(config, window.length);
            for (int i = 0; i < layers.length; i++) {
                layers[i] = streams.clone();
                transformer.runLayer(weights, i, streams, cache);
            }
            windows.add(layers);
        }
        return new LayerStreams(List.copyOf(windows));
    }

    /** The streams of a window before a layer, newly allocated. */
    float[] before(int window, int layer) {
        return windows.get(window)[layer].clone();
    }
}
