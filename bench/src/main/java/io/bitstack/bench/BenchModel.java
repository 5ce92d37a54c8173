package io.bitstack.bench;

import io.bitstack.standalone.client.ApiClient;
import io.bitstack.standalone.demo.JobStatus;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;

/** Brings a model into a platform that is to be measured: compressed there, or as a stack that {@code ./bitstack eval --keep} has kept. */
record BenchModel(Path directory, Path text) {
    static final String NAME = "bench";

    private static final String MANIFEST = "manifest.json";

    /** Before the platform starts: puts a stack's blobs where it looks for them. */
    void prepare(Path data) throws IOException {
        if (!isStack()) {
            return;
        }
        Path from = directory.resolve("blobs");
        try (Stream<Path> files = Files.walk(from)) {
            files.forEach(file -> copy(file, data.resolve("blobs").resolve(from.relativize(file))));
        }
    }

    private static void copy(Path from, Path to) {
        try {
            if (Files.isDirectory(from)) {
                Files.createDirectories(to);
            } else {
                Files.copy(from, to);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private boolean isStack() {
        return Files.exists(directory.resolve(MANIFEST));
    }

    /** Makes version 1 and has the nodes serve it. */
    void serve(ApiClient api, URI gateway, String key, int contextTokens) throws IOException, InterruptedException {
        make(api, gateway, key);
        api.post("/api/v1/deployments", Map.of("model", NAME, "version", 1, "contextTokens", contextTokens));
    }

    /** Makes version 1. */
    void make(ApiClient api, URI gateway, String key) throws IOException, InterruptedException {
        api.post("/api/v1/models", Map.of("name", NAME));
        if (isStack()) {
            publish(gateway, key);
        } else {
            compress(api);
        }
    }

    private void publish(URI gateway, String key) throws IOException, InterruptedException {
        try (HttpClient http = HttpClient.newHttpClient()) {
            HttpResponse<String> answer = http.send(
                    HttpRequest.newBuilder(gateway.resolve("/api/v1/models/" + NAME + "/versions"))
                            .header("Authorization", "Bearer " + key)
                            .header("Content-Type", "application/json")
                            .POST(HttpRequest.BodyPublishers.ofFile(directory.resolve(MANIFEST)))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            if (answer.statusCode() != 201) {
                throw new IOException("the stack was not taken: " + answer.body());
            }
        }
    }

    private void compress(ApiClient api) throws IOException, InterruptedException {
        JobStatus job = JobStatus.of(api.post(
                "/api/v1/jobs",
                Map.of(
                        "model",
                        NAME,
                        "source",
                        Map.of("path", directory.toString()),
                        "calibrationPath",
                        text.toString(),
                        "order",
                        "proxy")));
        while (!job.isFinished()) {
            Thread.sleep(200);
            job = JobStatus.of(api.get("/api/v1/jobs/" + job.id()));
        }
        if (!job.isDone()) {
            throw new IOException("the compression job failed: " + job.error());
        }
    }
}
