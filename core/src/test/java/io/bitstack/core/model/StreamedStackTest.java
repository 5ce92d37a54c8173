package io.bitstack.core.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bitstack.core.codec.Codecs;
import io.bitstack.core.kernel.FixedRowPool;
import io.bitstack.core.kernel.RowPool;
import io.bitstack.core.stack.Digest;
import io.bitstack.core.stack.StackManifest;
import io.bitstack.core.tokenizer.Tokenizer;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A small model with random weights and an untied head, whose blocks are read a layer at a time. */
class StreamedStackTest {
    private static final String CONFIG = """
        {"architectures":["Qwen2ForCausalLM"],"hidden_act":"silu","hidden_size":64,"intermediate_size":96,
         "num_hidden_layers":3,"num_attention_heads":4,"num_key_value_heads":2,"vocab_size":4096,
         "max_position_embeddings":1024,"tie_word_embeddings":%s}\
        """;

    private static final TestStack STACK = TestStack.random(CONFIG.formatted(false), Map.of());
    private static final ModelConfig config = STACK.config();
    private static final StackManifest manifest = STACK.manifest();

    /** Remembers what it has read, and how many bytes of it were in memory at once. */
    private static final class CountingLoader implements BlobLoader {
        private final TestStack stack;
        private final List<MemorySegment> read = new ArrayList<>();
        private long mostLiveBytes;

        CountingLoader(TestStack stack) {
            this.stack = stack;
        }

        @Override
        public synchronized void load(Digest digest, MemorySegment to) {
            to.copyFrom(stack.segment(digest));
            read.add(to);
            mostLiveBytes = Math.max(mostLiveBytes, liveBytes());
        }

        synchronized long liveBytes() {
            return read.stream()
                    .filter(segment -> segment.scope().isAlive())
                    .mapToLong(MemorySegment::byteSize)
                    .sum();
        }
    }

    private static StreamedStack open(TestStack stack, BlobLoader loader) {
        return StreamedStack.open(stack.manifest(), Codecs.byName("nested"), stack, loader);
    }

    private static StackWeights held() {
        return StackWeights.open(manifest, Codecs.byName("nested"), STACK);
    }

    private static int someBlocks() {
        return manifest.minimalBlocks() + manifest.matrices().size() / 2;
    }

    /** Of 300 tokens: a window alone, and several groups of windows that go through a layer together. */
    @ParameterizedTest
    @CsvSource({"1, 1", "3, 1", "2, 2", "5, 3"})
    void theNumbersAreThoseOfWeightsThatAreHeld(int windows, int threads) {
        EvaluationText text = EvaluationText.of(TestModels.randomTokens(config, windows * 300, 4), 300, windows);
        StreamedStack streamed = open(STACK, new CountingLoader(STACK));
        StackWeights held = held();
        int[] levels = held.levelsOfPrefix(someBlocks());
        try (FixedRowPool pool = new FixedRowPool(threads)) {
            Evaluation evaluation = new Evaluation(config, text, pool);
            ReferenceLogits full = evaluation.reference(STACK.full());
            Evaluation.Score decoded = evaluation.score(held.forManyTokens(someBlocks()), full);
            assertThat(decoded.klDivergence()).isPositive();
            assertThat(evaluation.score(streamed.atPrefix(someBlocks()), full)).isEqualTo(decoded);
            assertThat(evaluation.score(streamed.decodedAt(levels), full)).isEqualTo(decoded);
            assertThat(evaluation.score(streamed.at(levels, false), full))
                    .isEqualTo(evaluation.score(held.atPrefix(someBlocks()), full));
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 40_000, Long.MAX_VALUE})
    void choicesAreAsLikelyAsToWeightsThatAreHeld(long mostStreamBytes) throws IOException {
        Tokenizer tokenizer = Tokenizer.read(TestModels.demo());
        List<ChoiceTask> tasks = List.of(
                new ChoiceTask("Once upon a", List.of("time", "quarterly revenue statement"), 0),
                new ChoiceTask("A long story. ".repeat(20), List.of("It ended well.", "It ended", "no"), 0),
                new ChoiceTask("He", List.of("went", "x"), 1));
        ChoiceEvaluation evaluation = new ChoiceEvaluation(config, tokenizer, tasks, RowPool.SINGLE, mostStreamBytes);
        StreamedStack streamed = open(STACK, new CountingLoader(STACK));
        ModelWeights held = held().atPrefix(someBlocks());
        LayeredWeights layers = streamed.at(held().levelsOfPrefix(someBlocks()), false);
        List<double[]> expected = evaluation.logLikelihoods(held);
        List<double[]> found = evaluation.logLikelihoods(layers);
        assertThat(found).hasSameSizeAs(expected);
        for (int i = 0; i < expected.size(); i++) {
            assertThat(found.get(i)).isEqualTo(expected.get(i));
        }
        assertThat(evaluation.score(layers)).isEqualTo(evaluation.score(held));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void noMoreThanALayerOrTheHeadIsInMemoryAtOnce(boolean decoded) {
        TestStack stack = TestStack.random(CONFIG.formatted(decoded), Map.of());
        ModelConfig shape = stack.config();
        CountingLoader loader = new CountingLoader(stack);
        StreamedStack streamed = open(stack, loader);
        assertThat(loader.read).as("blocks that opening reads").isEmpty();
        StackWeights levels = StackWeights.open(stack.manifest(), Codecs.byName("nested"), stack);
        int all = stack.manifest().blocks().size();
        EvaluationText text = EvaluationText.of(TestModels.randomTokens(shape, 1800, 4), 300, 6);
        new Evaluation(shape, text, RowPool.SINGLE).score(streamed.at(levels.levelsOfPrefix(all), decoded), null);

        long most = Math.max(
                blockBytes(stack, name -> name.startsWith("model.embed")),
                blockBytes(stack, name -> name.startsWith("lm_head")));
        for (int layer = 0; layer < shape.layers(); layer++) {
            String prefix = "model.layers." + layer + ".";
            most = Math.max(most, blockBytes(stack, name -> name.startsWith(prefix)));
        }
        assertThat(loader.mostLiveBytes).isEqualTo(most).isLessThan(blockBytes(stack, name -> true));
        assertThat(loader.liveBytes()).isZero();
        // Each once, but for an embedding that is the head too.
        assertThat(loader.read)
                .hasSize(all
                        + (shape.tiedEmbeddings()
                                ? (int) blocks(stack, name -> name.startsWith("model.embed")).stream()
                                        .count()
                                : 0));
    }

    private static List<StackManifest.Block> blocks(TestStack stack, Predicate<String> names) {
        return stack.manifest().blocks().stream()
                .filter(block -> names.test(
                        stack.manifest().matrices().get(block.matrix()).name()))
                .toList();
    }

    private static long blockBytes(TestStack stack, Predicate<String> names) {
        return blocks(stack, names).stream()
                .mapToLong(StackManifest.Block::sizeBytes)
                .sum();
    }

    @Test
    void matricesDecodeToTheSame() {
        CountingLoader loader = new CountingLoader(STACK);
        StreamedStack streamed = open(STACK, loader);
        StackWeights held = held();
        int[] levels = held.levelsOfPrefix(someBlocks());
        for (int m = 0; m < levels.length; m++) {
            assertThat(streamed.decode(m, levels[m]).data())
                    .isEqualTo(held.matrixAt(m, levels[m]).decode().data());
        }
        for (MatrixSpec tensor : config.matrices()) {
            assertThat(streamed.decode(tensor.name(), levels))
                    .usingRecursiveComparison()
                    .isEqualTo(held.decode(tensor.name(), levels));
        }
        assertThat(loader.liveBytes()).isZero();
        assertThatThrownBy(() -> streamed.decode(0, 99)).hasMessageContaining("model.embed_tokens.weight");
        assertThatThrownBy(() -> streamed.atPrefix(manifest.minimalBlocks() - 1))
                .hasMessageContaining("between");
    }

    @Test
    void whatIsNotOpenIsNotUsedAndWhatIsOpenIsFreed() {
        CountingLoader loader = new CountingLoader(STACK);
        LayeredWeights layers = open(STACK, loader).at(held().levelsOfPrefix(someBlocks()), false);
        float[] row = new float[64];
        WeightMatrix embedding;
        try (LayeredWeights.Opened open = layers.open(List.of("model.embed_tokens.weight"), RowPool.SINGLE)) {
            embedding = open.weights().embedding();
            embedding.row(0, row, 0);
            assertThatThrownBy(() -> open.weights().head().row(0, row, 0))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("lm_head.weight");
            assertThat(loader.liveBytes()).isPositive();
        }
        assertThat(loader.liveBytes()).isZero();
        assertThatThrownBy(() -> embedding.row(0, row, 0)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aBlockThatCannotBeReadLeavesNothingBehind() {
        CountingLoader loader = new CountingLoader(STACK);
        StreamedStack streamed = open(STACK, (digest, to) -> {
            if (loader.read.size() == 3) {
                throw new IllegalStateException("gone");
            }
            loader.load(digest, to);
        });
        Collection<String> names =
                config.matricesOfLayer(1).stream().map(MatrixSpec::name).toList();
        LayeredWeights layers = streamed.atPrefix(someBlocks());
        assertThatThrownBy(() -> layers.open(names, RowPool.SINGLE)).hasMessage("gone");
        assertThat(loader.read).hasSize(3);
        assertThat(loader.liveBytes()).isZero();
    }

    @Test
    void anInterruptedThreadGivesUpBeforeTheNextLayer() {
        EvaluationText text = EvaluationText.of(TestModels.randomTokens(config, 64, 4), 32, 2);
        Evaluation evaluation = new Evaluation(config, text, RowPool.SINGLE);
        CountingLoader loader = new CountingLoader(STACK);
        String last = "model.layers.1.mlp.down_proj.weight";
        Digest inTheMidst = blocks(STACK, last::equals).getFirst().digest();
        StreamedStack streamed = open(STACK, (digest, to) -> {
            loader.load(digest, to);
            if (digest.equals(inTheMidst)) {
                Thread.currentThread().interrupt();
            }
        });
        LayeredWeights layers = streamed.atPrefix(someBlocks());
        assertThatThrownBy(() -> evaluation.score(layers, null)).isInstanceOf(CancellationException.class);
        assertThat(Thread.interrupted()).isTrue();
        assertThat(loader.liveBytes()).isZero();
        assertThat(loader.read).hasSizeLessThan(someBlocks());
    }
}
