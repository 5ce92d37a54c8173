package io.bitstack.compression.encode;

import io.bitstack.core.kernel.RowPool;
import io.bitstack.core.model.Evaluation;
import io.bitstack.core.model.EvaluationText;
import io.bitstack.core.model.LayerStreams;
import io.bitstack.core.model.ModelConfig;
import io.bitstack.core.model.ModelWeights;
import io.bitstack.core.model.ReferenceLogits;
import java.io.IOException;
import java.util.OptionalInt;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.BooleanSupplier;
import java.util.function.IntFunction;

/**
 * Measures many weights on one text. Those of a small model are measured side by side, one a thread, which wastes nothing on
 * waiting for other threads; those of a large one after each other with all threads, so that one forward pass's memory is enough.
 * The numbers are the same either way.
 */
final class ParallelEvaluations {
    /** Up to so many weights a model is small. */
    private static final long SMALL_MODEL_WEIGHTS = 1L << 28;
    /** More is not spent on the streams of the full model. */
    private static final long MOST_STREAM_BYTES = 1L << 30;

    private final ModelConfig config;
    private final EvaluationText text;
    private final RowPool pool;
    private final OrderedTasks tasks;
    private final Queue<Evaluation> idle = new ConcurrentLinkedQueue<>();
    private final Evaluation.Full full;
    private final ModelWeights dense;

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
        this.dense = dense;
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

    /** Scores weights 0 to count − 1, handing on the scores in order. */
    void score(int count, IntFunction<ModelWeights> weights, OrderedTasks.Result<Evaluation.Score> results)
            throws IOException {
        ReferenceLogits reference = full.logits();
        run(count, (evaluation, index) -> evaluation.score(weights.apply(index), reference), results);
    }

    /**
     * Scores weights that are the full model's before a layer, which saves running these layers again.
     *
     * @param firstLayer the layer from which on the weights of an index differ; empty if the embeddings do
     */
    void scoreChanged(
            int count,
            IntFunction<OptionalInt> firstLayer,
            IntFunction<ModelWeights> weights,
            OrderedTasks.Result<Evaluation.Score> results)
            throws IOException {
        if (LayerStreams.sizeBytes(config, text) > MOST_STREAM_BYTES) {
            score(count, weights, results);
            return;
        }
        ReferenceLogits reference = full.logits();
        LayerStreams streams = new Evaluation(config, text, pool).streams(dense);
        run(
                count,
                (evaluation, index) -> {
                    OptionalInt from = firstLayer.apply(index);
                    return from.isPresent()
                            ? evaluation.scoreFrom(streams, from.getAsInt(), weights.apply(index), reference)
                            : evaluation.score(weights.apply(index), reference);
                },
                results);
    }

    private interface Scoring {
        Evaluation.Score score(Evaluation evaluation, int index);
    }

    private void run(int count, Scoring scoring, OrderedTasks.Result<Evaluation.Score> results) throws IOException {
        tasks.run(
                count,
                index -> {
                    Evaluation kept = idle.poll();
                    Evaluation evaluation = kept == null ? new Evaluation(config, text, pool) : kept;
                    Evaluation.Score score = scoring.score(evaluation, index);
                    idle.add(evaluation);
                    return score;
                },
                results);
    }
}
