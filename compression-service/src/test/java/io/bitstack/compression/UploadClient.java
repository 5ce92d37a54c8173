package io.bitstack.compression;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/** Sends uploads to a service as the API asks for it. */
final class UploadClient {
    static final String PIECE = "application/offset+octet-stream";

    private final ServiceFixture service;

    UploadClient(ServiceFixture service) {
        this.service = service;
    }

    static String route(String id) {
        return "/api/v1/uploads/" + id;
    }

    static String route(String id, String name) {
        return "/api/v1/uploads/%s/files/%s".formatted(id, name);
    }

    /** Declares some files of a directory. @return the upload's id */
    String declare(Path directory, List<String> names) throws Exception {
        String files = names.stream()
                .map(name -> "{\"name\":\"%s\",\"sizeBytes\":%d}"
                        .formatted(name, directory.resolve(name).toFile().length()))
                .collect(Collectors.joining(","));
        HttpResponse<String> answer = service.post("/api/v1/uploads", "{\"files\":[" + files + "]}");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
        String id = service.parse(answer.body()).path("id").asString();
        assertThat(answer.headers().firstValue("Location")).hasValue(route(id));
        return id;
    }

    HttpResponse<String> patch(String id, String name, long offset, byte[] piece) throws Exception {
        return service.send(
                "PATCH", route(id, name), piece, "Content-Type", PIECE, "Upload-Offset", Long.toString(offset));
    }

    /** Sends a file from where it goes on to a byte, in pieces. */
    void send(String id, Path file, long until, int pieceBytes) throws Exception {
        String name = file.getFileName().toString();
        byte[] all = Files.readAllBytes(file);
        int offset = (int) offset(id, name);
        while (offset < until) {
            int end = (int) Math.min(until, offset + pieceBytes);
            HttpResponse<String> answer = patch(id, name, offset, Arrays.copyOfRange(all, offset, end));
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(204);
            assertThat(answer.headers().firstValue("Upload-Offset")).hasValue(Integer.toString(end));
            offset = end;
        }
    }

    /** Where a file goes on, as HEAD says it. */
    long offset(String id, String name) throws Exception {
        HttpResponse<String> head = service.send("HEAD", route(id, name), new byte[0]);
        assertThat(head.statusCode()).isEqualTo(200);
        assertThat(head.headers().firstValue("Cache-Control")).hasValue("no-store");
        return head.headers().firstValueAsLong("Upload-Offset").orElseThrow();
    }

    HttpResponse<String> complete(String id) throws Exception {
        return service.post(route(id) + "/complete", "");
    }

    /** Sends all files of a directory that were declared, and completes the upload. */
    void sendAll(String id, Path directory, List<String> names, int pieceBytes) throws Exception {
        for (String name : names) {
            send(id, directory.resolve(name), directory.resolve(name).toFile().length(), pieceBytes);
        }
        HttpResponse<String> answer = complete(id);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    }

    /** Starts a job on an upload and waits for its end. */
    JsonNode job(String body) throws Exception {
        HttpResponse<String> created = service.post("/api/v1/jobs", body);
        assertThat(created.statusCode()).as(created.body()).isEqualTo(202);
        return service.finished(service.parse(created.body()).path("id").asString());
    }

    static void refused(HttpResponse<String> answer, int status, String code) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(answer.body()).contains("\"" + code + "\"");
    }
}
