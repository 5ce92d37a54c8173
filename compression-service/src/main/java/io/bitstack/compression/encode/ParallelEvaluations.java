package io.bitstack.compression.encode;

import io.bitstack.core.kernel.RowPool;
import io.bitstack.core.model.Evaluation;
import io.bitstack.core.model.EvaluationText;
import io.bitstack.core.model.ModelConfig;
import io.bitstack.core.model.ModelWeights;
import java.io.IOException;
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

    private final ModelConfig config;
    private final EvaluationText text;
    private final RowPool pool;
    private final OrderedTasks tasks;
    private final Queue<Evaluation> idle = new ConcurrentLinkedQueue<>();
    private final Evaluation.Full full;

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
        tasks.run(count, index -> score(weights.apply(index)), results);
    }

    /** Scores weights on the caller's thread; of a large model, one at a time. */
    Evaluation.Score score(ModelWeights weights) {
        Evaluation kept = idle.poll();
        Evaluation evaluation = kept == null ? new Evaluation(config, text, pool) : kept;
        Evaluation.Score score = evaluation.score(weights, full.logits());
        idle.add(evaluation);
        return score;
    }
}
