package io.bitstack.inference.pull;

import io.bitstack.core.stack.Descriptor;
import io.bitstack.core.stack.Digest;
import io.bitstack.inference.identity.NodeIdentity;
import io.bitstack.inference.settings.NodeSettings;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.springframework.stereotype.Component;

/** The platform as a node sees it, through the gateway and with the node's key. */
@Component
public class Platform {
    private static final int LARGEST_DESIRED_STATE_BYTES = 1 << 20;
    private static final int TEMPORARY_REDIRECT = 307;
    private static final int PARTIAL_CONTENT = 206;

    private final HttpClient client = HttpClient.newBuilder()
            .connectTimeout(Duration.ofSeconds(5))
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .build();
    private final NodeSettings settings;
    private final NodeIdentity identity;

    Platform(NodeSettings settings, NodeIdentity identity) {
        this.settings = settings;
        this.identity = identity;
    }

    /** The manifest's exact bytes; not verified yet. */
    InputStream manifest(Digest stack) throws IOException {
        HttpResponse<InputStream> response =
                send(request("/stacks/" + stack + "/manifest").GET().build());
        return requireStatus(response, 200, "the manifest of stack " + stack);
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
            HttpRequest.Builder plain = HttpRequest.newBuilder(store).timeout(settings.gatewayTimeout());
            response = send(ranged(plain, fromByte).GET().build());
        }
        return requireStatus(response, fromByte > 0 ? PARTIAL_CONTENT : 200, "blob " + blob.digest());
    }

    /** A document of the registry's, whole. @throws IOException also if it has more than {@code limitBytes} */
    public byte[] document(String path, int limitBytes) throws IOException {
        return whole(request(path).GET().build(), limitBytes, path);
    }

    /** The bytes of neighbouring blobs of a stack, one after the other; they are not verified yet. */
    InputStream content(Digest stack, Run run) throws IOException {
        String path = "/stacks/%s/content?part=%s&from=%d&to=%d"
                .formatted(stack, run.part().wireName(), run.from(), run.to());
        HttpResponse<InputStream> response = send(request(path).GET().build());
        return requireStatus(response, 200, "%s %d to %d".formatted(run.part().wireName(), run.from(), run.to()));
    }

    /** Tells the registry how the node is. @return the desired state, as JSON */
    public byte[] heartbeat(byte[] report) throws IOException {
        HttpRequest request = request("/nodes/" + settings.name())
                .header("Content-Type", "application/json")
                .PUT(HttpRequest.BodyPublishers.ofByteArray(report))
                .build();
        return whole(request, LARGEST_DESIRED_STATE_BYTES, "the node's report");
    }

    /** An answer whose last byte has to come in time too: the timeout of a request ends with the answer's head. */
    private byte[] whole(HttpRequest request, int limitBytes, String what) throws IOException {
        CompletableFuture<HttpResponse<byte[]>> asked = client.sendAsync(
                request, HttpResponse.BodyHandlers.limiting(HttpResponse.BodyHandlers.ofByteArray(), limitBytes));
        try {
            HttpResponse<byte[]> response = asked.get(settings.gatewayTimeout().toNanos(), TimeUnit.NANOSECONDS);
            if (response.statusCode() != 200) {
                throw unexpected(what, response.statusCode(), 200, new ByteArrayInputStream(response.body()));
            }
            return response.body();
        } catch (TimeoutException e) {
            throw new IOException("%s: not answered in full within %s".formatted(what, settings.gatewayTimeout()), e);
        } catch (ExecutionException e) {
            throw new IOException("%s: %s".formatted(what, e.getCause()), e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(
                    "interrupted while waiting for " + request.uri().getHost(), e);
        } finally {
            asked.cancel(true);
        }
    }

    private static HttpRequest.Builder ranged(HttpRequest.Builder request, long fromByte) {
        return fromByte > 0 ? request.header("Range", "bytes=" + fromByte + "-") : request;
    }

    private HttpRequest.Builder request(String path) throws IOException {
        if (!settings.hasGateway()) {
            throw new IOException("this node has no gateway to ask for what its cache does not hold");
        }
        return HttpRequest.newBuilder(URI.create(settings.gateway() + "/api/v1" + path))
                .timeout(settings.gatewayTimeout())
                .header("Authorization", "Bearer " + identity.key());
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
            throw unexpected(what, response.statusCode(), status, in);
        }
    }

    private static IOException unexpected(String what, int found, int wanted, InputStream in) throws IOException {
        String excerpt = new String(in.readNBytes(500), StandardCharsets.UTF_8);
        return new IOException("%s: the platform answered %d, not %d: %s".formatted(what, found, wanted, excerpt));
    }
}
