package io.bitstack.compression;

import static io.bitstack.compression.UploadClient.refused;
import static io.bitstack.compression.UploadClient.route;
import static org.assertj.core.api.Assertions.assertThat;

import io.bitstack.core.stack.BlobStores;
import io.bitstack.core.stack.S3Objects;
import io.bitstack.core.stack.S3Server;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Uploads into a bucket of a real S3 server: through the service, and by URLs that clients send pieces to themselves. */
class UploadToBucketTest {
    private static final Path DEMO =
            Path.of(System.getProperty("bitstack.repository", "..")).resolve("demo/model");
    private static final List<String> FILES = List.of("config.json", "tokenizer.json", "model.safetensors");

    @TempDir
    static Path directory;

    private static S3Server server;
    private static ServiceFixture service;
    private static UploadClient client;

    @BeforeAll
    static void start() throws Exception {
        server = S3Server.start();
        service = new ServiceFixture(
                directory,
                "bitstack.blobs.type=s3",
                "bitstack.blobs.endpoint=" + server.endpoint(),
                "bitstack.blobs.bucket=uploads-of-the-test",
                "bitstack.blobs.access-key=" + server.accessKey(),
                "bitstack.blobs.secret-key=" + server.secretKey(),
                "bitstack.compression.fetch.work-directory=" + directory.resolve("work"));
        client = new UploadClient(service);
    }

    @AfterAll
    static void stop() throws Exception {
        service.close();
        server.close();
    }

    @Test
    void piecesThroughTheServiceAndDirectOnesMakeOneModel() throws Exception {
        String id = client.declare(DEMO, FILES);
        assertThat(service.parse(service.get(route(id)).body()).path("direct").asBoolean())
                .isTrue();
        client.send(id, DEMO.resolve("model.safetensors"), 1_234_567, 1 << 19);
        byte[] weights = Files.readAllBytes(DEMO.resolve("model.safetensors"));
        int until = 7_654_321;
        String pieces = route(id, "model.safetensors") + "/pieces";
        String next = "{\"offsetBytes\":%d,\"sizeBytes\":%d}".formatted(1_234_567, until - 1_234_567);
        refused(service.post(pieces, next.replace("1234567,", "1,")), 409, "UPLOAD_OFFSET_DIFFERS");
        JsonNode place = service.parse(service.post(pieces, next).body());
        byte[] body = next.getBytes(java.nio.charset.StandardCharsets.UTF_8);
        String adopt = pieces + "/" + place.path("piece").asString();
        refused(service.send("PUT", adopt, body, "Content-Type", "application/json"), 422, "UPLOAD_INVALID");
        try (HttpClient plain = HttpClient.newHttpClient()) {
            HttpResponse<String> sent = plain.send(
                    HttpRequest.newBuilder(URI.create(place.path("url").asString()))
                            .PUT(HttpRequest.BodyPublishers.ofByteArray(Arrays.copyOfRange(weights, 1_234_567, until)))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            assertThat(sent.statusCode()).as(sent.body()).isEqualTo(200);
        }
        HttpResponse<String> adopted = service.send("PUT", adopt, body, "Content-Type", "application/json");
        assertThat(adopted.statusCode()).as(adopted.body()).isEqualTo(204);
        assertThat(client.offset(id, "model.safetensors")).isEqualTo(until);
        refused(service.send("PUT", adopt, body, "Content-Type", "application/json"), 409, "UPLOAD_OFFSET_DIFFERS");
        client.sendAll(id, DEMO, FILES, 1 << 20);

        service.compressor.permits.release(10_000);
        JsonNode job = client.job("{\"model\":\"demo\",\"source\":{\"upload\":\"%s\"}}".formatted(id));
        assertThat(job.path("state").asString()).as(job.toString()).isEqualTo("done");
        S3Objects objects = BlobStores.objects(server.settings("unused"), "uploads-of-the-test");
        assertThat(objects.list("uploads/" + id + "/", 1000)).hasSizeGreaterThan(5);
        assertThat(service.send("DELETE", route(id), new byte[0]).statusCode()).isEqualTo(204);
        assertThat(objects.list("uploads/" + id + "/", 1000)).isEmpty();
    }
}
