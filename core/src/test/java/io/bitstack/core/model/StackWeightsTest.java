package io.bitstack.core.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import io.bitstack.core.codec.Codecs;
import io.bitstack.core.codec.EncodedInput;
import io.bitstack.core.codec.EncodedMatrix;
import io.bitstack.core.codec.InputStatistics;
import io.bitstack.core.codec.NestedEncoder;
import io.bitstack.core.codec.NestedParameters;
import io.bitstack.core.codec.PlainLinearAlgebra;
import io.bitstack.core.kernel.RowPool;
import io.bitstack.core.safetensors.SafetensorsWriter;
import io.bitstack.core.stack.Descriptor;
import io.bitstack.core.stack.Digest;
import io.bitstack.core.stack.StackManifest;
import io.bitstack.core.tensor.DType;
import io.bitstack.core.tensor.FloatMatrix;
import io.bitstack.core.tensor.OffHeap;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A small model with random weights and an untied head, compressed with the default codec. */
class StackWeightsTest {
    private static final String CONFIG = """
            {"architectures":["Qwen2ForCausalLM"],"hidden_act":"silu","hidden_size":64,"intermediate_size":96,
             "num_hidden_layers":2,"num_attention_heads":4,"num_key_value_heads":2,"vocab_size":80,
             "max_position_embeddings":128,"tie_word_embeddings":false}""";

    private static final Map<Digest, MemorySegment> BLOBS = new HashMap<>();
    private static ModelConfig config;
    private static ModelWeights full;
    private static StackManifest manifest;

    private static Descriptor store(byte[] content) {
        Digest digest = Digest.of(content);
        BLOBS.put(digest, OffHeap.copy(Arena.ofAuto(), MemorySegment.ofArray(content)));
        return new Descriptor(digest, content.length);
    }

    private static BlobSource blobs() {
        return digest -> {
            MemorySegment segment = BLOBS.get(digest);
            if (segment == null) {
                throw new IllegalStateException("not stored: " + digest);
            }
            return segment;
        };
    }

    @BeforeAll
    static void compress() {
        config = ModelConfig.parse(CONFIG);
        Random random = new Random(7);
        Map<String, float[]> vectors = new HashMap<>();
        SafetensorsWriter tensors = new SafetensorsWriter();
        for (VectorSpec spec : config.vectors()) {
            float[] values = new float[spec.length()];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) (spec.name().endsWith("bias") ? 0.1 * random.nextGaussian() : 1);
            }
            vectors.put(spec.name(), values);
            tensors.add(spec.name(), DType.F32, List.of(spec.length()), values);
        }
        NestedEncoder encoder = new NestedEncoder(NestedParameters.DEFAULTS, new PlainLinearAlgebra());
        Map<String, EncodedInput> encodedInputs = new HashMap<>();
        List<StackManifest.Input> inputs = new ArrayList<>();
        List<StackManifest.Matrix> matrices = new ArrayList<>();
        List<StackManifest.Block> blocks = new ArrayList<>();
        Map<String, WeightMatrix> dense = new HashMap<>();
        List<String> inputNames = new ArrayList<>();
        for (MatrixSpec spec : config.matrices()) {
            FloatMatrix w = FloatMatrix.zeros(spec.rows(), spec.columns());
            for (int i = 0; i < w.data().length; i++) {
                w.data()[i] = (float) (random.nextGaussian() / Math.sqrt(spec.columns()));
            }
            dense.put(spec.name(), new FloatWeight(w));
            EncodedInput input = encodedInputs.computeIfAbsent(
                    spec.input(), name -> encoder.input(InputStatistics.white(spec.columns())));
            if (!inputNames.contains(spec.input())) {
                inputNames.add(spec.input());
                Descriptor blob = store(input.blob());
                inputs.add(new StackManifest.Input(spec.input(), spec.columns(), blob.digest(), blob.sizeBytes()));
            }
            EncodedMatrix encoded = encoder.encode(w, input, 99);
            Descriptor header = store(encoded.header());
            matrices.add(new StackManifest.Matrix(
                    spec.name(),
                    spec.rows(),
                    spec.columns(),
                    inputNames.indexOf(spec.input()),
                    encoded.startLevel(),
                    encoded.levels(),
                    header.digest(),
                    header.sizeBytes()));
            for (int b = 0; b < encoded.blocks().size(); b++) {
                Descriptor block = store(encoded.blocks().get(b));
                blocks.add(new StackManifest.Block(
                        matrices.size() - 1, encoded.startLevel() + b, block.digest(), block.sizeBytes(), 1));
            }
        }
        blocks.sort(Comparator.comparingInt(StackManifest.Block::level));
        full = ModelWeights.of(config, dense, vectors);
        Descriptor file = store(CONFIG.getBytes(StandardCharsets.UTF_8));
        manifest = new StackManifest(
                StackManifest.FORMAT,
                config.toManifest(),
                new StackManifest.Codec("nested", Map.of()),
                List.of(new StackManifest.File("config.json", file.digest(), file.sizeBytes())),
                store(tensors.toBytes()),
                inputs,
                matrices,
                blocks,
                matrices.size(),
                List.of(),
                null,
                new StackManifest.Lineage(file.digest(), null, null, "test", Map.of()));
    }

    private static StackWeights open() {
        return StackWeights.open(manifest, Codecs.byName("nested"), blobs());
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
        ModelWeights decoded = full;
        for (int i = 0; i < levels.length; i++) {
            decoded = decoded.with(
                    manifest.matrices().get(i).name(),
                    stack.matrixAt(i, levels[i]).decode());
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
            assertThat(step[i]).isCloseTo(actual[(tokens.length - 1) * step.length + i], within(5e-3f));
        }
    }

    @Test
    void longerPrefixesComeNearerToTheFullModel() {
        StackWeights stack = open();
        EvaluationText text = EvaluationText.of(TestModels.randomTokens(config, 128, 2), 32, 4);
        Evaluation evaluation = new Evaluation(config, text, RowPool.SINGLE);
        ReferenceLogits reference = evaluation.reference(full);
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
        assertThatThrownBy(() -> StackWeights.open(manifest, Codecs.byName("iabd"), blobs()))
                .hasMessageContaining("nested");
    }

    @Test
    void refusesAStackOrderWithALevelOutOfPlace() {
        List<StackManifest.Block> swapped = new ArrayList<>(manifest.blocks());
        swapped.addFirst(swapped.removeLast());
        StackManifest broken = new StackManifest(
                manifest.format(),
                manifest.model(),
                manifest.codec(),
                manifest.files(),
                manifest.tensors(),
                manifest.inputs(),
                manifest.matrices(),
                swapped,
                manifest.minimalBlocks(),
                manifest.curve(),
                null,
                manifest.lineage());
        assertThat(catchThrowableOfType(
                                ModelException.class, () -> StackWeights.open(broken, Codecs.byName("nested"), blobs()))
                        .code())
                .isEqualTo(ModelError.WEIGHTS_MISMATCH);
    }
}
