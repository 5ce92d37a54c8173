package io.bitstack.inference.node;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.bitstack.core.model.TestStack;
import io.bitstack.core.stack.Digest;
import io.bitstack.inference.trust.TestSigner;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The routes of the platform that a node uses, over HTTP, with what can go wrong on the way. */
final class PlatformServer implements AutoCloseable {
    static final String KEY = "bsk_of-the-node";

    private final HttpServer server;
    private final TestStack stack;
    private final JsonMapper json = new JsonMapper();
    private final TestSigner signer = new TestSigner("test-key-0000001");
    /** Blobs whose next answer has a flipped bit. */
    final Set<Digest> spoilOnce = ConcurrentHashMap.newKeySet();
    /** Blobs whose next answer ends half-way. */
    final Set<Digest> cutOnce = ConcurrentHashMap.newKeySet();

    final Map<Digest, String> ranges = new ConcurrentHashMap<>();
    final AtomicInteger blobRequests = new AtomicInteger();
    volatile String desired = "{\"budgetBytes\":null,\"deployment\":null}";
    volatile JsonNode lastReport = JsonMapper.shared().createObjectNode();
    volatile boolean down;

    PlatformServer(TestStack stack) throws IOException {
        this.stack = stack;
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", this::handle);
        server.start();
    }

    URI url() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    void deploy(int contextTokens) {
        desired = """
                {"budgetBytes":null,"deployment":{"id":"1","model":"tiny","version":3,"alias":null,
                 "stackDigest":"%s","contextTokens":%d}}""".formatted(stack.digest(), contextTokens);
    }

    void setBudget(long budgetBytes) {
        desired = desired.replaceFirst("\"budgetBytes\":(null|[0-9]+)", "\"budgetBytes\":" + budgetBytes);
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            String path = exchange.getRequestURI().getPath();
            if (down) {
                answer(exchange, 503, new byte[0]);
            } else if (!("Bearer " + KEY).equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
                answer(exchange, 401, new byte[0]);
            } else if (path.startsWith("/api/v1/nodes/")) {
                lastReport = json.readTree(exchange.getRequestBody().readAllBytes());
                answer(exchange, 200, desired.getBytes(StandardCharsets.UTF_8));
            } else if (path.endsWith("/signing-keys")) {
                answer(exchange, 200, signer.keys().getBytes(StandardCharsets.UTF_8));
            } else if (path.endsWith("/signatures")) {
                byte[] manifest = content(Digest.parse(path.split("/")[4]));
                answer(exchange, 200, signer.signatures(manifest).getBytes(StandardCharsets.UTF_8));
            } else if (path.endsWith("/manifest")) {
                answer(exchange, 200, content(Digest.parse(path.split("/")[4])));
            } else if (path.startsWith("/api/v1/blobs/")) {
                blob(exchange, Digest.parse(path.substring("/api/v1/blobs/".length())));
            } else {
                answer(exchange, 404, new byte[0]);
            }
        }
    }

    private byte[] content(Digest digest) {
        return Objects.requireNonNull(stack.contents().get(digest), "no such blob");
    }

    private void blob(HttpExchange exchange, Digest digest) throws IOException {
        blobRequests.incrementAndGet();
        byte[] content = content(digest).clone();
        String range = exchange.getRequestHeaders().getFirst("Range");
        int from = 0;
        if (range != null) {
            ranges.put(digest, range);
            from = Integer.parseInt(range.substring("bytes=".length(), range.length() - 1));
        }
        if (spoilOnce.remove(digest)) {
            content[content.length / 2] ^= 1;
        }
        int length = content.length - from;
        exchange.sendResponseHeaders(range == null ? 200 : 206, length);
        int sent = cutOnce.remove(digest) ? length / 2 : length;
        exchange.getResponseBody().write(content, from, sent);
        exchange.getResponseBody().flush();
    }

    private static void answer(HttpExchange exchange, int status, byte[] body) throws IOException {
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        if (body.length > 0) {
            exchange.getResponseBody().write(body);
        }
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
