package io.bitstack.compression;

import static org.assertj.core.api.Assertions.assertThat;

import io.bitstack.compression.fetch.HubServer;
import io.bitstack.core.stack.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** What steers jobs over HTTP: pause, priority, bounds, rests after failures, a database that goes away, models of a hub. */
class JobControlTest {
    private static final Path DEMO =
            Path.of(System.getProperty("bitstack.repository", "..")).resolve("demo/model");

    @TempDir
    static Path directory;

    private static final String READINESS = "/actuator/health/readiness";
    private static final int TINY_MATRICES = 16;

    private static HubServer hub;
    private static ServiceFixture service;

    @BeforeAll
    static void start() throws IOException {
        Path model = Files.createDirectories(directory.resolve("allowed/demo"));
        Files.createDirectories(directory.resolve("hub"));
        for (String file : List.of("config.json", "tokenizer.json", "tokenizer_config.json", "model.safetensors")) {
            Files.copy(DEMO.resolve(file), model.resolve(file));
            Files.copy(DEMO.resolve(file), directory.resolve("hub").resolve(file));
        }
        hub = new HubServer(directory.resolve("hub"));
        service = ServiceFixture.onOwnServer(
                directory.resolve("allowed"),
                "bitstack.compression.jobs.max-unfinished-per-owner=2",
                "bitstack.compression.jobs.retry-rest=100ms",
                "bitstack.compression.jobs.retry-rest-most=200ms",
                "bitstack.compression.jobs.sweep-interval=300ms",
                "bitstack.compression.fetch.hub-url=" + hub.url(),
                "bitstack.compression.fetch.hub-token=" + HubServer.TOKEN,
                "bitstack.compression.fetch.allowed-hosts=127.0.0.1",
                "bitstack.compression.fetch.work-directory=" + directory.resolve("work"),
                "spring.datasource.hikari.connection-timeout=1000");
    }

    @AfterAll
    static void stop() throws IOException {
        service.close();
        hub.close();
    }

    @BeforeEach
    void noPermits() {
        service.compressor.permits.drainPermits();
    }

    @Test
    void aPausedJobRestsAndRunsOnWhenItIsResumed() throws Exception {
        String id = create("paused", "");
        service.compressor.permits.release(2);
        await(id, job -> job.path("matricesDone").asInt() == 2);
        assertThat(service.post("/api/v1/jobs/" + id + "/pause", "").statusCode())
                .isEqualTo(202);
        await(id, job -> job.path("state").asString().equals("queued"));
        service.compressor.permits.release(1000);
        Thread.sleep(1500);
        JsonNode resting = get(id);
        assertThat(resting.path("state").asString()).isEqualTo("queued");
        assertThat(resting.path("paused").asBoolean()).isTrue();
        service.post("/api/v1/jobs/" + id + "/resume", "");
        assertThat(await(id, JobControlTest::isFinished).path("state").asString())
                .isEqualTo("done");
        assertThat(log(id)).contains("pause asked for", "paused", "resumed", "run 2 starts", "encoding, after");
        HttpResponse<String> late = service.post("/api/v1/jobs/" + id + "/pause", "");
        assertThat(late.statusCode()).isEqualTo(409);
        assertThat(service.parse(late.body()).path("code").asString()).isEqualTo("JOB_FINISHED");
    }

    @Test
    void theHighestPriorityRunsFirstAndAnOwnerIsBounded() throws Exception {
        String running = create("first", "");
        await(running, job -> job.path("state").asString().equals("encoding"));
        String low = create("second", ",\"priority\":-5");
        String high = create("third", ",\"priority\":50");
        String alsoThird = create("third", "");
        HttpResponse<String> tooMany = service.postAs("third", "/api/v1/jobs", body(""));
        assertThat(tooMany.statusCode()).isEqualTo(429);
        assertThat(tooMany.headers().firstValue("Retry-After")).hasValue("60");
        assertThat(service.parse(tooMany.body()).path("detail").asString()).contains("2 of your jobs");
        // What the scheduler has read before goes before what it has not seen yet.
        service.awaitPoll();
        service.compressor.permits.release(10_000);
        JsonNode later = await(low, JobControlTest::isFinished);
        JsonNode sooner = await(high, JobControlTest::isFinished);
        assertThat(started(sooner)).isBefore(started(later));
        assertThat(started(get(alsoThird))).isBetween(started(sooner), started(later));
        assertThat(sooner.path("priority").asInt()).isEqualTo(50);
        assertThat(service.post("/api/v1/jobs", body(",\"priority\":101")).statusCode())
                .isEqualTo(400);
    }

    @Test
    void whatMayPassIsTriedAgain() throws Exception {
        service.compressor.permits.release(10_000);
        service.registry.unavailable.set(1);
        String id = create("retried", "");
        JsonNode done = await(id, JobControlTest::isFinished);
        assertThat(done.path("state").asString()).as(log(id)).isEqualTo("done");
        assertThat(log(id)).contains("REGISTRY_UNREACHABLE", "run again in PT0.1S", "run 2 starts");
    }

    @Test
    void aJobThatWasCancelledIsTriedAgainAsANewOne() throws Exception {
        String id = create("again", ",\"calibrationChoice\":\"built-in\"");
        HttpResponse<String> early = service.postAs("again", "/api/v1/jobs/" + id + "/retry", "");
        assertThat(early.statusCode()).isEqualTo(409);
        assertThat(early.body()).contains("JOB_UNFINISHED");
        service.post("/api/v1/jobs/" + id + "/cancel", "");
        await(id, JobControlTest::isFinished);
        service.compressor.permits.release(10_000);
        HttpResponse<String> retried = service.postAs("again", "/api/v1/jobs/" + id + "/retry", "");
        assertThat(retried.statusCode()).as(retried.body()).isEqualTo(202);
        JsonNode job = service.parse(retried.body());
        String again = job.path("id").asString();
        assertThat(retried.headers().firstValue("Location")).hasValue("/api/v1/jobs/" + again);
        assertThat(again).isNotEqualTo(id);
        assertThat(job.path("retryOf").asString()).isEqualTo(id);
        assertThat(await(again, JobControlTest::isFinished).path("state").asString())
                .isEqualTo("done");
        HttpResponse<String> late = service.postAs("again", "/api/v1/jobs/" + again + "/retry", "");
        assertThat(late.statusCode()).isEqualTo(409);
        assertThat(late.body()).contains("JOB_FINISHED");
        HttpResponse<String> twice = service.postAs(
                "again", "/api/v1/jobs", body(",\"calibrationChoice\":\"own\",\"calibrationText\":\"x\""));
        assertThat(twice.statusCode()).isEqualTo(400);
    }

    @Test
    void aFullDiskIsWaitedFor() throws Exception {
        service.compressor.permits.release(10_000);
        service.blobs.failures.set(1);
        String id = create("full-disk", "");
        JsonNode done = await(id, JobControlTest::isFinished);
        assertThat(done.path("state").asString()).as(log(id)).isEqualTo("done");
        assertThat(log(id))
                .contains("STORAGE_FAILED", "No space left on device", "run again in PT0.1S", "run 2 starts");
    }

    @Test
    void whatTasksSayIsStoredWithTheVersion() throws Exception {
        service.compressor.permits.release(10_000);
        Path tasks = directory.resolve("allowed/tasks.jsonl");
        Files.writeString(tasks, "{\"context\":\"Snow is\",\"choices\":[\"white\",\"loud\"],\"answer\":0}\n");
        String id = create("tasks", ",\"tasksPath\":\"%s\"".formatted(tasks));
        assertThat(await(id, JobControlTest::isFinished).path("state").asString())
                .as(log(id))
                .isEqualTo("done");
        assertThat(service.manifests.getLast().lineage().parameters())
                .containsExactly(
                        Map.entry("tasks", Digest.of(Files.readAllBytes(tasks)).toString()));
        JsonNode tags = service.parse(service.registry.tags.getLast());
        assertThat(tags.path("tasks.full").asString()).contains("\"tasks\":1", "\"accuracy\":0.7500");
        assertThat(tags.path("tasks.blocks.3").asString())
                .contains("\"normalisedAccuracy\":0.2500", "\"sizeBytes\":100");
        Files.writeString(tasks, "{\"context\":\"Snow is\"}\n");
        HttpResponse<String> bad =
                service.postAs("tasks", "/api/v1/jobs", body(",\"tasksPath\":\"%s\"".formatted(tasks)));
        assertThat(bad.statusCode()).as(bad.body()).isEqualTo(422);
        assertThat(service.parse(bad.body()).path("detail").asString()).contains("line 1 of the tasks");
    }

    @Test
    void aRestartOfTheDatabaseCostsARunningJobNothing() throws Exception {
        String id = create("patient", "");
        service.compressor.permits.release(2);
        await(id, job -> job.path("matricesDone").asInt() == 2);
        assertThat(service.managementStatus(READINESS)).isEqualTo(200);
        service.stopDatabase();
        service.compressor.permits.release(10_000);
        service.await("the service to call itself not ready", () -> service.managementStatus(READINESS) == 503);
        assertThat(service.managementStatus("/actuator/health/liveness"))
                .as("to start it anew would help nobody")
                .isEqualTo(200);
        service.startDatabase();
        service.await("the service to be ready", () -> service.managementStatus(READINESS) == 200);
        JsonNode done = await(id, JobControlTest::isFinished);
        assertThat(done.path("state").asString()).as(log(id)).isEqualTo("done");
        assertThat(log(id)).doesNotContain("run 2 starts");
    }

    @Test
    void aRestartOfTheDatabaseInTheMidstOfEncodingCostsNoFinishedMatrix() throws Exception {
        Path tiny = directory.resolve("allowed/tiny.gguf");
        try (InputStream content = Objects.requireNonNull(getClass().getResourceAsStream("/gguf/llama.gguf"))) {
            Files.copy(content, tiny);
        }
        service.inEarnest = true;
        try {
            String undisturbed = service.compressed(tiny).path("stackDigest").asString();
            service.update("delete from compression.encoded_parts");
            CompletableFuture<Void> restarted = new CompletableFuture<>();
            // Away while what is stored then is remembered and reported; back when it has started.
            service.blobs.afterPuts(20, () -> {
                try {
                    service.stopDatabase();
                } catch (IOException e) {
                    restarted.completeExceptionally(e);
                }
                Thread.ofPlatform().start(() -> {
                    try {
                        service.startDatabase();
                        restarted.complete(null);
                    } catch (IOException e) {
                        restarted.completeExceptionally(e);
                    }
                });
            });
            JsonNode job = service.compressed(tiny);
            restarted.join();
            assertThat(job.path("stackDigest").asString()).isEqualTo(undisturbed);
            String id = job.path("id").asString();
            assertThat(service.encoded(id)).as(log(id)).isEqualTo(TINY_MATRICES);
        } finally {
            service.inEarnest = false;
        }
    }

    @Test
    void aModelOfTheHubIsPinnedFetchedCompressedAndForgotten() throws Exception {
        service.compressor.permits.release(10_000);
        String body = "{\"model\":\"demo\",\"source\":{\"hub\":{\"repository\":\"us/tiny\"}}}";
        String id = service.parse(service.postAs("hub", "/api/v1/jobs", body).body())
                .path("id")
                .asString();
        JsonNode done = await(id, JobControlTest::isFinished);
        assertThat(done.path("state").asString()).as(log(id)).isEqualTo("done");
        assertThat(log(id)).contains("hub:us/tiny@0123456789abcdef");
        assertThat(service.manifests.getLast().lineage().parameters().get("modelRevision"))
                .startsWith("hub:us/tiny@0123456789abcdef");
        // Its end is written before what was fetched is deleted.
        service.await("the fetched model to be forgotten", () -> {
            try (Stream<Path> left = Files.list(directory.resolve("work/fetched"))) {
                return left.findAny().isEmpty();
            }
        });
        String both = "{\"model\":\"demo\",\"source\":{\"path\":\"/x\",\"hub\":{\"repository\":\"us/tiny\"}}}";
        assertThat(service.post("/api/v1/jobs", both).statusCode()).isEqualTo(400);
        String none = "{\"model\":\"demo\",\"source\":{\"hub\":{\"repository\":\"us/none\"}}}";
        HttpResponse<String> unknown = service.post("/api/v1/jobs", none);
        assertThat(unknown.statusCode()).isEqualTo(422);
        assertThat(service.parse(unknown.body()).path("code").asString()).isEqualTo("SOURCE_NOT_FOUND");
    }

    private static Instant started(JsonNode job) {
        return Instant.parse(job.path("startedAt").asString());
    }

    private static String body(String more) {
        return "{\"model\":\"demo\",\"source\":{\"path\":\"%s\"}%s}".formatted(directory.resolve("allowed/demo"), more);
    }

    private static String create(String owner, String more) throws Exception {
        HttpResponse<String> created = service.postAs(owner, "/api/v1/jobs", body(more));
        assertThat(created.statusCode()).as(created.body()).isEqualTo(202);
        return service.parse(created.body()).path("id").asString();
    }

    private static JsonNode get(String id) throws Exception {
        HttpResponse<String> answer = service.get("/api/v1/jobs/" + id);
        return service.parse(answer.body());
    }

    private static String log(String id) throws Exception {
        StringBuilder lines = new StringBuilder();
        long after = 0;
        while (true) {
            JsonNode items = service.parse(service.get("/api/v1/jobs/%s/log?limit=50&after=%d".formatted(id, after))
                            .body())
                    .path("items");
            for (JsonNode line : items) {
                lines.append(line.path("message").asString()).append('\n');
                after = line.path("sequence").asLong();
            }
            if (items.isEmpty()) {
                return lines.toString();
            }
        }
    }

    private static boolean isFinished(JsonNode job) {
        return List.of("done", "failed", "cancelled").contains(job.path("state").asString());
    }

    private static JsonNode await(String id, Predicate<JsonNode> wanted) throws Exception {
        long giveUpNanos = System.nanoTime() + 120_000_000_000L;
        JsonNode job = get(id);
        while (!wanted.test(job)) {
            if (System.nanoTime() - giveUpNanos > 0) {
                throw new AssertionError("waited for two minutes for " + job + log(id));
            }
            Thread.sleep(50);
            job = get(id);
        }
        return job;
    }
}
