package io.bitstack.compression.fetch;

import io.bitstack.compression.error.CompressionException;
import io.bitstack.compression.error.ErrorCode;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The few requests of a Hugging Face-compatible hub that fetching a model takes. */
final class Hub {
    private static final int MOST_JSON_BYTES = 16 << 20;
    private static final int MOST_FILES = 10_000;

    private final URI base;
    private final GuardedHttp http;
    private final JsonMapper json;

    Hub(URI base, GuardedHttp http, JsonMapper json) {
        this.base = base;
        this.http = http;
        this.json = json;
    }

    /** @param files paths in the repository */
    record Snapshot(String commit, Set<String> files) {}

    /** What a revision is now. */
    Snapshot snapshot(HubModel model) {
        URI uri = uri("/api/models/" + model.repository() + "/revision/" + encoded(model.revisionOrMain()));
        JsonNode answer = get(uri, model);
        String commit = answer.path("sha").asString("");
        if (!commit.matches("[0-9a-f]{40}")) {
            throw new CompressionException(
                    ErrorCode.SOURCE_UNREACHABLE,
                    "the hub at %s does not name a commit of %s; is it a Hugging Face-compatible hub?"
                            .formatted(base, model));
        }
        Set<String> files = new TreeSet<>();
        for (JsonNode file : answer.path("siblings")) {
            files.add(file.path("rfilename").asString(""));
            if (files.size() > MOST_FILES) {
                throw new CompressionException(
                        ErrorCode.SOURCE_REFUSED, "%s has more than %d files".formatted(model, MOST_FILES));
            }
        }
        return new Snapshot(commit, files);
    }

    /** Where a file of a pinned model is. */
    URI file(HubModel model, String name) {
        return uri("/" + model.repository() + "/resolve/" + encoded(model.revisionOrMain()) + "/"
                + encoded(name).replace("%2F", "/"));
    }

    /** What the hub says of a file before it is fetched. */
    RemoteFile describe(HubModel model, String name) throws IOException {
        URI uri = file(model, name);
        String etag;
        long sizeBytes;
        try (GuardedAnswer first = http.once("HEAD", uri, Map.of())) {
            requireAnswer(first.status(), model, name);
            String commit = first.header("X-Repo-Commit");
            if (commit != null && !commit.equals(model.revision())) {
                throw new CompressionException(
                        ErrorCode.SOURCE_DAMAGED, "the hub answers with commit %s of %s".formatted(commit, model));
            }
            etag = header(first, "X-Linked-Etag", "ETag");
            sizeBytes = number(header(first, "X-Linked-Size", ""));
            if (sizeBytes < 0 && !GuardedHttp.isRedirect(first.status())) {
                sizeBytes = first.contentLengthBytes();
            }
        }
        if (sizeBytes < 0) {
            try (GuardedAnswer last = http.following("HEAD", uri, Map.of())) {
                requireAnswer(last.status(), model, name);
                sizeBytes = last.contentLengthBytes();
            }
        }
        if (sizeBytes < 0) {
            throw new IOException("the hub does not say how large %s is".formatted(name));
        }
        return new RemoteFile(name, sizeBytes, etag.replaceFirst("^W/", "").replace("\"", ""));
    }

    private static String header(GuardedAnswer answer, String name, String otherwise) {
        String value = answer.header(name);
        String other = value == null && !otherwise.isEmpty() ? answer.header(otherwise) : value;
        return other == null ? "" : other;
    }

    private static long number(String text) {
        return text.matches("[0-9]{1,18}") ? Long.parseLong(text) : -1;
    }

    private JsonNode get(URI uri, HubModel model) {
        try (GuardedAnswer answer = http.following("GET", uri, Map.of("Accept", "application/json"))) {
            requireAnswer(answer.status(), model, "");
            byte[] content = answer.stream().readNBytes(MOST_JSON_BYTES);
            return json.readTree(content);
        } catch (IOException | JacksonException e) {
            throw new CompressionException(
                    ErrorCode.SOURCE_UNREACHABLE, "the hub at %s cannot be asked: %s".formatted(base, e), e);
        }
    }

    private void requireAnswer(int status, HubModel model, String file) throws IOException {
        String what = file.isEmpty() ? model.toString() : file + " of " + model;
        switch (status) {
            case 401, 403 ->
                throw new CompressionException(
                        ErrorCode.SOURCE_REFUSED,
                        "the hub refuses %s (%d): set bitstack.compression.fetch.hub-token, and accept the model's terms there"
                                .formatted(what, status));
            case 404 ->
                throw new CompressionException(
                        ErrorCode.SOURCE_NOT_FOUND, "the hub at %s has no %s".formatted(base, what));
            default -> {
                if (status / 100 != 2 && !GuardedHttp.isRedirect(status)) {
                    throw new IOException("it answered %d for %s".formatted(status, what));
                }
            }
        }
    }

    private URI uri(String path) {
        String text = base.toString();
        return URI.create((text.endsWith("/") ? text.substring(0, text.length() - 1) : text) + path);
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
