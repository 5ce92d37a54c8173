package io.bitstack.compression.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.bitstack.compression.encode.CompressionRequest;
import io.bitstack.compression.encode.OrderMode;
import io.bitstack.compression.encode.Progress;
import io.bitstack.compression.encode.StackCompressor;
import io.bitstack.compression.error.CompressionException;
import io.bitstack.compression.error.ErrorCode;
import io.bitstack.compression.source.BuiltInText;
import io.bitstack.core.codec.PlainLinearAlgebra;
import io.bitstack.core.model.ModelSource;
import io.bitstack.core.stack.BlobStores;
import io.bitstack.core.stack.FileBlobStore;
import io.bitstack.core.stack.S3Objects;
import io.bitstack.core.stack.S3Server;
import io.bitstack.core.stack.StackManifest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Compresses a model that stays on a real S3 server, with less room on the disk than it takes. */
class InPlaceCompressionTest {
    private static final S3Model MODEL = new S3Model("models", "tiny", "tiny.gguf");
    private static final int BLOCK_BYTES = 1 << 12;
    private static final int CACHE_BYTES = 6 * BLOCK_BYTES;

    @TempDir
    static Path directory;

    private static S3Server server;
    private static S3Objects objects;
    private static Path local;

    private final StackCompressor compressor = new StackCompressor(new PlainLinearAlgebra(), 2);

    @BeforeAll
    static void start() throws Exception {
        server = S3Server.start();
        objects = BlobStores.objects(server.settings("unused"), "models");
        local = directory.resolve("tiny.gguf");
        try (InputStream content =
                Objects.requireNonNull(InPlaceCompressionTest.class.getResourceAsStream("/gguf/llama.gguf"))) {
            Files.copy(content, local);
        }
        objects.put("tiny/tiny.gguf", Files.readAllBytes(local));
    }

    @AfterAll
    static void stop() throws IOException {
        server.close();
    }

    /** The model's file in the bucket, of which so many ranges can be read before the server is gone. */
    private record Vanishing(RangedOrigin bucket, AtomicInteger left) implements RangedOrigin {
        @Override
        public String name() {
            return bucket.name();
        }

        @Override
        public InputStream open(RemoteFile file, long fromBytes, long lengthBytes) throws IOException {
            if (left.getAndDecrement() <= 0) {
                throw new IOException("the server is gone");
            }
            return bucket.open(file, fromBytes, lengthBytes);
        }
    }

    private ModelSource model(AtomicInteger left, Path cache) throws IOException {
        S3Origin bucket = S3Origin.list(objects, MODEL);
        return ModelSource.ofGguf(
                new RangedFiles(
                        new Vanishing(bucket, left),
                        bucket.files(List.of("tiny.gguf")),
                        new BlockCache(cache, CACHE_BYTES),
                        new Tries(bucket.name(), 2, Duration.ofMillis(1), () -> false),
                        BLOCK_BYTES),
                "tiny.gguf");
    }

    private StackManifest compressed(ModelSource model) throws IOException {
        return compressor.compress(
                new CompressionRequest(
                        model,
                        "nested",
                        Map.of("calibrationWindows", "2", "levels", "3", "evaluationWindows", "1", "orderPoints", "1"),
                        BuiltInText.calibration(),
                        null,
                        64,
                        OrderMode.KL,
                        Map.of()),
                new FileBlobStore(directory.resolve("blobs-" + UUID.randomUUID())),
                Progress.none(),
                () -> false);
    }

    @Test
    void itMakesTheStackOfTheSameFileHereInLessRoomThanItTakes() throws IOException {
        Path cache = directory.resolve("cache");
        AtomicInteger left = new AtomicInteger(Integer.MAX_VALUE);
        assertThat(compressed(model(left, cache))).isEqualTo(compressed(ModelSource.at(local)));
        int read = Integer.MAX_VALUE - left.get();
        assertThat((long) read * BLOCK_BYTES).as("read more than once").isGreaterThan(2 * Files.size(local));
        long keptBytes = 0;
        try (Stream<Path> blocks = Files.list(cache)) {
            for (Path block : blocks.toList()) {
                keptBytes += Files.size(block);
            }
        }
        assertThat(keptBytes).isPositive().isLessThanOrEqualTo(CACHE_BYTES);
    }

    /** While headers are read, the tokenizer, the digest, and what is calibrated and encoded. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 20, 70, 110, 140})
    void aServerThatIsGoneIsSaidSo(int ranges) throws IOException {
        ModelSource model = model(new AtomicInteger(ranges), directory.resolve("cache-" + ranges));
        CompressionException gone = catchThrowableOfType(CompressionException.class, () -> compressed(model));
        assertThat(gone).as("it was not missed").isNotNull();
        assertThat(gone.code()).isEqualTo(ErrorCode.SOURCE_UNREACHABLE);
        assertThat(gone.detail()).contains("tiny.gguf", "s3:models/tiny", "the server is gone");
    }
}
