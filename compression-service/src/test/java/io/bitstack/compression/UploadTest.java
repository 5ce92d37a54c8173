package io.bitstack.compression;

import static io.bitstack.compression.UploadClient.refused;
import static io.bitstack.compression.UploadClient.route;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Uploads into a directory: sent, broken off, gone on with, refused, compressed, forgotten. */
class UploadTest {
    private static final Path DEMO =
            Path.of(System.getProperty("bitstack.repository", "..")).resolve("demo/model");
    private static final List<String> FILES = List.of("config.json", "tokenizer.json", "model.safetensors");
    private static final int MAX_PIECE = 1 << 20;
    private static final int MAX_BYTES = 20_000_000;

    @TempDir
    static Path directory;

    private static ServiceFixture service;
    private static UploadClient client;

    @BeforeAll
    static void start() throws IOException {
        service = new ServiceFixture(
                directory,
                "bitstack.compression.uploads.max-piece-bytes=" + MAX_PIECE,
                "bitstack.compression.uploads.max-bytes=" + MAX_BYTES,
                "bitstack.compression.uploads.max-open-per-owner=3",
                "bitstack.compression.uploads.sweep-interval=200ms");
        client = new UploadClient(service);
    }

    @AfterAll
    static void stop() throws IOException {
        service.close();
    }

    @BeforeEach
    void nothingOpen() throws Exception {
        service.compressor.permits.drainPermits();
        service.update("update compression.uploads set state = 'discarded' where state = 'open'");
    }

    private static byte[] beginning(String name, int bytes) throws IOException {
        return Arrays.copyOf(Files.readAllBytes(DEMO.resolve(name)), bytes);
    }

    @Test
    void aModelIsSentInPiecesAcrossARestartAndCompressed() throws Exception {
        String id = client.declare(DEMO, FILES);
        client.send(id, DEMO.resolve("model.safetensors"), 2_500_000, MAX_PIECE);
        service.stop();
        service.start();
        assertThat(client.offset(id, "model.safetensors")).isEqualTo(2_500_000);
        HttpResponse<String> elsewhere = client.patch(id, "model.safetensors", 2_000_000, new byte[] {1});
        refused(elsewhere, 409, "UPLOAD_OFFSET_DIFFERS");
        assertThat(elsewhere.headers().firstValue("Upload-Offset")).hasValue("2500000");
        assertThat(service.parse(elsewhere.body()).path("offsetBytes").asLong()).isEqualTo(2_500_000);
        refused(client.complete(id), 409, "UPLOAD_INCOMPLETE");
        refused(
                service.post("/api/v1/jobs", "{\"model\":\"demo\",\"source\":{\"upload\":\"%s\"}}".formatted(id)),
                409,
                "UPLOAD_INCOMPLETE");
        client.sendAll(id, DEMO, FILES, MAX_PIECE);
        for (String name : FILES) {
            assertThat(Files.mismatch(service.uploads.resolve(id).resolve(name), DEMO.resolve(name)))
                    .as(name)
                    .isEqualTo(-1);
        }
        JsonNode complete = service.parse(client.complete(id).body());
        assertThat(complete.path("state").asString()).isEqualTo("complete");
        assertThat(complete.path("model").path("architecture").asString()).isNotEmpty();
        refused(client.patch(id, "config.json", 0, new byte[] {1}), 409, "UPLOAD_COMPLETE");
        refused(service.send("DELETE", route(id, "config.json"), new byte[0]), 409, "UPLOAD_COMPLETE");

        String job = service.parse(service.post(
                                "/api/v1/jobs", "{\"model\":\"demo\",\"source\":{\"upload\":\"%s\"}}".formatted(id))
                        .body())
                .path("id")
                .asString();
        refused(service.send("DELETE", route(id), new byte[0]), 409, "UPLOAD_IN_USE");
        service.update("update compression.uploads set expires_at = now() - interval '1 day' where id = '" + id + "'");
        service.await(
                "an upload in use to live on",
                () -> service.count("uploads where expires_at > now() and id = '%s'".formatted(id)) == 1);
        service.compressor.permits.release(10_000);
        assertThat(service.finished(job).path("state").asString()).isEqualTo("done");
        assertThat(service.send("DELETE", route(id), new byte[0]).statusCode()).isEqualTo(204);
        assertThat(service.uploads.resolve(id)).doesNotExist();
        refused(service.get(route(id)), 404, "UPLOAD_NOT_FOUND");
    }

    @Test
    void aGgufModelInSeveralFilesIsOneUpload() throws Exception {
        List<String> parts =
                List.of("split-00001-of-00003.gguf", "split-00002-of-00003.gguf", "split-00003-of-00003.gguf");
        Path split = Files.createDirectories(directory.resolve("split"));
        for (String part : parts) {
            try (InputStream content = Objects.requireNonNull(getClass().getResourceAsStream("/gguf/" + part), part)) {
                Files.copy(content, split.resolve(part));
            }
        }
        String incomplete = client.declare(split, parts.subList(0, 2));
        for (String part : parts.subList(0, 2)) {
            client.send(incomplete, split.resolve(part), Files.size(split.resolve(part)), MAX_PIECE);
        }
        refused(client.complete(incomplete), 422, "WEIGHTS_INVALID");

        String id = client.declare(split, parts);
        client.sendAll(id, split, parts, MAX_PIECE);
        JsonNode complete = service.parse(client.complete(id).body());
        assertThat(complete.path("model").path("tensors").asInt()).isEqualTo(21);
        String job = service.parse(service.post(
                                "/api/v1/jobs", "{\"model\":\"demo\",\"source\":{\"upload\":\"%s\"}}".formatted(id))
                        .body())
                .path("id")
                .asString();
        service.compressor.permits.release(10_000);
        assertThat(service.finished(job).path("state").asString()).isEqualTo("done");
    }

    @Test
    void aPieceThatBreaksOffOrArrivesDamagedIsNotTaken() throws Exception {
        String id = client.declare(DEMO, FILES);
        byte[] piece = beginning("model.safetensors", 300_000);
        byte[] head = service.head(
                        "PATCH",
                        route(id, "model.safetensors"),
                        "Content-Type",
                        UploadClient.PIECE,
                        "Upload-Offset",
                        "0",
                        "Content-Length",
                        "300000")
                .getBytes(StandardCharsets.US_ASCII);
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), service.port())) {
            OutputStream out = socket.getOutputStream();
            out.write(head);
            out.write(new byte[100_000]);
            out.flush();
        }
        String right = Base64.getEncoder()
                .encodeToString(MessageDigest.getInstance("SHA-256").digest(piece));
        byte[] damaged = piece.clone();
        damaged[77] ^= 1;
        refused(
                service.send(
                        "PATCH",
                        route(id, "model.safetensors"),
                        damaged,
                        "Content-Type",
                        UploadClient.PIECE,
                        "Upload-Offset",
                        "0",
                        "Content-Digest",
                        "sha-256=:" + right + ":"),
                422,
                "UPLOAD_DAMAGED");
        assertThat(client.offset(id, "model.safetensors")).isZero();
        assertThat(service.send(
                                "PATCH",
                                route(id, "model.safetensors"),
                                piece,
                                "Content-Type",
                                UploadClient.PIECE,
                                "Upload-Offset",
                                "0",
                                "Content-Digest",
                                "sha-256=:" + right + ":")
                        .statusCode())
                .isEqualTo(204);
        client.sendAll(id, DEMO, FILES, MAX_PIECE);
        assertThat(Files.mismatch(
                        service.uploads.resolve(id).resolve("model.safetensors"), DEMO.resolve("model.safetensors")))
                .isEqualTo(-1);
    }

    @Test
    void ofPiecesForTheSamePlaceOneIsTaken() throws Exception {
        String id = client.declare(DEMO, List.of("model.safetensors"));
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            Callable<Integer> send =
                    () -> client.patch(id, "model.safetensors", 0, beginning("model.safetensors", 500_000))
                            .statusCode();
            List<Integer> answers = threads.invokeAll(List.of(send, send, send, send)).stream()
                    .map(Future::resultNow)
                    .sorted()
                    .toList();
            assertThat(answers).containsExactly(204, 409, 409, 409);
        }
        assertThat(client.offset(id, "model.safetensors")).isEqualTo(500_000);
    }

    @Test
    void whatIsTooMuchOrNotAFileOfOursIsRefused() throws Exception {
        for (String name : List.of("../x", "a/b", ".hidden", "-x", "", "..", "a b", "x".repeat(201))) {
            refused(declare("{\"name\":\"%s\",\"sizeBytes\":1}".formatted(name)), 400, "REQUEST_INVALID");
        }
        refused(declare(""), 400, "REQUEST_INVALID");
        refused(declare("{\"name\":\"a\",\"sizeBytes\":-1}"), 400, "REQUEST_INVALID");
        refused(declare("{\"name\":\"a\",\"sizeBytes\":1},{\"name\":\"a\",\"sizeBytes\":1}"), 422, "UPLOAD_INVALID");
        refused(declare("{\"name\":\"a\",\"sizeBytes\":%d}".formatted(MAX_BYTES + 1)), 413, "UPLOAD_TOO_LARGE");
        refused(
                declare("{\"name\":\"a\",\"sizeBytes\":%d},{\"name\":\"b\",\"sizeBytes\":%d}"
                        .formatted(Long.MAX_VALUE, Long.MAX_VALUE)),
                413,
                "UPLOAD_TOO_LARGE");
        String id = client.declare(DEMO, FILES);
        refused(client.patch(id, "model.safetensors", 0, new byte[MAX_PIECE + 1]), 413, "UPLOAD_TOO_LARGE");
        refused(
                client.patch(id, "config.json", 0, new byte[(int) Files.size(DEMO.resolve("config.json")) + 1]),
                413,
                "UPLOAD_TOO_LARGE");
        refused(client.patch(id, "other.json", 0, new byte[1]), 404, "UPLOAD_NOT_FOUND");
        refused(
                service.send(
                        "PATCH",
                        route(id, "config.json"),
                        "{}".getBytes(StandardCharsets.UTF_8),
                        "Content-Type",
                        "application/json",
                        "Upload-Offset",
                        "0"),
                415,
                "REQUEST_INVALID");
        refused(
                service.send("PATCH", route(id, "config.json"), new byte[1], "Content-Type", UploadClient.PIECE),
                400,
                "REQUEST_INVALID");
        refused(
                service.post(route(id, "config.json") + "/pieces", "{\"offsetBytes\":0,\"sizeBytes\":10}"),
                409,
                "UPLOAD_NOT_DIRECT");
        client.declare(DEMO, FILES);
        client.declare(DEMO, FILES);
        HttpResponse<String> tooMany = declare("{\"name\":\"a\",\"sizeBytes\":1}");
        refused(tooMany, 429, "TOO_MANY_UPLOADS");
        assertThat(tooMany.headers().firstValue("Retry-After")).hasValue("60");
        JsonNode page = service.parse(service.get("/api/v1/uploads?limit=2").body());
        assertThat(page.path("items")).hasSize(2);
        assertThat(service.parse(service.get("/api/v1/uploads?limit=200&after="
                                        + page.path("next").asString())
                                .body())
                        .toString())
                .contains(id);
    }

    private static HttpResponse<String> declare(String files) throws Exception {
        return service.post("/api/v1/uploads", "{\"files\":[" + files + "]}");
    }

    @Test
    void aDamagedModelIsNotCompletedUntilItsFileIsSentAnew() throws Exception {
        Path spoilt = Files.createDirectories(directory.resolve("spoilt"));
        for (String name : FILES) {
            Files.copy(DEMO.resolve(name), spoilt.resolve(name));
        }
        byte[] pickle = Files.readAllBytes(spoilt.resolve("model.safetensors"));
        pickle[0] = (byte) 0x80;
        pickle[1] = 2;
        Files.write(spoilt.resolve("model.safetensors"), pickle);
        String id = client.declare(spoilt, FILES);
        for (String name : FILES) {
            client.send(id, spoilt.resolve(name), Files.size(spoilt.resolve(name)), MAX_PIECE);
        }
        refused(client.complete(id), 422, "WEIGHTS_INVALID");
        assertThat(service.send("DELETE", route(id, "model.safetensors"), new byte[0])
                        .statusCode())
                .isEqualTo(204);
        assertThat(client.offset(id, "model.safetensors")).isZero();
        client.sendAll(id, DEMO, FILES, MAX_PIECE);
    }

    @Test
    void whatIsNoModelIsRefusedAndTextsAreRead() throws Exception {
        Path texts = Files.createDirectories(directory.resolve("texts"));
        Files.writeString(texts.resolve("heldout.txt"), "Once upon a time there was a test. ".repeat(50));
        Files.writeString(texts.resolve("tasks.jsonl"), "{\"context\":\"Snow is\"}\n");
        Files.writeString(
                texts.resolve("good.jsonl"),
                "{\"context\":\"Snow is\",\"choices\":[\"white\",\"loud\"],\"answer\":0}\n");
        Files.writeString(texts.resolve("empty.txt"), "");
        List<String> names = List.of("heldout.txt", "tasks.jsonl", "good.jsonl", "empty.txt");
        String id = client.declare(texts, names);
        client.sendAll(id, texts, names, MAX_PIECE);
        String source = "{\"model\":\"demo\",\"source\":{\"%s\":\"%s\"}%s}";
        refused(service.post("/api/v1/jobs", source.formatted("upload", id, "")), 422, "WEIGHTS_MISSING");
        Path model = Files.createDirectories(directory.resolve("demo"));
        for (String name : FILES) {
            Files.copy(DEMO.resolve(name), model.resolve(name));
        }
        String text = ",\"evaluationPath\":\"upload:%s/%s\"";
        service.compressor.permits.release(10_000);
        String tasks = ",\"tasksPath\":\"upload:%s/good.jsonl\"".formatted(id);
        assertThat(client.job(source.formatted("path", model, text.formatted(id, "heldout.txt") + tasks))
                        .path("state")
                        .asString())
                .isEqualTo("done");
        refused(
                service.post("/api/v1/jobs", source.formatted("path", model, text.formatted(id, "none.txt"))),
                404,
                "UPLOAD_NOT_FOUND");
        refused(
                service.post("/api/v1/jobs", source.formatted("path", model, text.formatted(id, "empty.txt"))),
                422,
                "TEXT_INVALID");
        String both = text.formatted(id, "heldout.txt")
                + ",\"calibrationPath\":\"%s\""
                        .formatted(Files.copy(texts.resolve("heldout.txt"), model.resolve("copy.txt")));
        refused(service.post("/api/v1/jobs", source.formatted("path", model, both)), 422, "TEXT_INVALID");
        refused(
                service.post(
                        "/api/v1/jobs",
                        source.formatted("path", model, ",\"tasksPath\":\"upload:%s/tasks.jsonl\"".formatted(id))),
                422,
                "TEXT_INVALID");
        String twoModels = client.declare(DEMO, List.of("model.safetensors"));
        refused(client.complete(twoModels), 409, "UPLOAD_INCOMPLETE");
        client.send(twoModels, DEMO.resolve("model.safetensors"), MAX_BYTES / 4, MAX_PIECE);
        client.send(
                twoModels, DEMO.resolve("model.safetensors"), Files.size(DEMO.resolve("model.safetensors")), MAX_PIECE);
        refused(client.complete(twoModels), 422, "MODEL_CONFIG_MISSING");
    }

    @Test
    void whatExpiresIsDeleted() throws Exception {
        String id = client.declare(DEMO, FILES);
        client.send(id, DEMO.resolve("model.safetensors"), 1000, MAX_PIECE);
        assertThat(service.uploads.resolve(id)).exists();
        service.update("update compression.uploads set expires_at = now() - interval '1 s' where id = '" + id + "'");
        service.await(
                "an expired upload to be deleted",
                () -> service.get(route(id)).statusCode() == 404
                        && service.count("uploads where id = '%s'".formatted(id)) == 0
                        && !Files.exists(service.uploads.resolve(id)));
        refused(client.patch(id, "model.safetensors", 1000, new byte[10]), 404, "UPLOAD_NOT_FOUND");
    }
}
