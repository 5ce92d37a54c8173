package io.bitstack.compression.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.bitstack.compression.error.CompressionException;
import io.bitstack.compression.error.ErrorCode;
import io.bitstack.core.model.MatrixSpec;
import io.bitstack.core.model.ModelSource;
import io.bitstack.core.safetensors.Checkpoint;
import io.bitstack.core.source.ModelFile;
import io.bitstack.core.stack.BlobStores;
import io.bitstack.core.stack.S3Server;
import io.minio.MakeBucketArgs;
import io.minio.MinioClient;
import io.minio.UploadObjectArgs;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/** Models in a bucket of a real S3 server. */
class S3ModelsTest {
    private static final Path DEMO =
            Path.of(System.getProperty("bitstack.repository", "..")).resolve("demo/model");
    private static final S3Model MODEL = new S3Model("models", "ours/demo", null);

    @TempDir
    static Path directory;

    private static S3Server server;
    private static MinioClient client;

    @BeforeAll
    static void start() throws Exception {
        server = S3Server.start();
        client = MinioClient.builder()
                .endpoint(server.endpoint().toString())
                .credentials(server.accessKey(), server.secretKey())
                .region("us-east-1")
                .build();
        client.makeBucket(MakeBucketArgs.builder().bucket("models").build());
        for (String file : List.of("config.json", "tokenizer.json", "model.safetensors", "README.md")) {
            upload("ours/demo/" + file, DEMO.resolve(file));
        }
        upload("ours/demo/more/config.json", DEMO.resolve("config.json"));
    }

    @AfterAll
    static void stop() throws IOException {
        server.close();
    }

    private static void upload(String key, Path file) throws Exception {
        client.uploadObject(UploadObjectArgs.builder()
                .bucket("models")
                .object(key)
                .filename(file.toString())
                .build());
    }

    private static ModelFetcher fetcher(String... prefixes) {
        return fetcher(1L << 30, prefixes);
    }

    private static ModelFetcher fetcher(long mostModelBytes, String... prefixes) {
        return new ModelFetcher(settings(mostModelBytes, 1L << 30, prefixes), new JsonMapper());
    }

    private static FetchSettings settings(long mostModelBytes, long cacheBytes, String... prefixes) {
        return new FetchSettings(
                directory.resolve("work"),
                null,
                null,
                List.of(),
                server.settings("unused"),
                List.of(prefixes),
                mostModelBytes,
                cacheBytes,
                Duration.ofSeconds(20),
                3,
                Duration.ofMillis(20));
    }

    private static ModelSource open(UUID job) throws IOException {
        return fetcher("models/ours/").readInPlace(job, MODEL, (done, total, name) -> {}, () -> false);
    }

    private static Path fetched(UUID job) {
        return directory.resolve("work/fetched").resolve(job.toString());
    }

    private static CompressionException refused(org.assertj.core.api.ThrowableAssert.ThrowingCallable work) {
        CompressionException e = catchThrowableOfType(CompressionException.class, work);
        assertThat(e).as("nothing was refused").isNotNull();
        return e;
    }

    private static List<String> blocks(UUID job) throws IOException {
        try (Stream<Path> files = Files.list(fetched(job).resolve("blocks"))) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }

    @Test
    void aModelIsReadWhereItLies() throws IOException {
        fetcher("models").check(MODEL);
        UUID job = UUID.randomUUID();
        ModelSource model = open(job);
        for (String file : List.of("config.json", "tokenizer.json")) {
            assertThat(Files.mismatch(fetched(job).resolve(file), DEMO.resolve(file)))
                    .isEqualTo(-1);
        }
        for (String file : List.of("README.md", "more", "model.safetensors")) {
            assertThat(fetched(job).resolve(file)).doesNotExist();
        }
        assertThat(blocks(job)).isEmpty();
        try (Checkpoint there = model.open();
                Checkpoint here = Checkpoint.open(DEMO)) {
            assertThat(blocks(job)).as("what has the header").hasSize(1);
            assertThat(there.names()).isEqualTo(here.names());
            for (MatrixSpec matrix : model.config().matrices()) {
                assertThat(there.matrix(matrix.name(), matrix.rows(), matrix.columns())
                                .data())
                        .as(matrix.name())
                        .isEqualTo(here.matrix(matrix.name(), matrix.rows(), matrix.columns())
                                .data());
            }
            assertThat(blocks(job)).hasSize(2);
        }
    }

    @Test
    void whatARunBeforeReadIsNotReadAgain() throws IOException {
        UUID job = UUID.randomUUID();
        open(job).open().close();
        // Blocks of this content, told from those of the server by their values.
        Path block = fetched(job).resolve("blocks").resolve(blocks(job).getFirst());
        byte[] changed = Files.readAllBytes(block);
        Arrays.fill(changed, changed.length - 1000, changed.length, (byte) 0x3f);
        Files.write(block, changed);
        try (ModelFile file = open(job).openContent("model.safetensors")) {
            assertThat(file.range(changed.length - 500L, 2).toArray(ValueLayout.JAVA_BYTE))
                    .containsExactly(0x3f, 0x3f);
        }
        assertThat(blocks(job)).containsExactly(block.getFileName().toString());

        // A block that is not whole is none.
        Files.write(block, Arrays.copyOf(changed, 10));
        try (ModelFile file = open(job).openContent("model.safetensors")) {
            assertThat(file.range(changed.length - 500L, 500)
                            .mismatch(MemorySegment.ofArray(Arrays.copyOfRange(
                                    Files.readAllBytes(DEMO.resolve("model.safetensors")),
                                    changed.length - 500,
                                    changed.length))))
                    .isEqualTo(-1);
        }
    }

    @Test
    void anObjectThatChangedIsNoticed() throws Exception {
        UUID job = UUID.randomUUID();
        open(job);
        upload("ours/demo/tokenizer.json", DEMO.resolve("config.json"));
        try {
            assertThat(refused(() -> open(job)).code()).isEqualTo(ErrorCode.SOURCE_DAMAGED);
            assertThat(fetched(job)).doesNotExist();
            open(job);
            assertThat(Files.mismatch(fetched(job).resolve("tokenizer.json"), DEMO.resolve("config.json")))
                    .isEqualTo(-1);
        } finally {
            upload("ours/demo/tokenizer.json", DEMO.resolve("tokenizer.json"));
        }
    }

    @Test
    void weightsThatChangeWhileTheyAreReadAreNotMixed() throws Exception {
        upload("ours/changing/config.json", DEMO.resolve("config.json"));
        upload("ours/changing/model.safetensors", DEMO.resolve("model.safetensors"));
        ModelSource model = fetcher("models")
                .readInPlace(
                        UUID.randomUUID(),
                        new S3Model("models", "ours/changing", null),
                        (done, total, name) -> {},
                        () -> false);
        try (Checkpoint checkpoint = model.open()) {
            byte[] other = Files.readAllBytes(DEMO.resolve("model.safetensors"));
            other[other.length - 1] ^= 1;
            upload("ours/changing/model.safetensors", Files.write(directory.resolve("other"), other));
            CompressionException e = refused(() -> checkpoint.names().forEach(checkpoint::requireFinite));
            assertThat(e.code()).isEqualTo(ErrorCode.SOURCE_UNREACHABLE);
        }
    }

    @Test
    void blocksOfAnotherContentAreNotTaken() throws Exception {
        BlockCache cache = new BlockCache(directory.resolve("one-cache"), 1 << 20);
        for (String name : List.of("config.json", "generation_config.json")) {
            upload("ours/replaced/model.safetensors", DEMO.resolve(name));
            S3Origin origin = S3Origin.list(
                    BlobStores.objects(server.settings("unused"), "models"),
                    new S3Model("models", "ours/replaced", null));
            List<RemoteFile> files = origin.files(List.of("model.safetensors"));
            Tries tries = new Tries("the test", 1, Duration.ZERO, () -> false);
            try (ModelFile file = new RangedFiles(origin, files, cache, tries, 100).open("model.safetensors")) {
                assertThat(file.range(0, 100).toArray(ValueLayout.JAVA_BYTE))
                        .as(name)
                        .isEqualTo(Arrays.copyOf(Files.readAllBytes(DEMO.resolve(name)), 100));
            }
        }
    }

    @Test
    void cancelledReadingEnds() throws IOException {
        AtomicBoolean cancelled = new AtomicBoolean();
        ModelSource model =
                fetcher("models").readInPlace(UUID.randomUUID(), MODEL, (done, total, name) -> {}, cancelled::get);
        try (Checkpoint checkpoint = model.open()) {
            cancelled.set(true);
            assertThatThrownBy(() -> checkpoint.names().forEach(checkpoint::requireFinite))
                    .isInstanceOf(CancellationException.class);
        }
    }

    @Test
    void aModelThatIsTooLargeIsRefused() {
        assertThat(refused(() -> fetcher(1000, "models")
                                .readInPlace(UUID.randomUUID(), MODEL, (done, total, name) -> {}, () -> false))
                        .detail())
                .contains("at most 1000");
    }

    @Test
    void aCacheOfLessThanSomeBlocksIsRefused() {
        assertThat(settings(1, 256L << 20, "models").cacheBytes()).isEqualTo(268_435_456);
        assertThatThrownBy(() -> settings(1, (256L << 20) - 1, "models"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("cache-bytes must be at least 268435456, not 268435455");
    }

    /** As servers that keep objects as files do for one that was not stored through them. */
    @Test
    void anObjectWithoutAnEtagIsRefused() throws IOException {
        Path behind = Files.createDirectories(server.buckets().resolve("models/behind"));
        Files.copy(DEMO.resolve("config.json"), behind.resolve("config.json"));
        CompressionException e = refused(() -> fetcher("models").check(new S3Model("models", "behind", null)));
        assertThat(e.detail()).contains("no etag of object 'behind/config.json'");
    }

    @Test
    void onlyAllowedPrefixesAreRead() {
        for (String prefix : List.of("", "models/our", "models/ours/demo/x", "other")) {
            assertThat(refused(() -> fetcher(prefix).check(MODEL)).code())
                    .as(prefix)
                    .isEqualTo(ErrorCode.SOURCE_FORBIDDEN);
        }
        assertThat(refused(() -> fetcher("models").check(new S3Model("models", "theirs", null)))
                        .code())
                .isEqualTo(ErrorCode.SOURCE_NOT_FOUND);
        assertThat(refused(() -> fetcher("models").check(new S3Model("models", "ours/demo", "x.gguf")))
                        .code())
                .isEqualTo(ErrorCode.SOURCE_NOT_FOUND);
        assertThat(refused(() -> fetcher("nowhere").check(new S3Model("nowhere", "a", null)))
                        .code())
                .isEqualTo(ErrorCode.SOURCE_UNREACHABLE);
    }
}
