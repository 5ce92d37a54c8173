package io.bitstack.core.model;

import io.bitstack.core.stack.KvPrecision;
import java.util.ArrayList;
import java.util.List;

/**
 * The residual streams of a text before each decoder layer, as some weights give them: weights that differ from these only from a layer
 * on need not be run before it. Immutable; safe for many threads.
 */
public final class LayerStreams {
    /** [group][layer]: tokens × hidden; copied by whoever changes them. */
    private final List<float[][]> groups;

    private LayerStreams(List<float[][]> groups) {
        this.groups = groups;
    }

    /** Bytes that the streams of a text take. */
    public static long sizeBytes(ModelConfig config, EvaluationText text) {
        long tokens = 0;
        for (int[] window : text.windows()) {
            tokens += window.length;
        }
        return tokens * config.hiddenSize() * config.layers() * Float.BYTES;
    }

    static LayerStreams of(
            ModelConfig config, List<WindowGroup> groups, ModelWeights weights, Transformer transformer) {
        List<float[][]> all = new ArrayList<>();
        for (WindowGroup group : groups) {
            float[][] layers = new float[config.layers()][];
            float[] streams = transformer.streams(weights, group.tokens());
            List<KvCache> caches = KvCache.ofOneLayer(config, group, KvPrecision.SINGLE);
            for (int i = 0; i < layers.length; i++) {
                layers[i] = streams.clone();
                transformer.runLayer(weights, i, streams, caches);
            }
            all.add(layers);
        }
        return new LayerStreams(List.copyOf(all));
    }

    /** The streams of a group of windows before a layer, newly allocated. */
    float[] before(int group, int layer) {
        return groups.get(group)[layer].clone();
    }
}
