package io.bitstack.inference.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SamplerTest {
    private static final float[] LOGITS = {1, 3, 2, 0, 3, -4};

    private static SamplingParameters with(double temperature, int topK, double topP, double minP) {
        return new SamplingParameters(temperature, topK, topP, minP, 1, 0, 0, Map.of(), OptionalLong.of(11));
    }

    private static int[] draw(SamplingParameters parameters, int count) {
        Sampler sampler = new Sampler(parameters, LOGITS.length, new int[0]);
        return IntStream.range(0, count).map(i -> sampler.next(LOGITS, 0)).toArray();
    }

    private static double[] shares(int[] tokens) {
        double[] shares = new double[LOGITS.length];
        Arrays.stream(tokens).forEach(token -> shares[token] += 1.0 / tokens.length);
        return shares;
    }

    @Test
    void takesTheLowestOfTheMostLikelyAtTemperatureZero() {
        assertThat(draw(SamplingParameters.GREEDY, 3)).containsOnly(1);
        assertThat(new Sampler(SamplingParameters.GREEDY, 3, new int[0]).next(LOGITS, 2))
                .as("logits from an offset on")
                .isEqualTo(2);
    }

    @Test
    void drawsByProbability() {
        double temperature = 1.5;
        double[] weights = IntStream.range(0, LOGITS.length)
                .mapToDouble(i -> Math.exp(LOGITS[i] / temperature))
                .toArray();
        double sum = Arrays.stream(weights).sum();
        double[] shares = shares(draw(with(temperature, 0, 1, 0), 40_000));
        for (int i = 0; i < shares.length; i++) {
            assertThat(shares[i]).isCloseTo(weights[i] / sum, within(0.01));
        }
    }

    @Test
    void leavesOutTheUnlikely() {
        assertThat(draw(with(2, 1, 1, 0), 200)).containsOnly(1);
        assertThat(draw(with(2, 3, 1, 0), 2000)).contains(1, 2, 4).doesNotContain(0, 3, 5);
        assertThat(draw(with(1, 0, 0.5, 0), 2000)).containsOnly(1, 4);
        assertThat(draw(with(1, 0, 1e-9, 0), 200)).containsOnly(1);
        assertThat(draw(with(1, 0, 1, 0.3), 2000)).containsOnly(1, 2, 4);
        assertThat(draw(with(1, 2, 0.9, 0.99), 2000)).containsOnly(1, 4);
        double[] shares = shares(draw(with(1, 3, 1, 0), 40_000));
        assertThat(shares[2]).isCloseTo(Math.exp(-1) / (2 + Math.exp(-1)), within(0.01));
    }

    @Test
    void equalSeedsGiveEqualTokens() {
        assertThat(draw(with(1, 0, 0.9, 0), 50)).isEqualTo(draw(with(1, 0, 0.9, 0), 50));
        // Pinned, so that another generator, or another use of it, does not go unnoticed.
        int[] first = draw(with(1, 0, 1, 0), 12);
        SamplingParameters other = new SamplingParameters(1, 0, 1, 0, 1, 0, 0, Map.of(), OptionalLong.of(12));
        assertThat(first).isNotEqualTo(draw(other, 12));
    }

    @Test
    void biasAndPenaltiesChangeTheChoice() {
        SamplingParameters biased =
                new SamplingParameters(0, 0, 1, 0, 1, 0, 0, Map.of(3, 100f, 999, 100f), OptionalLong.empty());
        assertThat(draw(biased, 2)).containsOnly(3);
        SamplingParameters presence = new SamplingParameters(0, 0, 1, 0, 1, 1.5, 0, Map.of(), OptionalLong.empty());
        assertThat(draw(presence, 4)).containsExactly(1, 4, 2, 1);
        SamplingParameters frequency = new SamplingParameters(0, 0, 1, 0, 1, 0, 0.75, Map.of(), OptionalLong.empty());
        assertThat(draw(frequency, 5)).containsExactly(1, 4, 1, 4, 2);
        SamplingParameters repetition = new SamplingParameters(0, 0, 1, 0, 2, 0, 0, Map.of(), OptionalLong.empty());
        assertThat(new Sampler(repetition, LOGITS.length, new int[] {1, 4}).next(LOGITS, 0))
                .as("what the prompt holds counts")
                .isEqualTo(2);
    }

    @Test
    void heaviestComeInOrder() {
        Random random = new Random(5);
        float[] weights = new float[300];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = random.nextInt(40);
        }
        List<Integer> expected = IntStream.range(0, weights.length)
                .boxed()
                .sorted((a, b) -> weights[a] != weights[b] ? Float.compare(weights[b], weights[a]) : a - b)
                .toList();
        Heaviest heaviest = new Heaviest(weights);
        assertThat(IntStream.range(0, weights.length).mapToObj(i -> heaviest.poll()))
                .isEqualTo(expected);
    }

    @Test
    void scoresAreLogProbabilities() {
        TokenScore score = TokenScore.of(LOGITS, 0, LOGITS.length, 2, 3);
        double sum = 0;
        for (float logit : LOGITS) {
            sum += Math.exp(logit);
        }
        assertThat(score.logprob()).isCloseTo(2 - Math.log(sum), within(1e-9));
        assertThat(score.top().stream().map(TokenScore.Alternative::token)).containsExactly(1, 4, 2);
        assertThat(TokenScore.of(LOGITS, 1, 3, 0, 0).top()).isEmpty();
    }
}
