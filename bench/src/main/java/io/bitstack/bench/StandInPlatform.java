package io.bitstack.bench;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.bitstack.bench.Passage.Point;
import io.bitstack.service.RequestIds;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A gateway, and what it needs to hand on a chat: a registry that knows one key and one node, and a node that computes nothing and writes the time into each event. Beside the
 * gateway a {@link PlainProxy} to the same node. Gateway and proxy are processes of their own, as what they are compared with is the client's and the node's.
 */
final class StandInPlatform implements AutoCloseable {
    static final String KEY = "bsk_of-the-benchmark";
    static final String QUESTION =
            "{\"model\":\"demo\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"How long does it take?\"}]}";
    static final String EVENT = "data: {\"n\":";
    static final int EVENTS = 20;
    private static final int MILLIS_BETWEEN = 10;

    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final HttpServer node;
    private final HttpServer registry;
    private final BenchProcess proxy;
    private final Map<String, BenchProcess> gateways = new LinkedHashMap<>();
    private volatile boolean isHurried;

    /** @param gateways executable jars, and flags of their JVMs, by name */
    StandInPlatform(Map<String, Variant> gateways) throws IOException {
        forLatency();
        node = server();
        node.createContext("/v1/chat/completions", this::answer);
        registry = server();
        registry.createContext(
                "/api/v1/internal/keys/verify",
                exchange -> send(exchange, "{\"id\":\"k\",\"name\":\"benchmark\",\"scope\":\"infer\"}"));
        registry.createContext(
                "/api/v1/internal/nodes",
                exchange -> send(
                        exchange,
                        "[{\"name\":\"n\",\"url\":\"%s\",\"accessToken\":\"of-the-benchmark\",\"state\":\"ready\",\"model\":\"demo\",\"version\":1,\"bpw\":4}]"
                                .formatted(nodeUrl())));
        proxy = BenchProcess.start(
                BenchProcess.gatewayJar(),
                BenchProcess.commonFlags(),
                PlainProxy.class,
                List.of(nodeUrl().toString()));
        for (Map.Entry<String, Variant> gateway : gateways.entrySet()) {
            Variant variant = gateway.getValue();
            this.gateways.put(
                    gateway.getKey(),
                    BenchProcess.start(
                            variant.jar(),
                            variant.flags(),
                            MarkedGateway.class,
                            List.of(
                                    "--server.port=0",
                                    "--server.address=127.0.0.1",
                                    "--management.server.port=0",
                                    "--spring.main.banner-mode=off",
                                    "--logging.level.root=warn",
                                    "--bitstack.internal-token=secret-of-the-benchmark",
                                    "--bitstack.gateway.limits.tokens-per-minute=1000000000",
                                    "--bitstack.gateway.registry-url=" + url(registry))));
        }
    }

    /** What a gateway is run with. */
    record Variant(Path jar, List<String> flags) {}

    /** Has to be called before the JDK's server is first used. */
    static void forLatency() {
        // Without it the stand-in and the plain proxy would hold back small writes, and be what is measured.
        System.setProperty("sun.net.httpserver.nodelay", "true");
        // Both keep as many connections as are needed.
        System.setProperty("http.maxConnections", "100");
        System.setProperty("sun.net.httpserver.maxIdleConnections", "1000");
    }

    URI nodeUrl() {
        return url(node);
    }

    URI proxyUrl() {
        return proxy.url();
    }

    /** By name, in the order in which they were given. */
    Map<String, URI> gatewayUrls() {
        Map<String, URI> urls = new LinkedHashMap<>();
        gateways.forEach((name, gateway) -> urls.put(name, gateway.url()));
        return urls;
    }

    /** Whether the node sends all events at once, as fits a warm-up, or one every 10 ms. */
    void hurry(boolean is) {
        isHurried = is;
    }

    private HttpServer server() throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.start();
        return server;
    }

    private static URI url(HttpServer server) {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            Passage.mark(exchange.getRequestHeaders().getFirst(RequestIds.HEADER), Point.NODE);
            exchange.getRequestBody().readAllBytes();
            exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
            exchange.sendResponseHeaders(200, 0);
            for (int i = 0; i < EVENTS; i++) {
                String event = EVENT + System.nanoTime() + "}\n\n";
                exchange.getResponseBody().write(event.getBytes(StandardCharsets.UTF_8));
                exchange.getResponseBody().flush();
                if (!isHurried) {
                    Thread.sleep(MILLIS_BETWEEN);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void send(HttpExchange exchange, String json) throws IOException {
        try (exchange) {
            byte[] body = json.getBytes(StandardCharsets.UTF_8);
            exchange.getRequestBody().readAllBytes();
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
        }
    }

    @Override
    public void close() {
        gateways.values().forEach(BenchProcess::close);
        proxy.close();
        node.stop(0);
        registry.stop(0);
        threads.shutdownNow();
    }
}
