package io.bitstack.standalone.cli;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.bitstack.core.model.ChoiceEvaluation;
import io.bitstack.core.model.Evaluation;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One line of what {@code eval} prints.
 *
 * @param name {@code full} or the number of blocks
 * @param bytes all that the model needs of weights: of a prefix base, blocks and manifest
 * @param bpw {@code bytes} over the number of weights, in bits
 * @param klDivergence to the full model, nats a token
 * @param topTokenChanged share of tokens where the most likely token is not the full model's
 * @param tasks multiple-choice tasks scored; absent, as the accuracies are, where there are none
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record EvalRow(
        String name,
        long bytes,
        double bpw,
        double perplexity,
        double klDivergence,
        int tokens,
        double topTokenChanged,
        double bitsPerByte,
        @Nullable Integer tasks,
        @Nullable Double accuracy,
        @Nullable Double normalisedAccuracy) {
    static EvalRow of(
            String name, long bytes, long weights, Evaluation.Score score, ChoiceEvaluation.@Nullable Score choices) {
        // The full model has no divergence from itself; its score does not say one.
        boolean full = Double.isNaN(score.klDivergence());
        return new EvalRow(
                name,
                bytes,
                8.0 * bytes / weights,
                score.perplexity(),
                full ? 0 : score.klDivergence(),
                score.tokens(),
                full ? 0 : score.topTokenChanged(),
                score.bitsPerByte(),
                choices == null ? null : choices.tasks(),
                choices == null ? null : choices.accuracy(),
                choices == null ? null : choices.normalisedAccuracy());
    }

    static void print(List<EvalRow> rows, PrintWriter out) {
        boolean tasks = rows.getFirst().tasks != null;
        out.printf(
                "%-8s %14s %8s %12s %14s %9s %9s %8s%s%n",
                "blocks",
                "bytes",
                "bpw",
                "perplexity",
                "KL divergence",
                "top ≠",
                "bits/byte",
                "tokens",
                tasks ? "      acc acc/byte    tasks" : "");
        for (EvalRow row : rows) {
            out.printf(
                    Locale.ROOT,
                    "%-8s %14d %8.3f %12.4f %14.5f %8.2f%% %9.4f %8d",
                    row.name,
                    row.bytes,
                    row.bpw,
                    row.perplexity,
                    row.klDivergence,
                    100 * row.topTokenChanged,
                    row.bitsPerByte,
                    row.tokens);
            if (row.tasks != null) {
                out.printf(Locale.ROOT, " %8.3f %8.3f %8d", row.accuracy, row.normalisedAccuracy, row.tasks);
            }
            out.println();
        }
    }
}
