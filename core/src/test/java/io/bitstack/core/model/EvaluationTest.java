package io.bitstack.core.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import io.bitstack.core.kernel.RowPool;
import io.bitstack.core.safetensors.Checkpoint;
import io.bitstack.core.tensor.FloatMatrix;
import java.util.Random;
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
            assertThat(evaluation.score(full, null).klDivergence()).isNaN();

            Evaluation.Score score = evaluation.score(noisy, reference);
            double[] expected = bySoftmax(text, full, noisy);
            assertThat(score.tokens()).isEqualTo(69);
            assertThat(score.perplexity()).isCloseTo(expected[0], within(expected[0] * 1e-4));
            assertThat(score.klDivergence()).isGreaterThan(1e-3).isCloseTo(expected[1], within(1e-5));
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
        for (int[] window : text.windows()) {
            float[] p = transformer.forward(full, window, new KvCache(config, 24), LogitsWanted.ALL);
            float[] q = transformer.forward(other, window, new KvCache(config, 24), LogitsWanted.ALL);
            for (int t = 0; t + 1 < window.length; t++) {
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
        return new double[] {Math.exp(negativeLog / text.scoredTokens()), divergence / text.scoredTokens()};
    }

    @Test
    void refusesATextThatFillsNoWindow() {
        assertThat(catchThrowableOfType(ModelException.class, () -> EvaluationText.of(new int[10], 11, 1))
                        .code())
                .isEqualTo(ModelError.BAD_EVALUATION_TEXT);
    }
}
