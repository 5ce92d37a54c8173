package io.bitstack.core.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import io.bitstack.core.kernel.RowPool;
import io.bitstack.core.safetensors.Checkpoint;
import io.bitstack.core.tensor.FloatMatrix;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class EvaluationTest {
    private final ModelConfig config = ModelConfig.read(TestModels.demo());

    @Test
    void scoresMatchTheirDefinitionOnPlainLogits() {
        EvaluationText text = EvaluationText.of(TestModels.randomTokens(config, 75, 1), 24, 10);
        assertThat(text.windows()).hasSize(3);
        assertThat(text.scoredTokens()).isEqualTo(69);
        try (Checkpoint checkpoint = Checkpoint.open(TestModels.demo())) {
            ModelWeights full = ModelWeights.dense(config, checkpoint);
            ModelWeights noisy = full.with("model.layers.1.mlp.up_proj.weight", noisy(checkpoint));
            Evaluation evaluation = new Evaluation(config, text, RowPool.SINGLE);
            ReferenceLogits reference = evaluation.reference(full);

            Evaluation.Score same = evaluation.score(full, reference);
            assertThat(same.klDivergence()).isCloseTo(0, within(1e-6));
            assertThat(same.topTokenChanged()).isZero();
            assertThat(same.bitsPerByte()).isNaN();
            assertThat(evaluation.score(full, null).klDivergence()).isNaN();
            assertThat(evaluation.score(full, null).topTokenChanged()).isNaN();

            Evaluation.Score score = evaluation.score(noisy, reference);
            double[] expected = bySoftmax(text, full, noisy);
            assertThat(score.tokens()).isEqualTo(69);
            assertThat(score.perplexity()).isCloseTo(expected[0], within(expected[0] * 1e-4));
            assertThat(score.klDivergence()).isGreaterThan(1e-3).isCloseTo(expected[1], within(1e-5));
            assertThat(score.topTokenChanged()).isPositive().isCloseTo(expected[2], within(1e-9));
        }
    }

    /** Windows longer than a chunk, so that a layer's chunks see the keys of earlier ones. */
    @Test
    void weightsThatDifferFromALayerOnScoreTheSameFromThere() {
        EvaluationText text = EvaluationText.of(TestModels.randomTokens(config, 180, 3), 90, 2);
        MatrixSpec spec = config.matrices().stream()
                .filter(matrix -> matrix.name().equals("model.layers.1.mlp.up_proj.weight"))
                .findFirst()
                .orElseThrow();
        assertThat(spec.layer()).hasValue(1);
        assertThat(config.matrices().getFirst().layer()).isEmpty();
        try (Checkpoint checkpoint = Checkpoint.open(TestModels.demo())) {
            ModelWeights full = ModelWeights.dense(config, checkpoint);
            ModelWeights noisy = full.with(spec.name(), noisy(checkpoint));
            Evaluation evaluation = new Evaluation(config, text, RowPool.SINGLE);
            ReferenceLogits reference = evaluation.reference(full);
            LayerStreams streams = evaluation.streams(full);
            Evaluation.Score score = evaluation.score(noisy, reference);
            assertThat(score.klDivergence()).isPositive();
            for (int layer = 0; layer <= 1; layer++) {
                assertThat(evaluation.scoreFrom(streams, layer, noisy, reference))
                        .isEqualTo(score);
            }
            assertThat(evaluation.scoreFrom(streams, 2, noisy, reference).klDivergence())
                    .as("the changed layer is not run")
                    .isLessThan(score.klDivergence() / 10);
        }
    }

    private FloatMatrix noisy(Checkpoint checkpoint) {
        FloatMatrix matrix =
                checkpoint.matrix("model.layers.1.mlp.up_proj.weight", config.intermediateSize(), config.hiddenSize());
        Random random = new Random(5);
        for (int i = 0; i < matrix.data().length; i++) {
            matrix.data()[i] += (float) (0.05 * random.nextGaussian());
        }
        return matrix;
    }

    /** Perplexity and KL divergence with probabilities written out in double precision. */
    private double[] bySoftmax(EvaluationText text, ModelWeights full, ModelWeights other) {
        int vocabulary = config.vocabularySize();
        Transformer transformer = new Transformer(config, RowPool.SINGLE);
        double negativeLog = 0;
        double divergence = 0;
        int changed = 0;
        for (int[] window : text.windows()) {
            float[] p = transformer.forward(full, window, new KvCache(config, 24), LogitsWanted.ALL);
            float[] q = transformer.forward(other, window, new KvCache(config, 24), LogitsWanted.ALL);
            for (int t = 0; t + 1 < window.length; t++) {
                changed += top(p, t * vocabulary) == top(q, t * vocabulary) ? 0 : 1;
                double pSum = 0;
                double qSum = 0;
                for (int i = 0; i < vocabulary; i++) {
                    pSum += Math.exp(p[t * vocabulary + i]);
                    qSum += Math.exp(q[t * vocabulary + i]);
                }
                negativeLog -= Math.log(Math.exp(q[t * vocabulary + window[t + 1]]) / qSum);
                for (int i = 0; i < vocabulary; i++) {
                    double pi = Math.exp(p[t * vocabulary + i]) / pSum;
                    divergence += pi * Math.log(pi / (Math.exp(q[t * vocabulary + i]) / qSum));
                }
            }
        }
        int tokens = text.scoredTokens();
        return new double[] {Math.exp(negativeLog / tokens), divergence / tokens, (double) changed / tokens};
    }

    private int top(float[] logits, int offset) {
        return IntStream.range(0, config.vocabularySize())
                .reduce(0, (best, i) -> logits[offset + i] > logits[offset + best] ? i : best);
    }

    @Test
    void windowsAreSpreadEvenlyAndTheirBytesCounted() {
        int[] tokens = IntStream.range(0, 105).toArray();
        EvaluationText text = EvaluationText.spread(tokens, 10, 3, token -> token % 10 + 1);
        // Ten whole windows: every third of them, three times.
        assertThat(text.windows()).extracting(window -> window[0]).containsExactly(0, 30, 60);
        assertThat(text.scoredBytes()).isEqualTo(3 * (2 + 3 + 4 + 5 + 6 + 7 + 8 + 9 + 10));
        assertThat(EvaluationText.spread(tokens, 10, 99, token -> 1).windows()).hasSize(10);
        assertThat(EvaluationText.spread(tokens, 10, 4, token -> 1).windows())
                .extracting(window -> window[0])
                .containsExactly(0, 20, 40, 60);
    }

    @Test
    void bitsPerByteAreTheBitsOfTheTokensOverTheirBytes() {
        int[] tokens = TestModels.randomTokens(config, 48, 2);
        EvaluationText text = EvaluationText.spread(tokens, 24, 2, token -> 3);
        try (Checkpoint checkpoint = Checkpoint.open(TestModels.demo())) {
            ModelWeights full = ModelWeights.dense(config, checkpoint);
            Evaluation.Score score =
                    new Evaluation(config, text, RowPool.SINGLE).full(full).score();
            double bits = 46 * Math.log(score.perplexity()) / Math.log(2);
            assertThat(score.bitsPerByte()).isCloseTo(bits / (46 * 3), within(1e-9));
        }
    }

    @Test
    void aReferenceInAFileGivesWhatOneInMemoryGives() {
        Random random = new Random(8);
        ReferenceLogits inMemory = new ReferenceLogits(3, 1000, Long.MAX_VALUE);
        ReferenceLogits inFile = new ReferenceLogits(3, 1000, 0);
        for (int t = 0; t < 3; t++) {
            float[] logits = new float[1005];
            for (int i = 0; i < logits.length; i++) {
                logits[i] = (float) (10 * random.nextGaussian());
            }
            inMemory.set(t, logits, 5);
            inFile.set(t, logits, 5);
            float[] kept = new float[1000];
            float[] mapped = new float[1000];
            inMemory.get(t, kept);
            inFile.get(t, mapped);
            assertThat(mapped).isEqualTo(kept);
            assertThat(kept[7]).isCloseTo(logits[12], within(1e-3f));
            assertThat(inFile.topToken(t)).isEqualTo(ReferenceLogits.topToken(logits, 5, 1000));
        }
    }

    @Test
    void refusesATextThatFillsNoWindow() {
        assertThat(catchThrowableOfType(ModelException.class, () -> EvaluationText.of(new int[10], 11, 1))
                        .code())
                .isEqualTo(ModelError.BAD_EVALUATION_TEXT);
    }
}
