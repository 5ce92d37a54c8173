package io.bitstack.compression.encode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bitstack.core.codec.PlainLinearAlgebra;
import io.bitstack.core.model.ChoiceTask;
import io.bitstack.core.stack.BlobStore;
import io.bitstack.core.stack.Descriptor;
import io.bitstack.core.stack.Digest;
import io.bitstack.core.stack.FileBlobStore;
import io.bitstack.core.stack.ManifestJson;
import io.bitstack.core.stack.StackManifest;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A compression that broke off, since the store failed or something in it was lost, goes on with what it had. */
class BrokenOffTest {
    /** Matrices of the tiny model. */
    private static final int MATRICES = 16;

    @TempDir
    Path directory;

    private CompressionRequest request;
    private final AtomicInteger encoded = new AtomicInteger();
    private final Map<String, PartMemory.Part> remembered = new ConcurrentHashMap<>();
    private final PartMemory memory = new PartMemory() {
        @Override
        public Optional<Part> find(String key) {
            return Optional.ofNullable(remembered.get(key));
        }

        @Override
        public void keep(String key, Part part) {
            remembered.put(key, part);
            if (part.startLevel() > 0) {
                encoded.incrementAndGet();
            }
        }
    };

    @BeforeEach
    void makeModel() throws IOException {
        Path model = directory.resolve("tiny.gguf");
        try (InputStream content =
                Objects.requireNonNull(BrokenOffTest.class.getResourceAsStream("/gguf/llama.gguf"))) {
            Files.copy(content, model);
        }
        request = new CompressionRequest(
                model,
                "nested",
                Map.of("calibrationWindows", "4", "orderWindows", "1", "evaluationWindows", "1", "levels", "4"),
                "The hat on the tent is an ant's. ".repeat(100),
                null,
                64,
                OrderMode.KL);
    }

    /** A store that is full after so many blobs. */
    private record Full(BlobStore store, AtomicInteger left) implements BlobStore {
        @Override
        public Descriptor put(ByteBuffer content) throws IOException {
            if (left.decrementAndGet() < 0) {
                throw new IOException("No space left on device");
            }
            return store.put(content);
        }

        @Override
        public OptionalLong sizeBytes(Digest digest) throws IOException {
            return store.sizeBytes(digest);
        }

        @Override
        public InputStream open(Digest digest, long offsetBytes, long lengthBytes) throws IOException {
            return store.open(digest, offsetBytes, lengthBytes);
        }

        @Override
        public Optional<URI> presignedUrl(Digest digest, Duration validity) throws IOException {
            return store.presignedUrl(digest, validity);
        }

        @Override
        public byte[] read(Digest digest, long limitBytes) throws IOException {
            return store.read(digest, limitBytes);
        }
    }

    private StackManifest compress(BlobStore store, TaskBoard board) throws IOException {
        return new StackCompressor(new PlainLinearAlgebra(), 2, memory)
                .compress(request, store, board, Progress.none(), () -> false);
    }

    @Test
    void aFullStoreEndsItAndTheSecondAttemptRedoesNoMatrix() throws IOException {
        Digest undisturbed =
                ManifestJson.digest(compress(new FileBlobStore(directory.resolve("a")), new LocalTaskBoard()));
        remembered.clear();
        encoded.set(0);
        FileBlobStore store = new FileBlobStore(directory.resolve("b"));
        LocalTaskBoard board = new LocalTaskBoard();
        assertThatThrownBy(() -> compress(new Full(store, new AtomicInteger(30)), board))
                .isInstanceOfAny(IOException.class, UncheckedIOException.class)
                .hasMessageContaining("No space left on device");
        assertThat(encoded.get()).isBetween(1, MATRICES - 1);
        assertThat(ManifestJson.digest(compress(store, board))).isEqualTo(undisturbed);
        assertThat(encoded.get()).isEqualTo(MATRICES);
    }

    @Test
    void resultsWhoseBlobsAreLostAreMadeAgain() throws IOException {
        FileBlobStore store = new FileBlobStore(directory.resolve("c"));
        LocalTaskBoard board = new LocalTaskBoard();
        StackManifest first = compress(store, board);
        // As an earlier run of the same job, whose blobs nobody named until a collector of garbage came.
        store.delete(first.blocks().getFirst().digest());
        store.delete(first.inputs().getLast().digest());
        assertThat(ManifestJson.digest(compress(store, board))).isEqualTo(ManifestJson.digest(first));
        for (StackManifest.Block block : first.blocks()) {
            assertThat(store.sizeBytes(block.digest())).hasValue(block.sizeBytes());
        }
        assertThat(store.sizeBytes(first.inputs().getLast().digest())).isPresent();
    }

    @Test
    void textThatTheModelWroteIsWrittenOnce() throws IOException {
        request = new CompressionRequest(
                request.model(), request.codec(), request.parameters(), null, null, 32, OrderMode.PROXY, Map.of());
        FileBlobStore store = new FileBlobStore(directory.resolve("d"));
        LocalTaskBoard board = new LocalTaskBoard();
        Digest first = ManifestJson.digest(compress(store, board));
        assertThat(board.results(TaskKind.CALIBRATE, Set.of())).hasSize(1);
        assertThat(ManifestJson.digest(compress(store, board))).isEqualTo(first);
        for (String windows : board.results(TaskKind.CALIBRATE, Set.of()).values()) {
            store.delete(Digest.parse(windows));
        }
        assertThat(ManifestJson.digest(compress(store, board))).isEqualTo(first);
    }

    @Test
    void choicesAreScoredForTheFullModelAndEveryPointOfTheCurve() throws IOException {
        FileBlobStore store = new FileBlobStore(directory.resolve("e"));
        StackManifest manifest = compress(store, new LocalTaskBoard());
        List<ChoiceTask> tasks =
                ChoiceTask.parse("{\"context\":\"The hat on\",\"choices\":[\"the tent\",\"an ant\"],\"answer\":0}");
        List<ChoiceResult> results =
                new StackCompressor(new PlainLinearAlgebra(), 2).choices(request, store, manifest, tasks, () -> false);
        assertThat(results).hasSize(manifest.curve().size() + 1);
        assertThat(results.getFirst().blocks()).isZero();
        assertThat(results.getLast().blocks()).isEqualTo(manifest.blocks().size());
        assertThat(results).allMatch(result -> result.score().tasks() == 1);
    }
}
