package io.bitstack.core.model;

import io.bitstack.core.kernel.RowPool;
import io.bitstack.core.stack.KvPrecision;
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

    /** What the residual streams of texts that go through a layer together may take. */
    private static final long MOST_STREAM_BYTES = 256L << 20;

    private final List<ChoiceTask> tasks;
    private final List<List<ChoiceTask.Continuation>> continuations = new ArrayList<>();
    private final ModelConfig config;
    private final Transformer transformer;
    private final RowPool pool;
    private final long mostStreamBytes;

    /** @throws ModelException {@code CONTEXT_FULL} if a task is longer than the model's context */
    public ChoiceEvaluation(ModelConfig config, Tokenizer tokenizer, List<ChoiceTask> tasks, RowPool pool) {
        this(config, tokenizer, tasks, pool, MOST_STREAM_BYTES);
    }

    ChoiceEvaluation(
            ModelConfig config, Tokenizer tokenizer, List<ChoiceTask> tasks, RowPool pool, long mostStreamBytes) {
        this.tasks = List.copyOf(tasks);
        this.config = config;
        this.pool = pool;
        this.mostStreamBytes = mostStreamBytes;
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
        return score(logLikelihoods(weights));
    }

    /** The same for weights that are opened a layer at a time: as many texts go through together as their residual streams allow. */
    public Score score(LayeredWeights weights) {
        return score(logLikelihoods(weights));
    }

    /** Of each task's choices. */
    List<double[]> logLikelihoods(ModelWeights weights) {
        List<double[]> sums = new ArrayList<>();
        for (List<ChoiceTask.Continuation> choices : continuations) {
            double[] ofTask = new double[choices.size()];
            for (int c = 0; c < ofTask.length; c++) {
                ofTask[c] = logLikelihood(weights, choices.get(c));
            }
            sums.add(ofTask);
        }
        return sums;
    }

    /** Of each task's choices. */
    List<double[]> logLikelihoods(LayeredWeights weights) {
        List<double[]> sums = new ArrayList<>();
        List<Place> places = new ArrayList<>();
        long tokens = 0;
        for (List<ChoiceTask.Continuation> choices : continuations) {
            sums.add(new double[choices.size()]);
            for (int c = 0; c < choices.size(); c++) {
                int length = choices.get(c).tokens().length;
                if (!places.isEmpty() && (tokens + length) * config.hiddenSize() * Float.BYTES > mostStreamBytes) {
                    addLogLikelihoods(weights, places);
                    places.clear();
                    tokens = 0;
                }
                places.add(new Place(choices.get(c), sums.getLast(), c));
                tokens += length;
            }
        }
        addLogLikelihoods(weights, places);
        return sums;
    }

    /** A choice, and where its log-likelihood is summed. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Place(ChoiceTask.Continuation choice, double[] sums, int index) {}

    private void addLogLikelihoods(LayeredWeights weights, List<Place> places) {
        LayeredPass.run(
                weights,
                transformer,
                pool,
                places.stream().map(place -> place.choice().tokens()).toList(),
                text -> List.of(
                        KvCache.ofOneLayer(config, places.get(text).choice().tokens().length, KvPrecision.SINGLE)),
                (text, first, count, logits) -> {
                    Place place = places.get(text);
                    add(place.choice(), first, count, logits, place.sums(), place.index());
                });
    }

    private Score score(List<double[]> sums) {
        int right = 0;
        int rightNormalised = 0;
        for (int i = 0; i < sums.size(); i++) {
            double[] perByte = new double[sums.get(i).length];
            for (int c = 0; c < perByte.length; c++) {
                perByte[c] = sums.get(i)[c] / continuations.get(i).get(c).choiceBytes();
            }
            int answer = tasks.get(i).answer();
            right += ChoiceTask.best(sums.get(i)) == answer ? 1 : 0;
            rightNormalised += ChoiceTask.best(perByte) == answer ? 1 : 0;
        }
        return new Score((double) right / tasks.size(), (double) rightNormalised / tasks.size(), tasks.size());
    }

    /** Σ log p of the choice's tokens, each given those before it. */
    private double logLikelihood(ModelWeights weights, ChoiceTask.Continuation choice) {
        int[] tokens = choice.tokens();
        double[] sum = new double[1];
        transformer.forward(
                weights,
                tokens,
                new KvCache(config, tokens.length),
                (first, count, logits) -> add(choice, first, count, logits, sum, 0));
        return sum[0];
    }

    private void add(ChoiceTask.Continuation choice, int first, int count, float[] logits, double[] sums, int index) {
        int[] tokens = choice.tokens();
        int vocabulary = config.vocabularySize();
        for (int t = 0; t < count; t++) {
            int next = first + t + 1;
            if (next >= choice.contextTokens() && next < tokens.length) {
                sums[index] += logProbability(logits, t * vocabulary, vocabulary, tokens[next]);
            }
        }
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
