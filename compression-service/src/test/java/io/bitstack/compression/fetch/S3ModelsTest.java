package io.bitstack.compression.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.bitstack.compression.error.CompressionException;
import io.bitstack.compression.error.ErrorCode;
import io.bitstack.core.stack.S3Server;
import io.minio.MakeBucketArgs;
import io.minio.MinioClient;
import io.minio.UploadObjectArgs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
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
        return new ModelFetcher(
                new FetchSettings(
                        directory.resolve("work"),
                        null,
                        null,
                        List.of(),
                        server.settings("unused"),
                        List.of(prefixes),
                        1L << 30,
                        Duration.ofSeconds(20),
                        3,
                        Duration.ofMillis(20)),
                new JsonMapper());
    }

    private static Path fetch(UUID job) throws IOException {
        return fetcher("models/ours/").fetch(job, MODEL, (done, total, name) -> {}, () -> false);
    }

    private static CompressionException refused(org.assertj.core.api.ThrowableAssert.ThrowingCallable work) {
        CompressionException e = catchThrowableOfType(CompressionException.class, work);
        assertThat(e).as("nothing was refused").isNotNull();
        return e;
    }

    @Test
    void aModelIsFetchedAndGoesOnFromAPart() throws IOException {
        fetcher("models").check(MODEL);
        UUID job = UUID.randomUUID();
        Path model = fetch(job);
        for (String file : List.of("config.json", "tokenizer.json", "model.safetensors")) {
            assertThat(Files.mismatch(model.resolve(file), DEMO.resolve(file))).isEqualTo(-1);
        }
        assertThat(model.resolve("README.md")).doesNotExist();
        assertThat(model.resolve("more")).doesNotExist();

        // As a killed worker leaves it: a part whose first bytes are there, told from fetched ones by their values.
        Path weights = model.resolve("model.safetensors");
        byte[] start = new byte[100_000];
        RemoteFile file = S3Origin.list(
                        io.bitstack.core.stack.BlobStores.objects(server.settings("unused"), "models"), MODEL)
                .files(List.of("model.safetensors"))
                .getFirst();
        Files.delete(weights);
        Files.write(
                model.resolve(
                        "model.safetensors." + Integer.toHexString(file.etag().hashCode()) + ".part"),
                start);
        fetch(job);
        assertThat(Files.size(weights)).isEqualTo(Files.size(DEMO.resolve("model.safetensors")));
        assertThat(Files.mismatch(weights, DEMO.resolve("model.safetensors"))).isLessThan(8);
        byte[] whole = Files.readAllBytes(weights);
        byte[] expected = Files.readAllBytes(DEMO.resolve("model.safetensors"));
        assertThat(java.util.Arrays.equals(whole, 100_000, whole.length, expected, 100_000, whole.length))
                .isTrue();
    }

    @Test
    void anObjectThatChangedIsNoticed() throws Exception {
        UUID job = UUID.randomUUID();
        Path model = fetch(job);
        upload("ours/demo/tokenizer.json", DEMO.resolve("config.json"));
        try {
            assertThat(refused(() -> fetch(job)).code()).isEqualTo(ErrorCode.SOURCE_DAMAGED);
            assertThat(model).doesNotExist();
            assertThat(Files.mismatch(fetch(job).resolve("tokenizer.json"), DEMO.resolve("config.json")))
                    .isEqualTo(-1);
        } finally {
            upload("ours/demo/tokenizer.json", DEMO.resolve("tokenizer.json"));
        }
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
