package io.bitstack.compression;

import static org.assertj.core.api.Assertions.assertThat;

import io.bitstack.compression.source.BuiltInText;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Jobs over HTTP, on the demo model and on damaged copies of it. */
class JobApiTest {
    private static final Path DEMO =
            Path.of(System.getProperty("bitstack.repository", "..")).resolve("demo/model");

    @TempDir
    static Path directory;

    private static ServiceFixture service;

    @BeforeAll
    static void start() throws IOException {
        copyDemo("allowed/demo");
        service = new ServiceFixture(directory.resolve("allowed"));
    }

    @AfterAll
    static void stop() throws IOException {
        service.close();
    }

    @BeforeEach
    void noPermits() {
        service.compressor.permits.drainPermits();
    }

    @Test
    void nothingButHealthIsAnsweredWithoutTheToken() throws Exception {
        HttpResponse<String> refused = service.getWithToken("/api/v1/jobs", "wrong");
        assertThat(refused.statusCode()).isEqualTo(401);
        assertThat(refused.headers().firstValue("Content-Type")).hasValue("application/problem+json");
        assertThat(service.parse(refused.body()).path("code").asString()).isEqualTo("UNAUTHORIZED");
        assertThat(service.get("/api/v1/jobs").statusCode()).isEqualTo(200);
    }

    @Test
    void aJobRunsToItsVersionAndItsEventsTellHow() throws Exception {
        HttpResponse<String> created = create("demo", "allowed/demo");
        assertThat(created.statusCode()).isEqualTo(202);
        String id = service.parse(created.body()).path("id").asString();
        assertThat(created.headers().firstValue("Location")).hasValue("/api/v1/jobs/" + id);

        service.compressor.permits.release(2);
        JsonNode midst = await(id, job -> job.path("matricesDone").asInt() == 2);
        assertThat(midst.path("state").asString()).isEqualTo("encoding");
        assertThat(midst.path("step").asString()).isEqualTo("encode");
        assertThat(midst.path("bytesWritten").asLong()).isPositive();
        assertThat(midst.path("etaSeconds").isNumber()).isTrue();
        assertThat(midst.path("currentMatrix").asString()).startsWith("model.layers.0");
        List<JsonNode> events = new ArrayList<>();
        HttpResponse<Stream<String>> stream = service.lines("/api/v1/jobs/" + id + "/events");
        assertThat(stream.headers().firstValue("Content-Type"))
                .hasValueSatisfying(type -> assertThat(type).startsWith("text/event-stream"));
        try (Stream<String> lines = stream.body()) {
            lines.filter(line -> line.startsWith("data:")).forEach(line -> {
                events.add(service.parse(line.substring("data:".length())));
                service.compressor.permits.release(1000);
            });
        }
        assertThat(events.getFirst().path("state").asString()).isEqualTo("encoding");
        JsonNode done = events.getLast();
        assertThat(done.path("state").asString()).isEqualTo("done");
        assertThat(done.path("version").asInt()).isPositive();
        assertThat(service.registry.published.stream().map(Object::toString))
                .contains(done.path("stackDigest").asString());
        assertThat(service.post("/api/v1/jobs/" + id + "/cancel", "").statusCode())
                .isEqualTo(409);
    }

    @Test
    void badSourcesAreRefusedEachWithItsCodeAndNothingIsWritten() throws Exception {
        Files.createDirectories(directory.resolve("allowed/empty"));
        Path unsupported = copyDemo("allowed/unsupported");
        edit(unsupported.resolve("config.json"), "LlamaForCausalLM", "GPT2LMHeadModel");
        Path truncated = copyDemo("allowed/truncated");
        try (RandomAccessFile file =
                new RandomAccessFile(truncated.resolve("model.safetensors").toFile(), "rw")) {
            file.setLength(file.length() - 10);
        }
        Path noWeights = copyDemo("allowed/no-weights");
        Files.delete(noWeights.resolve("model.safetensors"));
        Path noTokenizer = copyDemo("allowed/no-tokenizer");
        Files.delete(noTokenizer.resolve("tokenizer.json"));
        Path brokenConfig = copyDemo("allowed/broken-config");
        Files.writeString(brokenConfig.resolve("config.json"), "{");
        copyDemo("outside");
        Files.createSymbolicLink(directory.resolve("allowed/link"), directory.resolve("outside"));
        Path fileLink = copyDemo("allowed/file-link");
        Files.delete(fileLink.resolve("config.json"));
        Files.createSymbolicLink(fileLink.resolve("config.json"), directory.resolve("outside/config.json"));
        int jobs = service.count("jobs");
        int blobs = service.blobs.blobs.size();

        assertRefused("allowed/nowhere", "SOURCE_NOT_FOUND");
        assertRefused("allowed/empty", "MODEL_CONFIG_MISSING");
        assertRefused("allowed/broken-config", "MODEL_CONFIG_INVALID");
        assertThat(assertRefused("allowed/unsupported", "ARCHITECTURE_UNSUPPORTED"))
                .contains("GPT2LMHeadModel")
                .contains("LlamaForCausalLM");
        assertThat(assertRefused("allowed/truncated", "WEIGHTS_INVALID")).contains("model.safetensors");
        assertRefused("allowed/no-weights", "WEIGHTS_MISSING");
        assertRefused("allowed/no-tokenizer", "TOKENIZER_MISSING");
        assertRefused("outside", "SOURCE_FORBIDDEN");
        assertRefused("outside-and-not-there", "SOURCE_FORBIDDEN");
        assertRefused("allowed/../outside", "SOURCE_FORBIDDEN");
        assertRefused("allowed/link", "SOURCE_FORBIDDEN");
        assertRefused("allowed/file-link", "SOURCE_FORBIDDEN");

        assertThat(service.count("jobs")).isEqualTo(jobs);
        assertThat(service.blobs.blobs).hasSize(blobs);
    }

    @Test
    void textsThatCannotBeUsedAreRefusedBeforeThereIsAJob() throws Exception {
        Path texts = Files.createDirectories(directory.resolve("allowed/texts"));
        Path one = Files.writeString(texts.resolve("one.txt"), "Once upon a time.");
        Path same = Files.writeString(texts.resolve("same.txt"), "Once upon a time.");
        Path other = Files.writeString(texts.resolve("other.txt"), "Twice upon a time.");
        Path builtIn = Files.writeString(texts.resolve("built-in.txt"), BuiltInText.calibration());
        Path heldOut = Files.writeString(texts.resolve("held-out.txt"), BuiltInText.heldOut());
        Path empty = Files.createFile(texts.resolve("empty.txt"));
        int jobs = service.count("jobs");
        assertThat(refusedText("\"calibrationPath\":\"%s\",\"evaluationPath\":\"%s\"".formatted(one, same)))
                .contains("the evaluation text is the calibration text");
        refusedText("\"calibrationText\":\"Once upon a time.\",\"evaluationPath\":\"%s\"".formatted(same));
        refusedText("\"calibrationChoice\":\"built-in\",\"evaluationPath\":\"%s\"".formatted(builtIn));
        refusedText("\"calibrationPath\":\"%s\"".formatted(heldOut));
        assertThat(refusedText("\"calibrationText\":\" \\n\"")).contains("calibrationText is empty");
        assertThat(refusedText("\"calibrationPath\":\"%s\"".formatted(empty))).contains("empty.txt is empty");
        refusedText("\"evaluationPath\":\"%s\"".formatted(empty));
        assertThat(service.count("jobs")).isEqualTo(jobs);
        service.compressor.permits.release(1000);
        String texted = body(
                "demo", "allowed/demo", ",\"calibrationPath\":\"%s\",\"evaluationPath\":\"%s\"".formatted(one, other));
        assertThat(await(id(service.post("/api/v1/jobs", texted)), JobApiTest::isFinished)
                        .path("state")
                        .asString())
                .isEqualTo("done");
    }

    /** @return what the answer says in detail */
    private static String refusedText(String texts) throws Exception {
        HttpResponse<String> refused = service.post("/api/v1/jobs", body("demo", "allowed/demo", "," + texts));
        assertThat(refused.statusCode()).as(texts + refused.body()).isEqualTo(422);
        JsonNode problem = service.parse(refused.body());
        assertThat(problem.path("code").asString()).isEqualTo("TEXT_INVALID");
        return problem.path("detail").asString();
    }

    @Test
    void aGoodSourceIsDescribed() throws Exception {
        JsonNode checked = service.parse(
                service.post("/api/v1/source-checks", "{\"path\":\"%s\"}".formatted(directory.resolve("allowed/demo")))
                        .body());
        assertThat(checked.path("architecture").asString()).isEqualTo("LlamaForCausalLM");
        assertThat(checked.path("weights").asLong()).isBetween(5_000_000L, 7_000_000L);
        assertThat(checked.path("sizeBytes").asLong()).isEqualTo(Files.size(DEMO.resolve("model.safetensors")));
    }

    @Test
    void aGgufFileIsTakenWhereADirectoryIs() throws Exception {
        Path file = copyResource("/gguf/llama.gguf", "allowed/tiny.gguf");
        JsonNode checked = service.parse(service.post("/api/v1/source-checks", "{\"path\":\"%s\"}".formatted(file))
                .body());
        assertThat(checked.path("architecture").asString()).isEqualTo("LlamaForCausalLM");
        assertThat(checked.path("sizeBytes").asLong()).isEqualTo(Files.size(file));
        service.compressor.permits.release(1000);
        JsonNode job = await(id(create("demo", "allowed/tiny.gguf")), JobApiTest::isFinished);
        assertThat(job.path("state").asString()).as(job.toString()).isEqualTo("done");

        byte[] content = Files.readAllBytes(file);
        Files.write(directory.resolve("allowed/cut.gguf"), Arrays.copyOf(content, content.length - 5000));
        assertThat(assertRefused("allowed/cut.gguf", "WEIGHTS_INVALID")).contains("cut.gguf", "cut off");
        copyResource("/gguf/blocks.gguf", "allowed/no-model.gguf");
        assertThat(assertRefused("allowed/no-model.gguf", "ARCHITECTURE_UNSUPPORTED"))
                .contains("'none'");
        Files.writeString(directory.resolve("allowed/text.gguf"), "no model at all");
        assertRefused("allowed/text.gguf", "WEIGHTS_MISSING");
    }

    @Test
    void aGgufModelInSeveralFilesIsTakenByOneOfThem() throws Exception {
        Path first = copyResource("/gguf/split-00001-of-00003.gguf", "allowed/split-00001-of-00003.gguf");
        assertThat(assertRefused("allowed/split-00001-of-00003.gguf", "WEIGHTS_INVALID"))
                .contains("one of 3 files", "split-00002-of-00003.gguf", "split-00003-of-00003.gguf");
        copyResource("/gguf/split-00002-of-00003.gguf", "allowed/split-00002-of-00003.gguf");
        Path outside = copyResource("/gguf/split-00003-of-00003.gguf", "split-outside.gguf");
        Path last = Files.createSymbolicLink(directory.resolve("allowed/split-00003-of-00003.gguf"), outside);
        assertRefused("allowed/split-00001-of-00003.gguf", "SOURCE_FORBIDDEN");
        Files.delete(last);
        copyResource("/gguf/split-00003-of-00003.gguf", "allowed/split-00003-of-00003.gguf");
        JsonNode checked = service.parse(service.post("/api/v1/source-checks", "{\"path\":\"%s\"}".formatted(first))
                .body());
        assertThat(checked.path("sizeBytes").asLong()).isGreaterThan(Files.size(first) + Files.size(last));
        service.compressor.permits.release(1000);
        JsonNode job = await(id(create("demo", "allowed/split-00002-of-00003.gguf")), JobApiTest::isFinished);
        assertThat(job.path("state").asString()).as(job.toString()).isEqualTo("done");
        copyResource("/gguf/split-00002-of-00003.gguf", "allowed/split-00003-of-00003.gguf");
        assertThat(assertRefused("allowed/split-00001-of-00003.gguf", "WEIGHTS_INVALID"))
                .contains("should be part 3 of 3", "part 2 of 3");
    }

    @Test
    void badRequestsAreRefused() throws Exception {
        assertProblem(create("no-such-model", "allowed/demo"), 404, "MODEL_NOT_FOUND");
        assertProblem(service.post("/api/v1/jobs", "{\"model\":\"demo\"}"), 400, "REQUEST_INVALID");
        assertProblem(service.post("/api/v1/jobs", "not json"), 400, "REQUEST_INVALID");
        assertProblem(
                service.post("/api/v1/jobs", body("demo", "allowed/demo", ",\"codec\":\"zip\"")),
                422,
                "CODEC_UNSUPPORTED");
        assertProblem(
                service.post("/api/v1/jobs", body("demo", "allowed/demo", ",\"contextTokens\":1")),
                400,
                "REQUEST_INVALID");
        assertProblem(service.get("/api/v1/jobs/3e0b5a1c-0000-4000-8000-000000000000"), 404, "JOB_NOT_FOUND");
        assertProblem(service.get("/api/v1/jobs?limit=1000"), 400, "REQUEST_INVALID");
        assertProblem(service.get("/api/v1/nothing"), 404, "ROUTE_NOT_FOUND");
    }

    @Test
    void aWeightThatIsNotANumberFailsTheJobAndIsNamed() throws Exception {
        Path model = copyDemo("allowed/nan");
        String tensor = poison(model.resolve("model.safetensors"));
        JsonNode job = await(id(create("demo", "allowed/nan")), JobApiTest::isFinished);
        assertThat(job.path("state").asString()).isEqualTo("failed");
        assertThat(job.path("error").path("code").asString()).isEqualTo("WEIGHTS_NOT_FINITE");
        assertThat(job.path("error").path("detail").asString()).contains(tensor).contains("7");
    }

    @Test
    void whatTheCodecOrTheRegistryRefusesFailsTheJob() throws Exception {
        service.compressor.permits.release(1000);
        JsonNode refused = await(id(create("closed", "allowed/demo")), JobApiTest::isFinished);
        assertThat(refused.path("error").path("code").asString()).isEqualTo("REGISTRY_REFUSED");
        assertThat(refused.path("error").path("detail").asString()).contains("STACK_INVALID", "block 3 is missing");
        String failed = refused.path("id").asString();
        // The registry is told once the state is written.
        service.await(
                "the registry to be told",
                () -> service.registry.events.stream().anyMatch(event -> event.contains(failed)));
        assertThat(service.registry.events)
                .filteredOn(event -> event.contains(failed))
                .singleElement()
                .satisfies(event -> assertThat(event)
                        .contains(
                                "io.bitstack.job.failed",
                                "jobs/" + failed,
                                "REGISTRY_REFUSED",
                                "\"model\":\"closed\""));
        String withParameter = body("demo", "allowed/demo", ",\"parameters\":{\"unknown\":\"1\"}");
        JsonNode wrong = await(id(service.post("/api/v1/jobs", withParameter)), JobApiTest::isFinished);
        assertThat(wrong.path("error").path("code").asString()).isEqualTo("PARAMETER_INVALID");
    }

    @Test
    void aRunningAndAWaitingJobCanBeCancelled() throws Exception {
        String running = id(create("demo", "allowed/demo"));
        await(running, job -> job.path("state").asString().equals("encoding"));
        String waiting = id(create("demo", "allowed/demo"));
        assertThat(service.post("/api/v1/jobs/" + waiting + "/cancel", "").statusCode())
                .isEqualTo(202);
        assertThat(get(waiting).path("state").asString()).isEqualTo("cancelled");
        service.post("/api/v1/jobs/" + running + "/cancel", "");
        JsonNode cancelled = await(running, JobApiTest::isFinished);
        assertThat(cancelled.path("state").asString()).isEqualTo("cancelled");
        assertThat(cancelled.has("stackDigest")).isFalse();

        JsonNode first = service.parse(service.get("/api/v1/jobs?limit=1").body());
        assertThat(first.path("items").get(0).path("id").asString()).isEqualTo(waiting);
        JsonNode second = service.parse(
                service.get("/api/v1/jobs?limit=1&after=" + first.path("next").asString())
                        .body());
        assertThat(second.path("items").get(0).path("id").asString()).isEqualTo(running);
    }

    @Test
    void aRestartTakesARunningJobUpAgain() throws Exception {
        String id = id(create("demo", "allowed/demo"));
        service.compressor.permits.release(3);
        await(id, job -> job.path("matricesDone").asInt() == 3);
        service.stop();
        service.start();
        service.compressor.permits.release(1000);
        JsonNode done = await(id, JobApiTest::isFinished);
        assertThat(done.path("state").asString()).isEqualTo("done");
        assertThat(service.registry
                        .published
                        .get(done.path("version").asInt() - 1)
                        .toString())
                .isEqualTo(done.path("stackDigest").asString());
    }

    private static Path copyDemo(String name) throws IOException {
        Path target = Files.createDirectories(directory.resolve(name));
        for (String file : List.of("config.json", "tokenizer.json", "tokenizer_config.json", "model.safetensors")) {
            Files.copy(DEMO.resolve(file), target.resolve(file), StandardCopyOption.REPLACE_EXISTING);
        }
        return target;
    }

    private static Path copyResource(String name, String to) throws IOException {
        try (InputStream content = Objects.requireNonNull(JobApiTest.class.getResourceAsStream(name), name)) {
            Files.copy(content, directory.resolve(to), StandardCopyOption.REPLACE_EXISTING);
        }
        return directory.resolve(to);
    }

    private static void edit(Path file, String from, String to) throws IOException {
        Files.writeString(file, Files.readString(file).replace(from, to));
    }

    /** Makes element 7 of the first tensor a NaN and returns the tensor's name. */
    private static String poison(Path file) throws IOException {
        try (RandomAccessFile weights = new RandomAccessFile(file.toFile(), "rw")) {
            byte[] length = new byte[Long.BYTES];
            weights.readFully(length);
            int headerBytes =
                    (int) ByteBuffer.wrap(length).order(ByteOrder.LITTLE_ENDIAN).getLong();
            byte[] header = new byte[headerBytes];
            weights.readFully(header);
            for (var tensor : service.parse(new String(header, java.nio.charset.StandardCharsets.UTF_8))
                    .properties()) {
                JsonNode offsets = tensor.getValue().path("data_offsets");
                if (offsets.isArray() && offsets.get(0).asLong() == 0) {
                    assertThat(tensor.getValue().path("dtype").asString()).isEqualTo("BF16");
                    weights.seek(Long.BYTES + headerBytes + 7 * Short.BYTES);
                    weights.write(new byte[] {(byte) 0xC0, 0x7F});
                    return tensor.getKey();
                }
            }
        }
        throw new AssertionError("no tensor starts at 0");
    }

    private static String body(String model, String path, String more) {
        return "{\"model\":\"%s\",\"source\":{\"path\":\"%s\"}%s}".formatted(model, directory + "/" + path, more);
    }

    private static HttpResponse<String> create(String model, String path) throws Exception {
        return service.post("/api/v1/jobs", body(model, path, ""));
    }

    private static String id(HttpResponse<String> created) {
        assertThat(created.statusCode()).as(created.body()).isEqualTo(202);
        return service.parse(created.body()).path("id").asString();
    }

    private static String assertRefused(String path, String code) throws Exception {
        assertProblem(create("demo", path), 422, code);
        HttpResponse<String> checked =
                service.post("/api/v1/source-checks", "{\"path\":\"%s\"}".formatted(directory + "/" + path));
        assertProblem(checked, 422, code);
        return service.parse(checked.body()).path("detail").asString();
    }

    private static void assertProblem(HttpResponse<String> response, int status, String code) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        assertThat(response.headers().firstValue("Content-Type")).hasValue("application/problem+json");
        JsonNode problem = service.parse(response.body());
        assertThat(problem.path("code").asString()).as(response.body()).isEqualTo(code);
        assertThat(problem.path("detail").asString()).isNotBlank();
    }

    private static JsonNode get(String id) throws Exception {
        return service.parse(service.get("/api/v1/jobs/" + id).body());
    }

    private static boolean isFinished(JsonNode job) {
        return List.of("done", "failed", "cancelled").contains(job.path("state").asString());
    }

    private static JsonNode await(String id, java.util.function.Predicate<JsonNode> wanted) throws Exception {
        long giveUpNanos = System.nanoTime() + 120_000_000_000L;
        JsonNode job = get(id);
        while (!wanted.test(job)) {
            assertThat(System.nanoTime()).as(job.toString()).isLessThan(giveUpNanos);
            Thread.sleep(50);
            job = get(id);
        }
        return job;
    }
}
