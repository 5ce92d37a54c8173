package io.bitstack.core.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import io.bitstack.core.kernel.RowPool;
import io.bitstack.core.safetensors.Checkpoint;
import io.bitstack.core.stack.MemoryModel;
import io.bitstack.core.tensor.FloatMatrix;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class TransformerTest {
    private static Checkpoint checkpoint;
    private static ModelConfig config;
    private static ModelWeights weights;

    @BeforeAll
    static void open() {
        config = ModelConfig.read(TestModels.demo());
        checkpoint = Checkpoint.open(TestModels.demo());
        weights = ModelWeights.dense(config, checkpoint);
    }

    @AfterAll
    static void close() {
        checkpoint.close();
    }

    private static Transformer transformer() {
        return new Transformer(config, RowPool.SINGLE);
    }

    private static void assertClose(float[] actual, float[] expected) {
        assertThat(actual).hasSameSizeAs(expected);
        for (int i = 0; i < actual.length; i++) {
            assertThat(actual[i]).as("logit %d", i).isCloseTo(expected[i], within(2e-3f));
        }
    }

    @Test
    void stepByStepDecodeEqualsOnePassOverSeveralChunksAndPages() {
        int[] tokens = TestModels.randomTokens(config, 150, 1);
        Transformer transformer = transformer();
        float[] all = transformer.forward(weights, tokens, new KvCache(config, tokens.length), LogitsWanted.ALL);
        KvCache cache = new KvCache(config, 200);
        for (int t = 0; t < tokens.length; t++) {
            float[] last = transformer.forward(weights, new int[] {tokens[t]}, cache, LogitsWanted.LAST);
            int vocabulary = config.vocabularySize();
            assertClose(last, Arrays.copyOfRange(all, t * vocabulary, (t + 1) * vocabulary));
        }
        assertThat(cache.length()).isEqualTo(tokens.length);
        assertThat(cache.heldBytes()).isEqualTo(2 * MemoryModel.kvCacheBytes(config.toManifest(), tokens.length));
    }

    @Test
    void moreTokensAtATimeChangeNothing() {
        int[] tokens = TestModels.randomTokens(config, 300, 4);
        ModelWeights decoded = ModelWeights.denseDecoded(config, checkpoint);
        float[] few = transformer().forward(decoded, tokens, new KvCache(config, 300), LogitsWanted.ALL);
        float[] many = Transformer.ofTexts(config, RowPool.SINGLE)
                .forward(decoded, tokens, new KvCache(config, 300), LogitsWanted.ALL);
        assertThat(many).isEqualTo(few);
    }

    @Test
    void aCutCacheGoesOnAsIfNothingHadFollowed() {
        int[] tokens = TestModels.randomTokens(config, 90, 2);
        Transformer transformer = transformer();
        KvCache cache = new KvCache(config, 100);
        transformer.forward(weights, tokens, cache, LogitsWanted.LAST);
        cache.truncate(40);
        assertThat(cache.heldBytes()).isEqualTo(2 * MemoryModel.kvCacheBytes(config.toManifest(), 40));
        float[] after = transformer.forward(weights, new int[] {5, 6}, cache, LogitsWanted.LAST);
        int[] fresh = Arrays.copyOf(tokens, 42);
        fresh[40] = 5;
        fresh[41] = 6;
        assertClose(after, transformer.forward(weights, fresh, new KvCache(config, 50), LogitsWanted.LAST));
    }

    @Test
    void sequencesDecodedTogetherDoNotSeeEachOther() {
        Transformer transformer = transformer();
        List<KvCache> together = new ArrayList<>();
        List<float[]> alone = new ArrayList<>();
        int[] next = {7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
        for (int i = 0; i < next.length; i++) {
            int[] prompt = TestModels.randomTokens(config, 3 + 9 * i, i);
            KvCache cache = new KvCache(config, 128);
            transformer.forward(weights, prompt, cache, LogitsWanted.LAST);
            together.add(cache);
            KvCache own = new KvCache(config, 128);
            transformer.forward(weights, prompt, own, LogitsWanted.LAST);
            alone.add(transformer.forward(weights, new int[] {next[i]}, own, LogitsWanted.LAST));
        }
        float[] logits = transformer.decode(weights, next, together);
        int vocabulary = config.vocabularySize();
        for (int i = 0; i < next.length; i++) {
            assertClose(Arrays.copyOfRange(logits, i * vocabulary, (i + 1) * vocabulary), alone.get(i));
            assertThat(together.get(i).length()).isEqualTo(4 + 9 * i);
        }
        assertThatThrownBy(
                        () -> transformer.decode(weights, new int[] {1, 2}, List.of(together.get(0), together.get(0))))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void refusesWhatDoesNotFitBeforeAnythingChanges() {
        Transformer transformer = transformer();
        KvCache cache = new KvCache(config, 4);
        transformer.forward(weights, new int[] {1, 2}, cache, LogitsWanted.LAST);
        ModelException full = catchThrowableOfType(
                ModelException.class,
                () -> transformer.forward(weights, new int[] {1, 2, 3}, cache, LogitsWanted.LAST));
        assertThat(full.code()).isEqualTo(ModelError.CONTEXT_FULL);
        ModelException unknown = catchThrowableOfType(
                ModelException.class,
                () -> transformer.forward(weights, new int[] {config.vocabularySize()}, cache, LogitsWanted.LAST));
        assertThat(unknown.code()).isEqualTo(ModelError.BAD_TOKEN);
        assertThat(cache.length()).isEqualTo(2);
        assertThat(catchThrowableOfType(ModelException.class, () -> new KvCache(config, config.contextTokens() + 1))
                        .code())
                .isEqualTo(ModelError.CONTEXT_FULL);
    }

    @Test
    void theObserverSeesTheInputOfEveryMatrixButTheEmbedding() {
        int[] tokens = TestModels.randomTokens(config, 70, 3);
        Map<String, Integer> seen = new HashMap<>();
        Map<String, float[]> last = new HashMap<>();
        transformer().observe(weights, tokens, (input, x, count) -> {
            seen.merge(input, count, Integer::sum);
            last.put(input, x.clone());
        });
        for (MatrixSpec matrix : config.matrices()) {
            assertThat(seen).containsEntry(matrix.input(), tokens.length);
        }
        assertThat(seen).hasSize(4 * config.layers() + 1);
        // The head's input, multiplied with the tied embedding, is the logits.
        float[] logits = transformer().forward(weights, tokens, new KvCache(config, tokens.length), LogitsWanted.LAST);
        float[] row = new float[config.hiddenSize()];
        weights.embedding().row(123, row, 0);
        float[] x = last.getOrDefault("head", new float[0]);
        assertThat(x).isNotEmpty();
        int lastOfChunk = (tokens.length - 1) % MemoryModel.CHUNK_TOKENS;
        double sum = 0;
        for (int i = 0; i < row.length; i++) {
            sum += row[i] * x[lastOfChunk * row.length + i];
        }
        assertThat(sum).isCloseTo(logits[123], within(1e-3));
    }

    @Test
    void aReplacedMatrixChangesItsModelAndNoOther() {
        String name = "model.layers.2.mlp.down_proj.weight";
        int[] tokens = TestModels.randomTokens(config, 10, 4);
        FloatMatrix same = checkpoint.matrix(name, config.hiddenSize(), config.intermediateSize());
        Transformer transformer = transformer();
        float[] before = transformer.forward(weights, tokens, new KvCache(config, 10), LogitsWanted.LAST);
        float[] decoded =
                transformer.forward(weights.with(name, same), tokens, new KvCache(config, 10), LogitsWanted.LAST);
        assertClose(decoded, before);
        ModelWeights without = weights.with(name, FloatMatrix.zeros(config.hiddenSize(), config.intermediateSize()));
        float[] changed = transformer.forward(without, tokens, new KvCache(config, 10), LogitsWanted.LAST);
        assertThat(Arrays.equals(changed, before)).isFalse();
        float[] again = transformer.forward(weights, tokens, new KvCache(config, 10), LogitsWanted.LAST);
        assertThat(Arrays.equals(again, before)).as("the same to the last bit").isTrue();
        assertThat(catchThrowableOfType(ModelException.class, () -> weights.with("no.such.weight", same))
                        .code())
                .isEqualTo(ModelError.WEIGHTS_MISMATCH);
        assertThat(catchThrowableOfType(ModelException.class, () -> weights.with(name, FloatMatrix.zeros(2, 2)))
                        .code())
                .isEqualTo(ModelError.WEIGHTS_MISMATCH);
    }

    @Test
    void theSameInputsGiveTheSameBitsHoweverOftenTheCodeHasRun() {
        int[] tokens = TestModels.randomTokens(config, 20, 6);
        Transformer transformer = transformer();
        float[] first = transformer.forward(weights, tokens, new KvCache(config, 20), LogitsWanted.ALL);
        for (int i = 0; i < 40; i++) {
            float[] next = transformer.forward(weights, tokens, new KvCache(config, 20), LogitsWanted.ALL);
            assertThat(Arrays.equals(next, first)).as("pass %d", i).isTrue();
        }
    }

    @Test
    void scratchStaysWithinTheMemoryModel() {
        assertThat(transformer().scratchHeldBytes()).isLessThan(MemoryModel.scratchBytes(config.toManifest()));
    }
}
