package io.bitstack.core.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.bitstack.core.gguf.GgufBytes;
import io.bitstack.core.gguf.GgufError;
import io.bitstack.core.gguf.GgufException;
import io.bitstack.core.gguf.GgufFile;
import io.bitstack.core.gguf.GgufTensor;
import io.bitstack.core.kernel.RowPool;
import io.bitstack.core.safetensors.Checkpoint;
import io.bitstack.core.safetensors.SafetensorsError;
import io.bitstack.core.safetensors.SafetensorsException;
import io.bitstack.core.safetensors.SafetensorsWriter;
import io.bitstack.core.safetensors.StoredTensor;
import io.bitstack.core.source.CopiedFiles;
import io.bitstack.core.source.ModelFile;
import io.bitstack.core.tensor.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A model whose weights are not files of this machine is the model that they make there, and is read in short ranges. */
class ModelElsewhereTest {
    private static final Path DEMO =
            Path.of(System.getProperty("bitstack.repository", "..")).resolve("demo/model");

    /** Sizes around those of pieces, blocks and rows. */
    private static final int[] COUNTS = {
        0, 1, 13, 63, 64, 65, 207, 255, 256, 257, 32_768, 65_536, 65_537, 131_073, 200_001
    };

    @TempDir
    Path directory;

    @Test
    void aDirectoryElsewhereIsTheSame() throws IOException {
        CopiedFiles elsewhere = new CopiedFiles(DEMO);
        ModelSource source = ModelSource.of(DEMO, elsewhere);
        assertThat(source).hasToString("elsewhere");
        assertSame(source, ModelSource.at(DEMO), elsewhere);
        assertThat(source.contentFiles()).containsExactly("config.json", "model.safetensors");
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama.gguf", "qwen2.gguf", "split-00002-of-00003.gguf"})
    void aGgufFileElsewhereIsTheSame(String name) throws Exception {
        Path file = Path.of(
                Objects.requireNonNull(getClass().getResource("/gguf/" + name)).toURI());
        CopiedFiles elsewhere = new CopiedFiles(Objects.requireNonNull(file.getParent()));
        ModelSource source = ModelSource.ofGguf(elsewhere, name);
        assertThat(source).hasToString("elsewhere/" + name);
        assertThat(source.isGguf()).isTrue();
        assertSame(source, ModelSource.at(file), elsewhere);
    }

    private static void assertSame(ModelSource there, ModelSource here, CopiedFiles elsewhere) throws IOException {
        ModelConfig config = here.config();
        assertThat(there.config()).isEqualTo(config);
        assertThat(there.tokenizer().encode("the hat", true))
                .isEqualTo(here.tokenizer().encode("the hat", true));
        assertThat(there.smallFiles()).usingRecursiveComparison().isEqualTo(here.smallFiles());
        assertThat(there.contentFiles()).isEqualTo(here.contentFiles());
        try (Checkpoint a = there.open();
                Checkpoint b = here.open()) {
            assertThat(a.sizeBytes()).isEqualTo(b.sizeBytes());
            assertThat(a.names()).isEqualTo(b.names());
            elsewhere.longestBytes();
            for (String name : a.names()) {
                assertThat(a.tensor(name).plain()).isEmpty();
                assertSame(a.tensor(name), b.tensor(name));
            }
            // Products too, which are made in place of the files of this machine.
            assertThat(logits(config, a)).isEqualTo(logits(config, b));
            assertThat(elsewhere.longestBytes()).isPositive().isLessThanOrEqualTo(ModelFile.PIECE_BYTES);
        }
    }

    private static float[] logits(ModelConfig config, Checkpoint checkpoint) {
        int[] tokens = TestModels.randomTokens(config, 20, 3);
        return new Transformer(config, RowPool.SINGLE)
                .forward(
                        ModelWeights.denseOfChecked(config, checkpoint),
                        tokens,
                        new KvCache(config, tokens.length),
                        LogitsWanted.ALL);
    }

    private static void assertSame(StoredTensor a, StoredTensor b) {
        assertThat(a.shape()).isEqualTo(b.shape());
        assertThat(a.source()).isEqualTo(b.source());
        long elements = b.elements();
        Random random = new Random(elements);
        for (int count : COUNTS) {
            if (count <= elements) {
                long first = random.nextLong(elements - count + 1);
                assertThat(read(a, first, count))
                        .as("%s from %d", b.name(), first)
                        .isEqualTo(read(b, first, count));
            }
        }
        assertThatThrownBy(() -> read(a, elements, 1)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> read(b, elements, 1)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    private static float[] read(StoredTensor tensor, long first, int count) {
        float[] out = new float[count + 2];
        tensor.read(first, out, 1, count);
        assertThat(out[0]).isZero();
        assertThat(out[count + 1]).isZero();
        return out;
    }

    @ParameterizedTest
    @EnumSource(DType.class)
    void largeTensorsAreReadInPieces(DType type) throws IOException {
        Random random = new Random(1);
        float[] values = new float[300_007];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        // The first makes the second one begin at an odd place.
        SafetensorsWriter writer = new SafetensorsWriter();
        writer.add("a", type, List.of(3), Arrays.copyOf(values, 3));
        writer.add("b", type, List.of(values.length), values);
        Files.write(directory.resolve("model.safetensors"), writer.toBytes());
        CopiedFiles elsewhere = new CopiedFiles(directory);
        try (Checkpoint there = Checkpoint.open(directory, elsewhere);
                Checkpoint here = Checkpoint.open(directory)) {
            elsewhere.longestBytes();
            assertThat(there.vector("b", values.length)).isEqualTo(here.vector("b", values.length));
            assertSame(there.tensor("b"), here.tensor("b"));
            there.requireFinite("b");
            assertThat(elsewhere.longestBytes()).isEqualTo(ModelFile.PIECE_BYTES);
        }
    }

    /** Blocks of Q6_K, of which a piece has no whole number. */
    @Test
    void largeQuantisedTensorsAreReadInPieces() throws IOException {
        int blocks = 1300;
        byte[] weights = new byte[blocks * 210];
        new Random(2).nextBytes(weights);
        for (int block = 0; block < blocks; block++) {
            weights[block * 210 + 209] = 0x20; // a scale that is a number
        }
        Files.write(
                directory.resolve("large.gguf"),
                GgufBytes.start(1, 0)
                        .tensor("t", 14, 0, 256L * blocks)
                        .pad()
                        .raw(weights)
                        .bytes());
        CopiedFiles elsewhere = new CopiedFiles(directory);
        try (GgufFile there = GgufFile.open(elsewhere, "large.gguf");
                GgufFile here = GgufFile.open(directory.resolve("large.gguf"))) {
            GgufTensor tensor = Objects.requireNonNull(here.tensors().get("t"));
            elsewhere.longestBytes();
            for (int count : COUNTS) {
                int first = 256 * blocks - count - 5;
                float[] a = new float[count];
                float[] b = new float[count];
                there.read(tensor, first, a, 0, count);
                here.read(tensor, first, b, 0, count);
                assertThat(a).as("%d", count).isEqualTo(b);
            }
            // Whole blocks, and two in part.
            assertThat(elsewhere.longestBytes()).isBetween(ModelFile.PIECE_BYTES - 210L, ModelFile.PIECE_BYTES + 210L);
        }
    }

    @Test
    void aLongHeaderIsReadToItsEndAndNoFurther() throws IOException {
        String long1 = "x".repeat(15 << 20);
        String long2 = "y".repeat(10 << 20);
        byte[] header = GgufBytes.start(1, 4)
                .entry("a", long1)
                .entry("b", long2)
                .entry("c", 7)
                .entry("d", long2)
                .tensor("t", 0, 0, 4)
                .pad()
                .bytes();
        Files.write(
                directory.resolve("long.gguf"),
                new GgufBytes().raw(header).raw(new byte[16]).bytes());
        CopiedFiles elsewhere = new CopiedFiles(directory);
        try (GgufFile there = GgufFile.open(elsewhere, "long.gguf")) {
            assertThat(there.tensors()).containsOnlyKeys("t");
            assertThat(there.metadata().text("a")).contains(long1);
            assertThat(there.metadata().text("d")).contains(long2);
            assertThat(there.metadata().whole("c", 0, 10)).hasValue(7);
        }
        Files.write(directory.resolve("long.gguf"), Arrays.copyOf(header, 30 << 20));
        assertThat(catchThrowableOfType(GgufException.class, () -> GgufFile.open(elsewhere, "long.gguf"))
                        .code())
                .isEqualTo(GgufError.TRUNCATED);
    }

    @Test
    void whatIsMissingIsSaid() throws IOException {
        Files.write(
                directory.resolve("model.safetensors.index.json"),
                "{\"weight_map\":{\"a\":\"model-1.safetensors\"}}"
                        .getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        SafetensorsException missing = catchThrowableOfType(
                SafetensorsException.class, () -> Checkpoint.open(directory, new CopiedFiles(DEMO)));
        assertThat(missing.code()).isEqualTo(SafetensorsError.MISSING_SHARD);
        assertThat(missing).hasMessageContainingAll("model-1.safetensors", "elsewhere");
        GgufException none =
                catchThrowableOfType(GgufException.class, () -> GgufFile.open(new CopiedFiles(DEMO), "none.gguf"));
        assertThat(none.code()).isEqualTo(GgufError.UNREADABLE);
        assertThat(none).hasMessageContainingAll("none.gguf", "elsewhere");
    }
}
