package io.bitstack.standalone.client;

import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The platform behind its gateway, asked with an API key. Safe for many threads. */
public final class ApiClient {
    private static final Duration TIMEOUT = Duration.ofMinutes(5);

    private final URI gateway;
    private final String key;
    private final JsonMapper json = JsonMapper.shared();
    private final HttpClient client = HttpClient.newBuilder()
            .connectTimeout(Duration.ofSeconds(5))
            .version(HttpClient.Version.HTTP_1_1)
            .build();

    /** @param gateway its URL, without a path */
    public ApiClient(URI gateway, String key) {
        String text = gateway.toString();
        this.gateway = URI.create(text.endsWith("/") ? text.substring(0, text.length() - 1) : text);
        this.key = key;
    }

    public URI gateway() {
        return gateway;
    }

    public JsonNode get(String path) throws IOException {
        return exchange("GET", path, null);
    }

    public JsonNode post(String path, Object body) throws IOException {
        return exchange("POST", path, body);
    }

    /** An answer with the headers that it came with. */
    public record Answer(JsonNode body, HttpHeaders headers) {}

    /** Posts with further headers. */
    public Answer post(String path, Object body, Map<String, String> headers) throws IOException {
        HttpRequest.Builder request = request(path)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofByteArray(json.writeValueAsBytes(body)));
        headers.forEach(request::header);
        HttpResponse<InputStream> response = exchange(request.build());
        return new Answer(answer("POST", path, response), response.headers());
    }

    public JsonNode put(String path, Object body) throws IOException {
        return exchange("PUT", path, body);
    }

    public JsonNode patch(String path, Object body) throws IOException {
        return exchange("PATCH", path, body);
    }

    public JsonNode delete(String path) throws IOException {
        return exchange("DELETE", path, null);
    }

    /** Posts JSON whose exact bytes matter. */
    public JsonNode sendJson(String path, byte[] content) throws IOException {
        return answer(
                "POST",
                path,
                exchange(request(path)
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofByteArray(content))
                        .build()));
    }

    /** Sends bytes as they are. */
    public JsonNode sendBytes(String method, String path, byte[] content) throws IOException {
        return answer(
                method,
                path,
                exchange(request(path)
                        .header("Content-Type", "application/octet-stream")
                        .method(method, HttpRequest.BodyPublishers.ofByteArray(content))
                        .build()));
    }

    /**
     * Appends the next piece of a file to an upload, with its digest.
     *
     * @return where the file goes on
     */
    public long sendPiece(String path, long offsetBytes, byte[] piece) throws IOException {
        HttpResponse<InputStream> answer = exchange(request(path)
                .header("Content-Type", "application/offset+octet-stream")
                .header("Upload-Offset", Long.toString(offsetBytes))
                .header("Content-Digest", "sha-256=:%s:".formatted(sha256(piece)))
                .method("PATCH", HttpRequest.BodyPublishers.ofByteArray(piece))
                .build());
        answer.body().close();
        return answer.headers().firstValueAsLong("Upload-Offset").orElse(offsetBytes + piece.length);
    }

    private static String sha256(byte[] content) {
        try {
            return Base64.getEncoder()
                    .encodeToString(MessageDigest.getInstance("SHA-256").digest(content));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** Opens what a path answers, from a byte on; the caller closes it. */
    public InputStream download(String path, long fromByte) throws IOException {
        HttpRequest.Builder request = request(path).GET();
        if (fromByte > 0) {
            request.header("Range", "bytes=%d-".formatted(fromByte));
        }
        return exchange(request.build()).body();
    }

    /** Escapes a name for use in a path. */
    public static String segment(String name) {
        return URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private JsonNode exchange(String method, String path, @Nullable Object body) throws IOException {
        return answer(method, path, send(method, path, body, null));
    }

    private JsonNode answer(String method, String path, HttpResponse<InputStream> response) throws IOException {
        try (InputStream in = response.body()) {
            byte[] content = in.readAllBytes();
            return content.length == 0 ? json.createObjectNode() : json.readTree(content);
        } catch (JacksonException e) {
            throw new IOException(
                    "%s answered something that is not JSON to %s %s".formatted(gateway, method, path), e);
        }
    }

    /**
     * Sends a request for a stream of events.
     *
     * @param node which node is to answer, or null for the gateway's choice
     */
    InputStream stream(String path, Object body, @Nullable String node) throws IOException {
        return send("POST", path, body, node).body();
    }

    private HttpResponse<InputStream> send(String method, String path, @Nullable Object body, @Nullable String node)
            throws IOException {
        HttpRequest.Builder request = request(path)
                .method(
                        method,
                        body == null
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofByteArray(json.writeValueAsBytes(body)));
        if (body != null) {
            request.header("Content-Type", "application/json");
        }
        if (node != null) {
            request.header("BitStack-Node", node);
        }
        return exchange(request.build());
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(gateway + path))
                .timeout(TIMEOUT)
                .header("Authorization", "Bearer " + key);
    }

    private HttpResponse<InputStream> exchange(HttpRequest request) throws IOException {
        try {
            HttpResponse<InputStream> response = client.send(request, HttpResponse.BodyHandlers.ofInputStream());
            if (response.statusCode() / 100 != 2) {
                throw failure(response);
            }
            return response;
        } catch (ConnectException e) {
            throw new IOException(
                    "nothing answers at %s; start the platform with 'bitstack serve' or name another place with --url"
                            .formatted(gateway),
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while waiting for " + gateway, e);
        }
    }

    /** Reads a problem, or an error in OpenAI's shape. */
    private ApiFailure failure(HttpResponse<InputStream> response) throws IOException {
        int status = response.statusCode();
        try (InputStream in = response.body()) {
            byte[] content = in.readNBytes(1 << 20);
            JsonNode body = parsed(content);
            JsonNode error = body.path("error");
            String detail = body.path("detail").asString(error.path("message").asString(""));
            String code = body.path("code").asString(error.path("code").asString("HTTP_" + status));
            return new ApiFailure(
                    status, code, detail.isEmpty() ? "the platform answered with status " + status : detail);
        }
    }

    private JsonNode parsed(byte[] content) {
        try {
            return json.readTree(content);
        } catch (JacksonException e) {
            return json.createObjectNode().put("detail", new String(content, StandardCharsets.UTF_8));
        }
    }
}
