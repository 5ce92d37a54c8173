package io.bitstack.core.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import io.bitstack.core.codec.Codecs;
import io.bitstack.core.kernel.RowPool;
import io.bitstack.core.stack.StackManifest;
import io.bitstack.core.tensor.FloatMatrix;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A small model with random weights and an untied head, compressed with the default codec. */
class StackWeightsTest {
    private static final String CONFIG = """
        {"architectures":["Qwen2ForCausalLM"],"hidden_act":"silu","hidden_size":64,"intermediate_size":96,
         "num_hidden_layers":2,"num_attention_heads":4,"num_key_value_heads":2,"vocab_size":80,
         "max_position_embeddings":128,"tie_word_embeddings":false}\
        """;

    private static final TestStack STACK = TestStack.random(CONFIG, Map.of());
    private static final ModelConfig config = STACK.config();
    private static final StackManifest manifest = STACK.manifest();

    private static StackWeights open() {
        return StackWeights.open(manifest, Codecs.byName("nested"), STACK);
    }

    @Test
    void aPrefixRunsAsItsDecodedMatricesDo() {
        StackWeights stack = open();
        int[] tokens = TestModels.randomTokens(config, 40, 1);
        Transformer transformer = new Transformer(config, RowPool.SINGLE);
        int blocks = manifest.minimalBlocks() + manifest.matrices().size() / 2;
        int[] levels = stack.levelsOfPrefix(blocks);
        assertThat(Arrays.stream(levels).distinct().count())
                .as("levels differ within the prefix")
                .isEqualTo(2);
        ModelWeights decoded = STACK.full();
        for (MatrixSpec tensor : config.matrices()) {
            FloatMatrix whole = FloatMatrix.zeros(tensor.rows(), tensor.columns());
            for (int i = 0; i < levels.length; i++) {
                if (stack.part(i).tensor().equals(tensor.name())) {
                    float[] rows = stack.matrixAt(i, levels[i]).decode().data();
                    System.arraycopy(rows, 0, whole.data(), stack.part(i).firstRow() * tensor.columns(), rows.length);
                }
            }
            decoded = decoded.with(tensor.name(), whole);
        }
        float[] expected = transformer.forward(decoded, tokens, new KvCache(config, 64), LogitsWanted.ALL);
        ModelWeights prefix = stack.atPrefix(blocks);
        KvCache cache = new KvCache(config, 64);
        float[] actual = transformer.forward(prefix, tokens, cache, LogitsWanted.ALL);
        assertThat(actual).hasSameSizeAs(expected);
        for (int i = 0; i < actual.length; i++) {
            assertThat(actual[i]).isCloseTo(expected[i], within(5e-3f));
        }
        cache.truncate(tokens.length - 1);
        float[] step = transformer.forward(prefix, new int[] {tokens[tokens.length - 1]}, cache, LogitsWanted.LAST);
        for (int i = 0; i < step.length; i++) {
            assertThat(step[i]).isCloseTo(actual[(tokens.length - 1) * step.length + i], within(1.5e-1f));
        }
    }

    @Test
    void longerPrefixesComeNearerToTheFullModel() {
        StackWeights stack = open();
        EvaluationText text = EvaluationText.of(TestModels.randomTokens(config, 128, 2), 32, 4);
        Evaluation evaluation = new Evaluation(config, text, RowPool.SINGLE);
        ReferenceLogits reference = evaluation.reference(STACK.full());
        int matrices = manifest.matrices().size();
        double before = Double.MAX_VALUE;
        for (int blocks = matrices; blocks <= 4 * matrices; blocks += matrices) {
            double divergence =
                    evaluation.score(stack.atPrefix(blocks), reference).klDivergence();
            assertThat(divergence).isPositive().isLessThan(before);
            before = divergence;
        }
        assertThat(stack.baseHeldBytes()).isPositive();
    }

    @Test
    void refusesPrefixesAndLevelsThatDoNotExist() {
        StackWeights stack = open();
        assertThatThrownBy(() -> stack.atPrefix(manifest.minimalBlocks() - 1))
                .hasMessageContaining("between " + manifest.minimalBlocks());
        assertThatThrownBy(() -> stack.atPrefix(manifest.blocks().size() + 1)).hasMessageContaining("between");
        assertThatThrownBy(() -> stack.matrixAt(0, 99)).hasMessageContaining("model.embed_tokens.weight");
        assertThatThrownBy(() -> StackWeights.open(manifest, Codecs.byName("iabd"), STACK))
                .hasMessageContaining("nested");
    }

    @Test
    void aTensorInPartsIsOneMatrixOfTheModel() {
        assertThat(manifest.matrices().stream().map(StackManifest.Matrix::name).toList())
                .contains(
                        "model.embed_tokens.weight[0:26]",
                        "model.embed_tokens.weight[26:27]",
                        "model.embed_tokens.weight[27:80]");
        StackWeights stack = open();
        int[] levels = stack.levelsOfPrefix(manifest.blocks().size());
        levels[0] = manifest.matrices().getFirst().startLevel();
        WeightMatrix embedding = stack.atLevels(levels).embedding();
        assertThat(embedding.rows()).isEqualTo(80);
        float[] row = new float[64];
        for (int[] at : new int[][] {{0, 0, 0}, {25, 0, 25}, {26, 1, 0}, {27, 2, 0}, {79, 2, 52}}) {
            float[] expected = new float[64];
            stack.matrixAt(at[1], levels[at[1]]).row(at[2], expected, 0);
            embedding.row(at[0], row, 0);
            assertThat(row).as("row %d", at[0]).isEqualTo(expected);
        }
        assertThat(stack.forManyTokens(manifest.blocks().size()).embedding().rows())
                .isEqualTo(80);
    }

    /** Up, down, and to where it was, in the same memory. */
    @Test
    void oneDecoderGivesWhatEachPrefixDecodesTo() {
        StackWeights stack = open();
        PrefixDecoder decoder = stack.decoder();
        int most = manifest.blocks().size();
        int least = manifest.minimalBlocks();
        for (int blocks : new int[] {(least + most) / 2, most, most, least, least + 1, most - 1}) {
            ModelWeights decoded = decoder.at(blocks);
            int[] levels = stack.levelsOfPrefix(blocks);
            for (MatrixSpec tensor : config.matrices()) {
                float[] whole = new float[tensor.rows() * tensor.columns()];
                for (int i = 0; i < tensor.rows(); i++) {
                    decoded.matrix(tensor.name()).row(i, whole, i * tensor.columns());
                }
                assertThat(whole)
                        .as("%s, %d blocks", tensor.name(), blocks)
                        .isEqualTo(stack.decode(tensor.name(), levels).data());
            }
        }
    }

    @Test
    void refusesPartsThatDoNotMakeUpATensor() {
        refusesMatrices(0, "model.embed_tokens.weight[1:27]", "begins at row 1, where row 0 is next");
        refusesMatrices(1, "model.embed_tokens.weight[27:28]", "begins at row 27, where row 26 is next");
        refusesMatrices(1, "model.embed_tokens.weight[26:28]", "has 1 rows, but its name says 2");
        refusesMatrices(2, "model.embed_tokens.weight", "begins at row 0, where row 27 is next");
        refusesMatrices(2, "model.embed_tokens.weight[027:80]", "model.embed_tokens.weight");
    }

    private static void refusesMatrices(int index, String name, String reason) {
        List<StackManifest.Matrix> renamed = new ArrayList<>(manifest.matrices());
        StackManifest.Matrix m = renamed.get(index);
        renamed.set(
                index,
                new StackManifest.Matrix(
                        name, m.rows(), m.columns(), m.input(), m.startLevel(), m.levels(), m.digest(), m.sizeBytes()));
        assertThatThrownBy(() -> StackWeights.open(with(renamed, manifest.blocks()), Codecs.byName("nested"), STACK)
                        .atPrefix(manifest.minimalBlocks()))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining(reason);
    }

    @Test
    void refusesAStackOrderWithALevelOutOfPlace() {
        List<StackManifest.Block> swapped = new ArrayList<>(manifest.blocks());
        swapped.addFirst(swapped.removeLast());
        refusesBlocks(swapped);
    }

    @Test
    void refusesABlockOfAnotherSizeThanTheCodecNeeds() {
        List<StackManifest.Block> grown = new ArrayList<>(manifest.blocks());
        StackManifest.Block last = grown.removeLast();
        grown.add(
                new StackManifest.Block(last.matrix(), last.level(), last.digest(), last.sizeBytes() + 8, last.gain()));
        refusesBlocks(grown);
    }

    private static void refusesBlocks(List<StackManifest.Block> blocks) {
        StackManifest broken = with(manifest.matrices(), blocks);
        assertThat(catchThrowableOfType(
                                ModelException.class, () -> StackWeights.open(broken, Codecs.byName("nested"), STACK))
                        .code())
                .isEqualTo(ModelError.WEIGHTS_MISMATCH);
    }

    private static StackManifest with(List<StackManifest.Matrix> matrices, List<StackManifest.Block> blocks) {
        return new StackManifest(
                manifest.format(),
                manifest.model(),
                manifest.codec(),
                manifest.files(),
                manifest.tensors(),
                manifest.inputs(),
                matrices,
                blocks,
                manifest.minimalBlocks(),
                manifest.curve(),
                null,
                manifest.lineage());
    }
}
