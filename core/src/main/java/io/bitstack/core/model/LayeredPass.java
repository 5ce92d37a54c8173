package io.bitstack.core.model;

import io.bitstack.core.kernel.RowPool;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.function.IntFunction;

/**
 * Takes texts through a model that is opened a layer at a time: all texts go through one layer before any goes through the next, so that each matrix is
 * opened once. Each text goes through it as it would alone, with the same numbers.
 */
final class LayeredPass {
    /** Takes the logits of a text, a few tokens at a time. */
    interface Sink {
        void accept(int text, int first, int count, float[] logits);
    }

    private LayeredPass() {}

    /**
     * Runs the whole model.
     *
     * @param texts tokens of windows of the same length each, one window after the other
     * @param caches of each text, empty ones of one layer, as many as it has windows
     * @param logits called for one text after the other
     */
    static void run(
            LayeredWeights weights,
            Transformer transformer,
            RowPool pool,
            List<int[]> texts,
            IntFunction<List<KvCache>> caches,
            Sink logits) {
        ModelConfig config = weights.config();
        List<float[]> streams = new ArrayList<>();
        try (LayeredWeights.Opened open = weights.open(List.of(ModelLayout.EMBEDDING), pool)) {
            texts.forEach(tokens -> streams.add(transformer.streams(open.weights(), tokens)));
        }
        for (int layer = 0; layer < config.layers(); layer++) {
            checkInterrupted();
            List<String> names =
                    config.matricesOfLayer(layer).stream().map(MatrixSpec::name).toList();
            try (LayeredWeights.Opened open = weights.open(names, pool)) {
                for (int text = 0; text < streams.size(); text++) {
                    transformer.runLayer(open.weights(), layer, streams.get(text), caches.apply(text));
                }
            }
        }
        checkInterrupted();
        String head = config.tiedEmbeddings() ? ModelLayout.EMBEDDING : ModelLayout.HEAD;
        try (LayeredWeights.Opened open = weights.open(List.of(head), pool)) {
            for (int text = 0; text < streams.size(); text++) {
                int index = text;
                transformer.logits(
                        open.weights(),
                        streams.get(text),
                        (first, count, values) -> logits.accept(index, first, count, values));
            }
        }
    }

    /** A pass of a large model takes minutes: whoever does not want it any more interrupts its thread. */
    private static void checkInterrupted() {
        if (Thread.currentThread().isInterrupted()) {
            throw new CancellationException("interrupted while a text was measured");
        }
    }
}
