package io.bitstack.compression.encode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bitstack.core.codec.PlainLinearAlgebra;
import io.bitstack.core.kernel.FixedRowPool;
import io.bitstack.core.model.ChoiceEvaluation;
import io.bitstack.core.model.ChoiceTask;
import io.bitstack.core.model.EvaluationText;
import io.bitstack.core.model.ModelConfig;
import io.bitstack.core.model.ModelSource;
import io.bitstack.core.model.ModelWeights;
import io.bitstack.core.safetensors.Checkpoint;
import io.bitstack.core.stack.BlobCorruptException;
import io.bitstack.core.stack.BlobNotFoundException;
import io.bitstack.core.stack.BlobStore;
import io.bitstack.core.stack.Descriptor;
import io.bitstack.core.stack.Digest;
import io.bitstack.core.stack.FileBlobStore;
import io.bitstack.core.stack.StackManifest;
import io.bitstack.core.tokenizer.Tokenizer;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CancellationException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The demo model's stack, held as a worker holds it and read a layer at a time as a worker does with models that are too large. */
class MeasuredStackTest {
    private static final Path REPOSITORY = Path.of(System.getProperty("bitstack.repository", ".."));
    private static final Path MODEL = REPOSITORY.resolve("demo/model");

    @TempDir
    static Path directory;

    private static FileBlobStore store;
    private static StackManifest manifest;
    private static ModelConfig config;

    @BeforeAll
    static void compress() throws IOException {
        store = new FileBlobStore(directory);
        config = ModelConfig.read(MODEL);
        manifest = new StackCompressor(new PlainLinearAlgebra(), 2)
                .compress(
                        new CompressionRequest(
                                MODEL,
                                "nested",
                                Map.of("levels", "4", "calibrationWindows", "1", "evaluationWindows", "1"),
                                Files.readString(REPOSITORY.resolve("demo/text/calibration.txt")),
                                null,
                                32,
                                OrderMode.PROXY),
                        store,
                        Progress.none(),
                        () -> false);
    }

    private static MeasuredStack held() {
        WorkerMemory memory = WorkerMemory.of(config);
        assertThat(memory.decodedPrefixes()).isGreaterThan(8);
        return MeasuredStack.open(manifest, store, memory);
    }

    /** As many as {@code decodedPrefixes} may be held. */
    private static MeasuredStack streamed(int decodedPrefixes) {
        long bytes = WorkerMemory.of(config).decodedBytes();
        WorkerMemory memory = new WorkerMemory(
                WorkerMemory.MEASURING_BYTES + (decodedPrefixes + 1) * WorkerMemory.inHeap(bytes), bytes, bytes, 0);
        assertThat(memory.decodedPrefixes()).isEqualTo(decodedPrefixes);
        return MeasuredStack.open(manifest, store, memory);
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "2, 2", "5, 2"})
    void scoresAreTheSameToTheLastBit(int windows, int threads) throws IOException {
        Tokenizer tokenizer = Tokenizer.read(MODEL);
        int[] tokens = tokenizer.encode(Files.readString(REPOSITORY.resolve("demo/text/heldout.txt")), false);
        EvaluationText text = EvaluationText.of(tokens, 200, windows);
        assertThat(text.windows()).hasSize(windows);
        int least = manifest.minimalBlocks();
        int most = manifest.blocks().size();
        List<Integer> prefixes = List.of(least, (least + most) / 2, most);
        try (Checkpoint checkpoint = ModelSource.at(MODEL).open();
                FixedRowPool pool = new FixedRowPool(threads)) {
            ParallelEvaluations evaluations = new ParallelEvaluations(
                    config, text, ModelWeights.denseDecoded(config, checkpoint), pool, threads, () -> false);
            MeasuredStack held = held();
            for (MeasuredStack streamed : List.of(streamed(0), streamed(1))) {
                for (int blocks : prefixes) {
                    assertThat(streamed.score(blocks, evaluations)).isEqualTo(held.score(blocks, evaluations));
                }
            }
            int[] levels = IntStream.range(0, manifest.matrices().size())
                    .map(m -> manifest.matrices().get(m).startLevel())
                    .toArray();
            MeasuredStack.Raising expected = held.raising(levels, evaluations);
            MeasuredStack.Raising found = streamed(0).raising(levels, evaluations);
            assertThat(found.unchanged()).isEqualTo(expected.unchanged());
            for (int m : new int[] {0, 1, levels.length - 1}) {
                assertThat(found.raised(m)).isEqualTo(expected.raised(m)).isNotEqualTo(expected.unchanged());
                assertThat(streamed(0).decode(m, levels[m] + 1).data())
                        .isEqualTo(held.decode(m, levels[m] + 1).data());
            }
        }
    }

    @Test
    void choicesAreScoredTheSame() throws IOException {
        List<ChoiceTask> tasks = ChoiceTask.parse(Files.readString(REPOSITORY.resolve("demo/text/tasks.jsonl")))
                .subList(0, 12);
        try (FixedRowPool pool = new FixedRowPool(2)) {
            ChoiceEvaluation evaluation = new ChoiceEvaluation(config, Tokenizer.read(MODEL), tasks, pool);
            int blocks = manifest.minimalBlocks() + 5;
            assertThat(streamed(0).score(blocks, evaluation)).isEqualTo(held().score(blocks, evaluation));
        }
    }

    @Test
    void blobsThatAreNotWhatTheyShouldBeAreRefused() throws IOException {
        StoredBlocks blocks = new StoredBlocks(store);
        byte[] content = new byte[700_000];
        content[699_999] = 1;
        Descriptor blob = store.put(ByteBuffer.wrap(content));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment whole = arena.allocate(content.length);
            blocks.load(blob.digest(), whole);
            assertThat(whole.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(content);
            assertThatThrownBy(() -> blocks.load(blob.digest(), arena.allocate(content.length - 1L)))
                    .isInstanceOf(UncheckedIOException.class)
                    .hasCauseInstanceOf(BlobCorruptException.class);
            assertThatThrownBy(() -> blocks.load(blob.digest(), arena.allocate(content.length + 1L)))
                    .isInstanceOf(UncheckedIOException.class)
                    .hasMessageContaining("fewer than 700001 bytes");
            assertThatThrownBy(() -> blocks.load(Digest.of(new byte[] {7}), arena.allocate(1)))
                    .isInstanceOf(UncheckedIOException.class)
                    .hasCauseInstanceOf(BlobNotFoundException.class);
        }
    }

    /** Gives no answer, then half of one, then what it should. */
    private static final class FaultyStore implements BlobStore {
        private final int faults;
        private int asked;

        FaultyStore(int faults) {
            this.faults = faults;
        }

        @Override
        public InputStream open(Digest digest, long offsetBytes, long lengthBytes) throws IOException {
            asked++;
            if (asked > faults) {
                return store.open(digest, offsetBytes, lengthBytes);
            }
            if (asked % 2 == 0) {
                return store.open(digest, offsetBytes, lengthBytes / 2);
            }
            throw new IOException("503");
        }

        @Override
        public Descriptor put(ByteBuffer content) throws IOException {
            return store.put(content);
        }

        @Override
        public OptionalLong sizeBytes(Digest digest) throws IOException {
            return store.sizeBytes(digest);
        }

        @Override
        public Optional<URI> presignedUrl(Digest digest, Duration validity) {
            return Optional.empty();
        }

        @Override
        public byte[] read(Digest digest, long limitBytes) throws IOException {
            return store.read(digest, limitBytes);
        }
    }

    @Test
    void aBlobThatIsNotGivenAtOnceIsAskedForAgain() throws IOException {
        byte[] content = new byte[1000];
        content[999] = 5;
        Descriptor blob = store.put(ByteBuffer.wrap(content));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment to = arena.allocate(content.length);
            FaultyStore passing = new FaultyStore(3);
            new StoredBlocks(passing).load(blob.digest(), to);
            assertThat(to.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(content);
            assertThat(passing.asked).isEqualTo(4);

            FaultyStore lasting = new FaultyStore(Integer.MAX_VALUE);
            assertThatThrownBy(() -> new StoredBlocks(lasting).load(blob.digest(), to))
                    .isInstanceOf(UncheckedIOException.class);
            assertThat(lasting.asked).isEqualTo(4);

            Thread.currentThread().interrupt();
            assertThatThrownBy(() -> new StoredBlocks(new FaultyStore(1)).load(blob.digest(), to))
                    .isInstanceOf(CancellationException.class);
            assertThat(Thread.interrupted()).isTrue();
        }
    }
}
