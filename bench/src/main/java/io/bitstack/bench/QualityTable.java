package io.bitstack.bench;

import io.bitstack.core.kernel.RowPool;
import io.bitstack.core.model.Evaluation;
import io.bitstack.core.model.EvaluationText;
import io.bitstack.core.model.ModelConfig;
import io.bitstack.core.model.ModelWeights;
import java.util.Locale;

/** Prints one line of a Markdown table for each model that is measured, the full one first. */
final class QualityTable {
    private final Evaluation evaluation;
    private final Evaluation.Full full;
    private final long weights;

    /** Measures the full model and prints the table's head and first line. */
    QualityTable(ModelConfig config, EvaluationText text, ModelWeights full, long fullBytes, RowPool pool) {
        this.evaluation = new Evaluation(config, text, pool);
        this.full = evaluation.full(full);
        this.weights = config.toManifest().weights();
        System.out.println("| method | MB | bpw | perplexity | KL divergence | top token changed |");
        System.out.println("|---|---|---|---|---|---|");
        line("full", fullBytes, this.full.score().perplexity(), 0, 0);
    }

    /** @param sizeBytes of the whole model */
    void measure(String method, long sizeBytes, ModelWeights model) {
        Evaluation.Score score = evaluation.score(model, full.logits());
        line(method, sizeBytes, score.perplexity(), score.klDivergence(), score.topTokenChanged());
    }

    private void line(String method, long sizeBytes, double perplexity, double divergence, double changed) {
        System.out.printf(
                Locale.ROOT,
                "| %s | %.1f | %.2f | %.2f | %.4f | %.1f %% |%n",
                method,
                sizeBytes / 1e6,
                8.0 * sizeBytes / weights,
                perplexity,
                divergence,
                100 * changed);
    }
}
