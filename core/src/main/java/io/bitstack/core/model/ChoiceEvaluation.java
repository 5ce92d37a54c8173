package io.bitstack.core.model;

import io.bitstack.core.kernel.RowPool;
import io.bitstack.core.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.List;

/**
 * Scores weights on multiple-choice tasks by the log-likelihood of each choice after the context, as public evaluation harnesses
 * do. One thread at a time.
 */
public final class ChoiceEvaluation {
    /**
     * What a measurement gave.
     *
     * @param accuracy share of tasks where the right choice has the highest log-likelihood
     * @param normalisedAccuracy the same with each log-likelihood divided by the choice's UTF-8 bytes, so that short choices have
     *     no advantage
     * @param tasks tasks scored
     */
    public record Score(double accuracy, double normalisedAccuracy, int tasks) {}

    private final List<ChoiceTask> tasks;
    private final List<List<ChoiceTask.Continuation>> continuations = new ArrayList<>();
    private final ModelConfig config;
    private final Transformer transformer;

    /** @throws ModelException {@code CONTEXT_FULL} if a task is longer than the model's context */
    public ChoiceEvaluation(ModelConfig config, Tokenizer tokenizer, List<ChoiceTask> tasks, RowPool pool) {
        this.tasks = List.copyOf(tasks);
        this.config = config;
        this.transformer = new Transformer(config, pool);
        for (int i = 0; i < tasks.size(); i++) {
            List<ChoiceTask.Continuation> choices = tasks.get(i).continuations(tokenizer);
            for (ChoiceTask.Continuation choice : choices) {
                if (choice.tokens().length > config.contextTokens()) {
                    throw new ModelException(
                            ModelError.CONTEXT_FULL,
                            "task %d has %d tokens, but the model's context is %d; shorten it"
                                    .formatted(i + 1, choice.tokens().length, config.contextTokens()));
                }
            }
            continuations.add(choices);
        }
    }

    /** Scores weights on all tasks. */
    public Score score(ModelWeights weights) {
        int right = 0;
        int rightNormalised = 0;
        for (int i = 0; i < continuations.size(); i++) {
            List<ChoiceTask.Continuation> choices = continuations.get(i);
            double[] sums = new double[choices.size()];
            double[] perByte = new double[choices.size()];
            for (int c = 0; c < sums.length; c++) {
                sums[c] = logLikelihood(weights, choices.get(c));
                perByte[c] = sums[c] / choices.get(c).choiceBytes();
            }
            int answer = tasks.get(i).answer();
            right += ChoiceTask.best(sums) == answer ? 1 : 0;
            rightNormalised += ChoiceTask.best(perByte) == answer ? 1 : 0;
        }
        return new Score((double) right / tasks.size(), (double) rightNormalised / tasks.size(), tasks.size());
    }

    /** Σ log p of the choice's tokens, each given those before it. */
    private double logLikelihood(ModelWeights weights, ChoiceTask.Continuation choice) {
        int[] tokens = choice.tokens();
        int vocabulary = config.vocabularySize();
        double[] sum = new double[1];
        transformer.forward(weights, tokens, new KvCache(config, tokens.length), (first, count, logits) -> {
            for (int t = 0; t < count; t++) {
                int next = first + t + 1;
                if (next >= choice.contextTokens() && next < tokens.length) {
                    sum[0] += logProbability(logits, t * vocabulary, vocabulary, tokens[next]);
                }
            }
        });
        return sum[0];
    }

    private static double logProbability(float[] logits, int offset, int vocabulary, int token) {
        double maximum = logits[offset + ReferenceLogits.topToken(logits, offset, vocabulary)];
        double sum = 0;
        for (int i = 0; i < vocabulary; i++) {
            sum += Math.exp(logits[offset + i] - maximum);
        }
        return logits[offset + token] - maximum - Math.log(sum);
    }
}
