package io.bitstack.compression;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.bitstack.core.stack.Digest;
import io.bitstack.service.access.InternalTokens;
import io.bitstack.service.access.PlatformService;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The far side of the registry's HTTP interface: knows the model {@code demo}, keeps what is published for it, and refuses
 * everything that is published for the model {@code closed}.
 */
final class RecordingRegistry implements AutoCloseable {
    static final String TOKEN = "internal-token-of-the-tests";

    final List<Digest> published = new CopyOnWriteArrayList<>();
    /** What services have reported, as it came. */
    final List<String> events = new CopyOnWriteArrayList<>();
    /** Tags that were set of versions, as they came. */
    final List<String> tags = new CopyOnWriteArrayList<>();
    /** How often it still answers 503 when a stack is given to it. */
    final AtomicInteger unavailable = new AtomicInteger();

    private final HttpServer server;

    RecordingRegistry() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/api/v1/models/", this::answer);
        server.createContext("/api/v1/internal/events", this::hear);
        server.start();
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    private void hear(HttpExchange exchange) throws IOException {
        boolean known = isKnown(exchange);
        String event = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        if (known) {
            events.add(event);
        }
        send(exchange, known ? 201 : 401, "{}");
    }

    /** Whether a service of the platform signed just this request. */
    private static boolean isKnown(HttpExchange exchange) {
        return new InternalTokens(TOKEN)
                .verify(
                        String.valueOf(exchange.getRequestHeaders().getFirst("Authorization"))
                                .substring("Bearer ".length()),
                        PlatformService.REGISTRY,
                        exchange.getRequestMethod(),
                        exchange.getRequestURI().getRawPath())
                .isPresent();
    }

    private void answer(HttpExchange exchange) throws IOException {
        byte[] body = exchange.getRequestBody().readAllBytes();
        String path = exchange.getRequestURI().getPath().substring("/api/v1/models/".length());
        boolean known = isKnown(exchange);
        if (!known) {
            send(exchange, 401, "{\"code\":\"UNAUTHORIZED\",\"detail\":\"no token\"}");
        } else if (path.equals("demo") || path.equals("closed")) {
            send(exchange, 200, "{\"name\":\"%s\"}".formatted(path));
        } else if (path.equals("closed/versions")) {
            send(exchange, 422, "{\"code\":\"STACK_INVALID\",\"detail\":\"block 3 is missing\"}");
        } else if (path.equals("demo/versions")
                && exchange.getRequestMethod().equals("POST")
                && unavailable.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
            send(exchange, 503, "{\"code\":\"UNAVAILABLE\",\"detail\":\"try again\"}");
        } else if (path.equals("demo/versions") && exchange.getRequestMethod().equals("POST")) {
            Digest digest = Digest.of(body);
            published.add(digest);
            send(exchange, 201, version(published.size(), digest));
        } else if (path.matches("demo/versions/\\d+/tags")
                && exchange.getRequestMethod().equals("PATCH")) {
            tags.add(new String(body, StandardCharsets.UTF_8));
            send(exchange, 200, "{}");
        } else if (path.equals("demo/versions")) {
            StringBuilder items = new StringBuilder();
            for (int i = 0; i < published.size(); i++) {
                items.append(i == 0 ? "" : ",").append(version(i + 1, published.get(i)));
            }
            send(exchange, 200, "{\"items\":[" + items + "]}");
        } else {
            send(exchange, 404, "{\"code\":\"MODEL_NOT_FOUND\",\"detail\":\"no such model\"}");
        }
    }

    private static String version(int version, Digest digest) {
        return "{\"version\":%d,\"stackDigest\":\"%s\"}".formatted(version, digest);
    }

    private static void send(HttpExchange exchange, int status, String body) throws IOException {
        byte[] content = body.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, content.length);
        exchange.getResponseBody().write(content);
        exchange.close();
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
