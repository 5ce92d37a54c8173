package io.bitstack.bench;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.bitstack.gateway.GatewayApplication;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

/** A gateway, and what it needs to hand on a chat: a registry that knows one key and one node, and a node that writes the time into each event. */
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
    private final ConfigurableApplicationContext gateway;

    StandInPlatform() throws IOException {
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
                        "{\"items\":[{\"name\":\"n\",\"url\":\"%s\",\"accessToken\":\"of-the-benchmark\",\"state\":\"ready\",\"model\":\"demo\",\"version\":1,\"bpw\":4}]}"
                                .formatted(nodeUrl())));
        gateway = new SpringApplicationBuilder(GatewayApplication.class)
                .properties("spring.config.name=" + GatewayApplication.CONFIG_NAME)
                .run(
                        "--server.port=0",
                        "--server.address=127.0.0.1",
                        "--management.server.port=0",
                        "--spring.main.banner-mode=off",
                        "--logging.level.root=warn",
                        "--bitstack.internal-token=secret-of-the-benchmark",
                        "--bitstack.gateway.limits.tokens-per-minute=1000000000",
                        "--bitstack.gateway.registry-url=" + url(registry));
    }

    URI nodeUrl() {
        return url(node);
    }

    URI gatewayUrl() {
        return URI.create("http://127.0.0.1:" + gateway.getEnvironment().getRequiredProperty("local.server.port"));
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
            exchange.getRequestBody().readAllBytes();
            exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
            exchange.sendResponseHeaders(200, 0);
            for (int i = 0; i < EVENTS; i++) {
                String event = EVENT + System.nanoTime() + "}\n\n";
                exchange.getResponseBody().write(event.getBytes(StandardCharsets.UTF_8));
                exchange.getResponseBody().flush();
                Thread.sleep(MILLIS_BETWEEN);
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
        gateway.close();
        node.stop(0);
        registry.stop(0);
        threads.shutdownNow();
    }
}
