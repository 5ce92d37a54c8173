package io.bitstack.standalone.cli;

import io.bitstack.core.model.ModelSource;
import io.bitstack.core.safetensors.Checkpoint;
import io.bitstack.standalone.client.ApiClient;
import io.bitstack.standalone.client.ApiFailure;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Sends the files of a model piece by piece; what breaks off is asked for its offset and gone on with. */
final class ModelUpload {
    private static final int PIECE_BYTES = 8 << 20;
    private static final int TRIES = 8;
    private static final long LONGEST_REST_MILLIS = 30_000;

    private final ApiClient api;
    private final ProgressLine progress;

    ModelUpload(ApiClient api, ProgressLine progress) {
        this.api = api;
        this.progress = progress;
    }

    /**
     * Sends a directory's or GGUF file's content and completes the upload.
     *
     * @param resume an upload of the same files that broke off
     */
    JsonNode send(Path path, @Nullable String resume) throws IOException, InterruptedException {
        Map<String, Path> files = files(path);
        JsonNode upload = resume == null ? declare(files) : api.get(route(resume));
        String id = upload.path("id").asString();
        requireSame(upload, files);
        try {
            long sentBytes = upload.path("receivedBytes").asLong();
            long totalBytes = upload.path("sizeBytes").asLong();
            int pieceBytes = Math.min(PIECE_BYTES, upload.path("maxPieceBytes").asInt(PIECE_BYTES));
            for (JsonNode file : upload.path("files")) {
                String name = file.path("name").asString();
                sentBytes = send(
                        id,
                        name,
                        required(files, name),
                        file.path("offsetBytes").asLong(),
                        pieceBytes,
                        sentBytes,
                        totalBytes);
            }
            progress.end();
            return api.post(route(id) + "/complete", Map.of());
        } catch (IOException e) {
            progress.end();
            throw new IOException(
                    "%s; go on with: bitstack upload --resume %s %s".formatted(e.getMessage(), id, path), e);
        }
    }

    private static Path required(Map<String, Path> files, String name) throws IOException {
        Path file = files.get(name);
        if (file == null) {
            throw new IOException("the upload wants a file '%s', which is not there".formatted(name));
        }
        return file;
    }

    private static String route(String id) {
        return "/api/v1/uploads/" + ApiClient.segment(id);
    }

    private JsonNode declare(Map<String, Path> files) throws IOException {
        List<Map<String, Object>> declared = new ArrayList<>();
        for (Map.Entry<String, Path> file : files.entrySet()) {
            declared.add(Map.of("name", file.getKey(), "sizeBytes", Files.size(file.getValue())));
        }
        return api.post("/api/v1/uploads", Map.of("files", declared));
    }

    /** The files that make up a model, small ones first. */
    private static Map<String, Path> files(Path path) throws IOException {
        Map<String, Path> files = new LinkedHashMap<>();
        if (Files.isRegularFile(path)) {
            // Of a model that is split over several files any of them stands for all.
            List<Path> parts = ModelSource.isGguf(path) ? ModelSource.ggufFiles(path) : List.of(path);
            parts.forEach(part -> files.put(String.valueOf(part.getFileName()), part));
            return files;
        }
        if (!Files.isDirectory(path)) {
            throw new IOException("there is no file or directory " + path);
        }
        TreeSet<String> names = new TreeSet<>();
        try (Stream<Path> listed = Files.list(path)) {
            listed.filter(Files::isRegularFile).forEach(file -> names.add(String.valueOf(file.getFileName())));
        }
        names.stream()
                .filter(name -> ModelSource.SMALL_FILES.contains(name) || name.equals(Checkpoint.INDEX))
                .forEach(name -> files.put(name, path.resolve(name)));
        names.stream()
                .filter(name -> name.endsWith(".safetensors"))
                .forEach(name -> files.put(name, path.resolve(name)));
        if (files.keySet().stream().noneMatch(name -> name.endsWith(".safetensors"))) {
            throw new IOException(path + " has no safetensors files; name a GGUF file itself");
        }
        return files;
    }

    private static void requireSame(JsonNode upload, Map<String, Path> files) throws IOException {
        for (JsonNode file : upload.path("files")) {
            Path own = required(files, file.path("name").asString());
            if (Files.size(own) != file.path("sizeBytes").asLong()) {
                throw new IOException("%s has another length than upload %s says; begin a new one"
                        .formatted(own, upload.path("id").asString()));
            }
        }
    }

    /** @return what is sent of the whole upload after this file */
    private long send(String id, String name, Path file, long offset, int pieceBytes, long sentBytes, long totalBytes)
            throws IOException, InterruptedException {
        String route = route(id) + "/files/" + ApiClient.segment(name);
        long at = offset;
        int failures = 0;
        try (RandomAccessFile content = new RandomAccessFile(file.toFile(), "r")) {
            while (at < content.length()) {
                progress.sent(name, sentBytes + at - offset, totalBytes);
                byte[] piece = new byte[(int) Math.min(pieceBytes, content.length() - at)];
                content.seek(at);
                content.readFully(piece);
                try {
                    at = api.sendPiece(route, at, piece);
                    failures = 0;
                } catch (IOException e) {
                    if (++failures >= TRIES || !mayPass(e)) {
                        throw e;
                    }
                    Thread.sleep(Math.min(LONGEST_REST_MILLIS, 250L << failures));
                    at = offsetNow(route, at);
                }
            }
        }
        return sentBytes + at - offset;
    }

    /** Where the file goes on; the server may not be back yet. */
    private long offsetNow(String route, long before) {
        try {
            return api.get(route).path("offsetBytes").asLong(before);
        } catch (IOException e) {
            return before;
        }
    }

    /** A refusal for what the piece is never passes; everything else, and a refusal of its place, may. */
    private static boolean mayPass(IOException e) {
        return !(e instanceof ApiFailure failure)
                || failure.status() >= 500
                || failure.status() == 409
                || failure.status() == 429
                || failure.code().equals("UPLOAD_DAMAGED");
    }
}
