package io.bitstack.inference.pull;

import io.bitstack.core.stack.Descriptor;
import io.bitstack.core.stack.Digest;
import io.bitstack.inference.settings.NodeSettings;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.springframework.stereotype.Component;

/** The platform as a node sees it, through the gateway and with the node's key. */
@Component
public class Platform {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final int TEMPORARY_REDIRECT = 307;
    private static final int PARTIAL_CONTENT = 206;

    private final HttpClient client = HttpClient.newBuilder()
            .connectTimeout(Duration.ofSeconds(5))
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .build();
    private final NodeSettings settings;

    Platform(NodeSettings settings) {
        this.settings = settings;
    }

    /** The manifest's exact bytes, at most {@code limitBytes}; not verified yet. */
    byte[] manifest(Digest stack, int limitBytes) throws IOException {
        HttpResponse<InputStream> response =
                send(request("/stacks/" + stack + "/manifest").GET().build());
        try (InputStream in = requireStatus(response, 200, "the manifest of stack " + stack)) {
            byte[] content = in.readNBytes(limitBytes);
            if (in.read() >= 0) {
                throw new IOException("the manifest of stack %s has more than %d bytes".formatted(stack, limitBytes));
            }
            return content;
        }
    }

    /** A blob's bytes from {@code fromByte} on, from the platform or from the store that it names. */
    InputStream blob(Descriptor blob, long fromByte) throws IOException {
        HttpResponse<InputStream> response =
                send(ranged(request("/blobs/" + blob.digest()), fromByte).GET().build());
        if (response.statusCode() == TEMPORARY_REDIRECT) {
            response.body().close();
            URI store = response.headers()
                    .firstValue("Location")
                    .map(URI::create)
                    .orElseThrow(
                            () -> new IOException("a redirect for blob %s names no place".formatted(blob.digest())));
            // The URL carries its own permission; the node's key is no business of the store's.
            HttpRequest.Builder plain = HttpRequest.newBuilder(store).timeout(TIMEOUT);
            response = send(ranged(plain, fromByte).GET().build());
        }
        return requireStatus(response, fromByte > 0 ? PARTIAL_CONTENT : 200, "blob " + blob.digest());
    }

    /** A document of the registry's, whole. @throws IOException also if it has more than {@code limitBytes} */
    public byte[] document(String path, int limitBytes) throws IOException {
        HttpResponse<InputStream> response = send(request(path).GET().build());
        try (InputStream in = requireStatus(response, 200, path)) {
            byte[] content = in.readNBytes(limitBytes);
            if (in.read() >= 0) {
                throw new IOException("%s has more than %d bytes".formatted(path, limitBytes));
            }
            return content;
        }
    }

    /** Tells the registry how the node is. @return the desired state, as JSON */
    public byte[] heartbeat(byte[] report) throws IOException {
        HttpResponse<InputStream> response = send(request("/nodes/" + settings.name())
                .header("Content-Type", "application/json")
                .PUT(HttpRequest.BodyPublishers.ofByteArray(report))
                .build());
        try (InputStream in = requireStatus(response, 200, "the node's report")) {
            return in.readNBytes(1 << 20);
        }
    }

    private static HttpRequest.Builder ranged(HttpRequest.Builder request, long fromByte) {
        return fromByte > 0 ? request.header("Range", "bytes=" + fromByte + "-") : request;
    }

    private HttpRequest.Builder request(String path) {
        String base = settings.gatewayUrl().toString();
        String slashless = base.endsWith("/") ? base.substring(0, base.length() - 1) : base;
        return HttpRequest.newBuilder(URI.create(slashless + "/api/v1" + path))
                .timeout(TIMEOUT)
                .header("Authorization", "Bearer " + settings.apiKey());
    }

    private HttpResponse<InputStream> send(HttpRequest request) throws IOException {
        try {
            return client.send(request, HttpResponse.BodyHandlers.ofInputStream());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(
                    "interrupted while waiting for " + request.uri().getHost(), e);
        }
    }

    private static InputStream requireStatus(HttpResponse<InputStream> response, int status, String what)
            throws IOException {
        if (response.statusCode() == status) {
            return response.body();
        }
        try (InputStream in = response.body()) {
            String excerpt = new String(in.readNBytes(500), StandardCharsets.UTF_8);
            throw new IOException(
                    "%s: the platform answered %d, not %d: %s".formatted(what, response.statusCode(), status, excerpt));
        }
    }
}
