package io.bitstack.compression.encode;

import io.bitstack.core.kernel.RowPool;
import io.bitstack.core.model.Evaluation;
import io.bitstack.core.model.EvaluationText;
import io.bitstack.core.model.LayerStreams;
import io.bitstack.core.model.LayeredWeights;
import io.bitstack.core.model.ModelConfig;
import io.bitstack.core.model.ModelWeights;
import java.io.IOException;
import java.util.OptionalInt;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.IntFunction;

/**
 * Measures many weights on one text. Those of a small model are measured side by side, one a thread, which wastes nothing on
 * waiting for other threads; those of a large one after each other with all threads, so that one forward pass's memory is enough.
 * The numbers are the same either way.
 */
final class ParallelEvaluations {
    /** Up to so many weights a model is small. */
    private static final long SMALL_MODEL_WEIGHTS = 1L << 28;

    /** What a small model takes when it is decoded. */
    static final long MOST_DECODED_BYTES = SMALL_MODEL_WEIGHTS * Float.BYTES;

    /** More is not spent on the streams of the full model. */
    private static final long MOST_STREAM_BYTES = 1L << 30;

    private final ModelConfig config;
    private final EvaluationText text;
    private final RowPool pool;
    private final OrderedTasks tasks;
    private final Queue<Evaluation> idle = new ConcurrentLinkedQueue<>();
    private final Evaluation.Full full;
    /** Of the full model. */
    private final Lazy<LayerStreams> streams;

    ParallelEvaluations(
            ModelConfig config,
            EvaluationText text,
            ModelWeights dense,
            RowPool pool,
            int threads,
            BooleanSupplier cancelled) {
        boolean small = isSmall(config);
        this.config = config;
        this.text = text;
        this.pool = small ? RowPool.SINGLE : pool;
        this.tasks = new OrderedTasks(small ? threads : 1, cancelled);
        this.streams = new Lazy<>(() -> new Evaluation(config, text, this.pool).streams(dense));
        this.full = new Evaluation(config, text, pool).full(dense);
    }

    static boolean isSmall(ModelConfig config) {
        return config.matrices().stream()
                        .mapToLong(m -> (long) m.rows() * m.columns())
                        .sum()
                <= SMALL_MODEL_WEIGHTS;
    }

    Evaluation.Score full() {
        return full.score();
    }

    /** Makes scores 0 to count − 1, handing them on in order. */
    void score(int count, IntFunction<Evaluation.Score> scores, OrderedTasks.Result<Evaluation.Score> results)
            throws IOException {
        tasks.run(count, scores::apply, results);
    }

    /** Scores weights on the caller's thread; of a large model, one at a time. */
    Evaluation.Score score(ModelWeights weights) {
        return scored(evaluation -> evaluation.score(weights, full.logits()));
    }

    /** The same for weights that are opened a layer at a time. */
    Evaluation.Score score(LayeredWeights weights) {
        return scored(evaluation -> evaluation.score(weights, full.logits()));
    }

    /**
     * The same for weights that are the full model's before a layer, which saves running these layers again.
     *
     * @param layer the layer from which on they differ; empty if the embeddings do
     */
    Evaluation.Score scoreChanged(OptionalInt layer, ModelWeights weights) {
        if (layer.isEmpty() || LayerStreams.sizeBytes(config, text) > MOST_STREAM_BYTES) {
            return score(weights);
        }
        LayerStreams start = streams.get();
        return scored(evaluation -> evaluation.scoreFrom(start, layer.getAsInt(), weights, full.logits()));
    }

    private Evaluation.Score scored(Function<Evaluation, Evaluation.Score> scoring) {
        Evaluation kept = idle.poll();
        Evaluation evaluation = kept == null ? new Evaluation(config, text, pool) : kept;
        Evaluation.Score score = scoring.apply(evaluation);
        idle.add(evaluation);
        return score;
    }
}
