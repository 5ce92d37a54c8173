package io.bitstack.compression;

import static org.assertj.core.api.Assertions.assertThat;

import io.bitstack.core.stack.BlobStoreSettings;
import io.bitstack.core.stack.BlobStores;
import io.bitstack.core.stack.S3Objects;
import io.bitstack.core.stack.S3Server;
import io.bitstack.core.stack.StackManifest;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** Whole jobs whose model and blobs are on a real S3 server that answers 503, slowly, or with half a body. */
class FaultyStorageTest {
    private static final Path DEMO =
            Path.of(System.getProperty("bitstack.repository", "..")).resolve("demo/model");

    @TempDir
    static Path directory;

    private static final int TINY_MATRICES = 16;

    /** The stack of a job that meets nothing. */
    private static String undisturbed = "";

    private static S3Server server;
    private static FaultyRelay relay;
    private static ServiceFixture service;

    @BeforeAll
    static void start() throws Exception {
        server = S3Server.start();
        relay = new FaultyRelay(server.endpoint());
        S3Objects objects = BlobStores.objects(server.settings("models"), "models");
        for (String file : List.of("config.json", "tokenizer.json", "model.safetensors")) {
            objects.put("demo/" + file, Files.readAllBytes(DEMO.resolve(file)));
        }
        service = new ServiceFixture(
                directory,
                BlobStores.open(new BlobStoreSettings(
                        "s3",
                        null,
                        relay.url(),
                        null,
                        "blobs-of-the-test",
                        server.accessKey(),
                        server.secretKey(),
                        null)),
                "bitstack.compression.jobs.retry-rest=100ms",
                "bitstack.compression.jobs.retry-rest-most=200ms",
                "bitstack.compression.fetch.s3.endpoint=" + relay.url(),
                "bitstack.compression.fetch.s3.access-key=" + server.accessKey(),
                "bitstack.compression.fetch.s3.secret-key=" + server.secretKey(),
                "bitstack.compression.fetch.s3-prefixes=models",
                "bitstack.compression.fetch.tries=3",
                "bitstack.compression.fetch.try-rest=10ms",
                "bitstack.compression.fetch.work-directory=" + directory.resolve("work"));
        service.compressor.permits.release(1_000_000);
    }

    @AfterAll
    static void stop() throws Exception {
        service.close();
        relay.close();
        server.close();
    }

    /** Runs a job to its end, whose requests that fit meet a fault so many times. @return its log */
    private static String jobThatMeets(int times, FaultyRelay.Fault fault, String method, String path)
            throws Exception {
        relay.next(times, fault, line -> line.startsWith(method + " ") && line.contains(path));
        HttpResponse<String> created = service.post(
                "/api/v1/jobs", "{\"model\":\"demo\",\"source\":{\"s3\":{\"bucket\":\"models\",\"prefix\":\"demo\"}}}");
        assertThat(created.statusCode()).as(created.body()).isEqualTo(202);
        String id = service.parse(created.body()).path("id").asString();
        JsonNode job = service.finished(id);
        String log = service.get("/api/v1/jobs/" + id + "/log").body();
        assertThat(job.path("state").asString()).as(job + log).isEqualTo("done");
        assertThat(service.manifests.getLast().lineage().parameters().get("modelRevision"))
                .startsWith("s3:models/demo@sha256:");
        assertThat(relay.faultsLeft)
                .as("%s of %s %s were not met", fault, method, path)
                .hasValue(0);
        return log;
    }

    /** The tiny model in the bucket and the same file here. */
    @Test
    void aModelThatStaysInItsBucketMakesTheSameBlocks() throws Exception {
        Path tiny = tiny();
        BlobStores.objects(server.settings("models"), "models").put("tiny/tiny.gguf", Files.readAllBytes(tiny));
        service.inEarnest = true;
        try {
            StackManifest here = manifest(service.compressed(tiny));
            service.update("delete from compression.encoded_parts");
            StackManifest there = manifest(service.compressedFrom(
                    "{\"s3\":{\"bucket\":\"models\",\"prefix\":\"tiny\",\"file\":\"tiny.gguf\"}}"));
            assertThat(there.lineage().source()).isEqualTo(here.lineage().source());
            assertThat(there.files()).isEqualTo(here.files());
            assertThat(there.blocks()).isEqualTo(here.blocks());
            assertThat(there.curve()).isEqualTo(here.curve());
            try (Stream<Path> left = Files.list(directory.resolve("work/fetched"))) {
                assertThat(left).as("what was kept of the bucket").isEmpty();
            }
        } finally {
            service.inEarnest = false;
        }
    }

    private static StackManifest manifest(JsonNode job) {
        assertThat(job.path("state").asString()).as(job.toString()).isEqualTo("done");
        return service.manifests.getLast();
    }

    private Path tiny() throws IOException {
        Path tiny = directory.resolve("tiny.gguf");
        try (InputStream content = Objects.requireNonNull(getClass().getResourceAsStream("/gguf/llama.gguf"))) {
            Files.copy(content, tiny, StandardCopyOption.REPLACE_EXISTING);
        }
        return tiny;
    }

    @Test
    void aModelThatComesInHalvesIsFetchedOn() throws Exception {
        String log = jobThatMeets(2, FaultyRelay.Fault.HALF_AN_ANSWER, "GET", "/models/demo/model.safetensors");
        assertThat(log).doesNotContain("run 2 starts");
    }

    @Test
    void aServerThatRefusesTheModelTooOftenIsAskedAgainByTheNextRun() throws Exception {
        String log = jobThatMeets(3, FaultyRelay.Fault.UNAVAILABLE, "GET", "/models/demo/model.safetensors");
        assertThat(log).contains("SOURCE_UNREACHABLE", "run 2 starts");
    }

    @Test
    void aSlowServerIsWaitedFor() throws Exception {
        assertThat(jobThatMeets(1, FaultyRelay.Fault.SLOW, "GET", "/models/demo/model.safetensors"))
                .doesNotContain("run 2 starts");
    }

    @Test
    void blobsThatAreRefusedAreStoredByTheNextRun() throws Exception {
        // Blobs that another job has stored would only be made as new.
        BlobStores.objects(server.settings("unused"), "blobs-of-the-test").deleteBelow("blobs/");
        String log = jobThatMeets(1, FaultyRelay.Fault.UNAVAILABLE, "PUT", "/blobs-of-the-test/blobs/");
        assertThat(log).contains("STORAGE_FAILED", "run 2 starts");
    }

    /** What an encoder meets in the midst, and who measures order and curve when it reads a blob. */
    @ParameterizedTest
    @CsvSource({"UNAVAILABLE,PUT,30", "UNAVAILABLE,GET,25", "CUT_SHORT,GET,10"})
    void aJobInItsMidstGoesOnWhereItWasAndNoFinishedMatrixIsDoneAgain(
            FaultyRelay.Fault fault, String method, int requestsBefore) throws Exception {
        Path tiny = tiny();
        service.inEarnest = true;
        try {
            if (undisturbed.isEmpty()) {
                undisturbed = service.compressed(tiny).path("stackDigest").asString();
            }
            service.update("delete from compression.encoded_parts");
            BlobStores.objects(server.settings("unused"), "blobs-of-the-test").deleteBelow("blobs/");
            AtomicInteger seen = new AtomicInteger();
            relay.next(
                    1,
                    fault,
                    line -> line.startsWith(method + " /blobs-of-the-test/blobs/")
                            && seen.incrementAndGet() > requestsBefore);
            JsonNode job = service.compressed(tiny);
            String id = job.path("id").asString();
            assertThat(relay.faultsLeft).as("met").hasValue(0);
            assertThat(job.path("stackDigest").asString()).isEqualTo(undisturbed);
            assertThat(service.encoded(id))
                    .as(String.join("\n", service.log(id)))
                    .isEqualTo(TINY_MATRICES);
        } finally {
            service.inEarnest = false;
        }
    }
}
