package io.bitstack.compression.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.bitstack.compression.error.CompressionException;
import io.bitstack.compression.error.ErrorCode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/** Models of a hub, against a server that behaves as one, and misbehaves as some do. */
class ModelFetcherTest {
    private static final Path DEMO =
            Path.of(System.getProperty("bitstack.repository", "..")).resolve("demo/model");
    private static final HubModel TINY = new HubModel("us/tiny", null, null);

    @TempDir
    Path directory;

    private HubServer hub;
    private ModelFetcher fetcher;
    private final UUID job = UUID.randomUUID();

    @BeforeEach
    void start() throws IOException {
        Path files = Files.createDirectories(directory.resolve("files"));
        for (String file : List.of("config.json", "tokenizer.json", "model.safetensors", "README.md")) {
            Files.copy(DEMO.resolve(file), files.resolve(file));
        }
        try (InputStream content =
                Objects.requireNonNull(ModelFetcherTest.class.getResourceAsStream("/gguf/llama.gguf"))) {
            Files.copy(content, files.resolve("tiny.gguf"));
        }
        hub = new HubServer(files);
        fetcher = fetcher(List.of("127.0.0.1"), 1L << 30, HubServer.TOKEN);
    }

    @AfterEach
    void stop() {
        hub.close();
    }

    private ModelFetcher fetcher(List<String> allowedHosts, long maxModelBytes, String token) {
        return fetcher(allowedHosts, maxModelBytes, token, Duration.ofSeconds(20));
    }

    private ModelFetcher fetcher(List<String> allowedHosts, long maxModelBytes, String token, Duration readTimeout) {
        return new ModelFetcher(
                new FetchSettings(
                        directory.resolve("work"),
                        hub.url(),
                        token,
                        allowedHosts,
                        null,
                        List.of(),
                        maxModelBytes,
                        1L << 30,
                        readTimeout,
                        3,
                        Duration.ofMillis(20)),
                new JsonMapper());
    }

    private Path fetch() throws IOException {
        return fetcher.fetch(job, fetcher.pin(TINY), (done, total, name) -> {}, () -> false);
    }

    private static void assertWhole(Path model) throws IOException {
        try (Stream<Path> files = Files.list(model)) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrder("config.json", "tokenizer.json", "model.safetensors");
        }
        for (String file : List.of("config.json", "tokenizer.json", "model.safetensors")) {
            assertThat(Files.mismatch(model.resolve(file), DEMO.resolve(file))).isEqualTo(-1);
        }
    }

    private static CompressionException refused(org.assertj.core.api.ThrowableAssert.ThrowingCallable work) {
        CompressionException e = catchThrowableOfType(CompressionException.class, work);
        assertThat(e).as("nothing was refused").isNotNull();
        return e;
    }

    @Test
    void aModelIsPinnedFetchedAndForgotten() throws IOException {
        assertThat(fetcher.pin(TINY).revision()).isEqualTo(HubServer.COMMIT);
        Path model = fetch();
        assertWhole(model);
        assertThat(hub.contentAuthorizations).as("the hub's token is the hub's").containsOnly("");
        hub.contentRequestsAndForget();
        assertThat(fetch()).isEqualTo(model);
        assertThat(hub.contentRequestsAndForget()).as("it is there already").isEmpty();
        fetcher.forget(job);
        assertThat(model).doesNotExist();
    }

    @Test
    void aGgufFileIsFetchedAlone() throws IOException {
        HubModel pinned = fetcher.pin(new HubModel("us/tiny", "main", "tiny.gguf"));
        Path model = fetcher.fetch(job, pinned, (done, total, name) -> {}, () -> false);
        assertThat(Files.mismatch(model, directory.resolve("files/tiny.gguf"))).isEqualTo(-1);
        assertThat(refused(() -> fetcher.pin(new HubModel("us/tiny", "main", "other.gguf")))
                        .code())
                .isEqualTo(ErrorCode.SOURCE_NOT_FOUND);
    }

    @Test
    void ofASplitGgufFileAllPartsAreFetched() throws IOException {
        List<String> parts =
                List.of("split-00001-of-00003.gguf", "split-00002-of-00003.gguf", "split-00003-of-00003.gguf");
        Path files = directory.resolve("files");
        for (String part : parts) {
            try (InputStream content =
                    Objects.requireNonNull(ModelFetcherTest.class.getResourceAsStream("/gguf/" + part), part)) {
                Files.copy(content, files.resolve(part));
            }
        }
        HubModel pinned = fetcher.pin(new HubModel("us/tiny", "main", parts.getFirst()));
        Path model = fetcher.fetch(job, pinned, (done, total, name) -> {}, () -> false);
        assertThat(model.getFileName()).hasToString(parts.getFirst());
        for (String part : parts) {
            assertThat(Files.mismatch(model.resolveSibling(part), files.resolve(part)))
                    .as(part)
                    .isEqualTo(-1);
        }
        assertThat(model.resolveSibling("tiny.gguf")).doesNotExist();
        Files.delete(files.resolve(parts.getLast()));
        CompressionException missing = refused(() -> fetcher.pin(new HubModel("us/tiny", "main", parts.getFirst())));
        assertThat(missing.code()).isEqualTo(ErrorCode.WEIGHTS_MISSING);
        assertThat(missing).hasMessageContainingAll("3 files", parts.getLast());
    }

    @Test
    void whatBreaksOffIsFetchedOnFromThere() throws IOException {
        long sizeBytes = Files.size(DEMO.resolve("model.safetensors"));
        hub.unavailable.set(1);
        hub.halfBodies.set(1);
        assertWhole(fetch());
        assertThat(hub.contentRequests)
                .containsExactly(
                        "/model.safetensors null",
                        "/model.safetensors null",
                        "/model.safetensors bytes=" + sizeBytes / 2 + "-");
    }

    @Test
    void aServerThatFallsSilentIsAskedAgain() throws IOException {
        fetcher = fetcher(List.of("127.0.0.1"), 1L << 30, HubServer.TOKEN, Duration.ofSeconds(1));
        hub.silent.set(1);
        assertWhole(fetchedByOneOfManyRuns());
        assertThat(hub.silent).hasValue(0);
        assertThat(hub.contentRequests).hasSizeGreaterThan(1);
    }

    /** So short a patience may end on a busy machine where the server is not at fault; then the job is run again. */
    private Path fetchedByOneOfManyRuns() throws IOException {
        for (int run = 1; ; run++) {
            try {
                return fetch();
            } catch (CompressionException e) {
                if (!e.code().isTransient() || run == 50) {
                    throw e;
                }
            }
        }
    }

    @Test
    void aFetchThatGaveUpGoesOnWhereItStoppedWhenTheJobIsRunAgain() throws IOException {
        hub.halfBodies.set(3);
        assertThat(refused(this::fetch).code()).isEqualTo(ErrorCode.SOURCE_UNREACHABLE);
        hub.contentRequestsAndForget();
        assertWhole(fetch());
        long sizeBytes = Files.size(DEMO.resolve("model.safetensors"));
        long held = sizeBytes / 2 + (sizeBytes - sizeBytes / 2) / 2;
        held += (sizeBytes - held) / 2;
        assertThat(hub.contentRequests).containsExactly("/model.safetensors bytes=" + held + "-");
    }

    @Test
    void contentThatIsNotWhatTheHubNamesIsThrownAway() throws IOException {
        hub.damaged.set(1);
        CompressionException e = refused(this::fetch);
        assertThat(e.code()).isEqualTo(ErrorCode.SOURCE_DAMAGED);
        assertThat(e.detail()).contains("model.safetensors");
        assertThat(e.code().isTransient()).isTrue();
        assertWhole(fetch());
    }

    @Test
    void aFetchStopsWhenItsJobDoes() {
        HubModel pinned = fetcher.pin(TINY);
        assertThatThrownBy(() -> fetcher.fetch(job, pinned, (done, total, name) -> {}, () -> true))
                .isInstanceOf(CancellationException.class);
    }

    @Test
    void aHubLeadsNowhereIntoOurNetwork() {
        ModelFetcher guarded = fetcher(List.of(), 1L << 30, HubServer.TOKEN);
        HubModel pinned = guarded.pin(TINY);
        for (String target : List.of(
                "https://127.0.0.1:1",
                "https://169.254.169.254",
                "https://10.1.2.3",
                "https://[::1]",
                "https://localhost",
                "http://example.org",
                "file:///etc")) {
            hub.redirectTo = target;
            CompressionException e = refused(() -> guarded.fetch(job, pinned, (done, total, name) -> {}, () -> false));
            assertThat(e.code()).as(target).isEqualTo(ErrorCode.SOURCE_FORBIDDEN);
        }
        assertThat(hub.contentRequests).isEmpty();
    }

    @Test
    void noMoreDoesAServerToWhichItLeads() {
        HubModel pinned = fetcher.pin(TINY);
        List<String> targets =
                List.of("https://169.254.169.254", "https://10.1.2.3", "https://localhost", "http://[::1]");
        for (String target : targets) {
            hub.contentRedirectTo = target;
            CompressionException e = refused(() -> fetcher.fetch(job, pinned, (done, total, name) -> {}, () -> false));
            assertThat(e.code()).as(target).isEqualTo(ErrorCode.SOURCE_FORBIDDEN);
        }
        assertThat(hub.contentRequests)
                .as("the first redirect was followed each time")
                .hasSize(targets.size());
    }

    @Test
    void aServerThatLeadsInACircleIsGivenUp() {
        hub.contentRedirectTo = hub.contentUrl().toString();
        CompressionException e = refused(this::fetch);
        assertThat(e.code()).isEqualTo(ErrorCode.SOURCE_UNREACHABLE);
        assertThat(hub.contentRequests).as("a few redirects of a few tries").hasSizeBetween(2, 30);
    }

    @Test
    void whatTheHubRefusesOrLacksIsSaid() {
        assertThat(refused(() -> fetcher.pin(new HubModel("us/other", null, null)))
                        .code())
                .isEqualTo(ErrorCode.SOURCE_NOT_FOUND);
        assertThat(refused(() -> fetcher.pin(new HubModel("us/tiny", "v9", null)))
                        .code())
                .isEqualTo(ErrorCode.SOURCE_NOT_FOUND);
        CompressionException token =
                refused(() -> fetcher(List.of(), 1, "wrong").pin(TINY));
        assertThat(token.code()).isEqualTo(ErrorCode.SOURCE_REFUSED);
        assertThat(token.detail()).contains("hub-token").doesNotContain("wrong");
        ModelFetcher small = fetcher(List.of("127.0.0.1"), 1000, HubServer.TOKEN);
        HubModel pinned = small.pin(TINY);
        assertThat(refused(() -> small.fetch(job, pinned, (done, total, name) -> {}, () -> false))
                        .detail())
                .contains("at most 1000");
        ModelFetcher none = new ModelFetcher(
                new FetchSettings(
                        null,
                        null,
                        null,
                        List.of(),
                        null,
                        List.of(),
                        1,
                        1L << 30,
                        Duration.ofSeconds(1),
                        1,
                        Duration.ZERO),
                new JsonMapper());
        assertThat(refused(() -> none.pin(TINY)).detail()).contains("hub-url");
    }

    @Test
    void aMissingShardIsNamed() throws IOException {
        Files.writeString(
                directory.resolve("files/model.safetensors.index.json"),
                "{\"weight_map\":{\"a\":\"model.safetensors\",\"b\":\"model-2.safetensors\"}}");
        CompressionException e = refused(this::fetch);
        assertThat(e.code()).isEqualTo(ErrorCode.WEIGHTS_INVALID);
        assertThat(e.detail()).contains("model-2.safetensors");
    }
}
