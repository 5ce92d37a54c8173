package io.bitstack.gateway;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.bitstack.service.access.CallerIdentity;
import io.bitstack.service.access.InternalTokens;
import io.bitstack.service.access.PlatformService;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/** A small HTTP server that stands where a service or node is, and remembers what it was asked. */
final class StandIn implements AutoCloseable {
    /** Answers one request; its body can be read, though the stand-in has read it too. */
    interface Answer {
        void to(HttpExchange exchange) throws IOException;
    }

    /** @param at when it was asked, by which its token is judged however late a test looks */
    record Asked(String method, String path, Map<String, List<String>> headers, String body, Instant at) {
        @Nullable
        String header(String name) {
            return headers.entrySet().stream()
                    .filter(entry -> entry.getKey().equalsIgnoreCase(name))
                    .map(entry -> entry.getValue().getFirst())
                    .findFirst()
                    .orElse(null);
        }

        /** Who signed the request for a service with a secret, as {@code id;role}; throws when nobody did. */
        String caller(String secret, PlatformService service) {
            String token = String.valueOf(header("Authorization")).substring("Bearer ".length());
            String rawPath = URI.create(path).getRawPath();
            return new InternalTokens(secret, Clock.fixed(at, ZoneOffset.UTC))
                    .verify(token, service, method, rawPath)
                    .map(CallerIdentity::headerValue)
                    .orElseThrow(() -> new AssertionError("not signed: " + method + " " + path));
        }
    }

    final List<Asked> asked = new CopyOnWriteArrayList<>();
    private final Map<String, Answer> answers = new ConcurrentHashMap<>();
    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    StandIn() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", this::handle);
        server.start();
    }

    URI url() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    /** Sets what is answered to a method and path, such as {@code GET /api/v1/models}. */
    StandIn on(String request, Answer answer) {
        answers.put(request, answer);
        return this;
    }

    StandIn on(String request, int status, String json) {
        return on(request, exchange -> send(exchange, status, json));
    }

    Asked last() {
        return asked.getLast();
    }

    /** The last request for a path, whatever its query. */
    Asked last(String path) {
        return asked.reversed().stream()
                .filter(request -> request.path().equals(path) || request.path().startsWith(path + "?"))
                .findFirst()
                .orElseThrow(() -> new AssertionError("nobody asked for " + path));
    }

    static void send(HttpExchange exchange, int status, String json) throws IOException {
        byte[] body = json.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        if (body.length > 0) {
            exchange.getResponseBody().write(body);
        }
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            String path = exchange.getRequestURI().toString();
            byte[] body = exchange.getRequestBody().readAllBytes();
            exchange.setStreams(new ByteArrayInputStream(body), null);
            asked.add(new Asked(
                    exchange.getRequestMethod(),
                    path,
                    Map.copyOf(exchange.getRequestHeaders()),
                    new String(body, StandardCharsets.UTF_8),
                    Instant.now()));
            String request =
                    exchange.getRequestMethod() + " " + exchange.getRequestURI().getPath();
            answers.getOrDefault(request, other -> send(other, 404, "{\"code\":\"STAND_IN\"}"))
                    .to(exchange);
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
