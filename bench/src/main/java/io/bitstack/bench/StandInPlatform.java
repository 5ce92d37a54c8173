package io.bitstack.bench;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.bitstack.bench.Passage.Point;
import io.bitstack.gateway.GatewayApplication;
import io.bitstack.service.RequestIds;
import jakarta.servlet.Filter;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.core.Ordered;

/**
 * A gateway, and what it needs to hand on a chat: a registry that knows one key and one node, and a node that computes nothing and writes the time into each event. Beside the
 * gateway a {@link PlainProxy} to the same node.
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
    private final PlainProxy proxy;
    private final ConfigurableApplicationContext gateway;
    private volatile boolean isHurried;

    StandInPlatform() throws IOException {
        node = server();
        node.createContext("/v1/chat/completions", this::answer);
        proxy = new PlainProxy(nodeUrl(), threads);
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
                .initializers(context -> {
                    marks((GenericApplicationContext) context, Ordered.HIGHEST_PRECEDENCE, Point.FILTERS);
                    marks((GenericApplicationContext) context, Ordered.LOWEST_PRECEDENCE, Point.ROUTE);
                })
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

    /** Puts a mark before or behind the gateway's own filters. */
    private static void marks(GenericApplicationContext context, int order, Point point) {
        Filter filter = (request, response, chain) -> {
            Passage.mark(((HttpServletRequest) request).getHeader(RequestIds.HEADER), point);
            chain.doFilter(request, response);
        };
        context.registerBean("mark" + point, FilterRegistrationBean.class, () -> {
            FilterRegistrationBean<Filter> bean = new FilterRegistrationBean<>(filter);
            bean.setName("mark" + point);
            bean.setOrder(order);
            return bean;
        });
    }

    URI nodeUrl() {
        return url(node);
    }

    URI proxyUrl() {
        return proxy.url();
    }

    URI gatewayUrl() {
        return URI.create("http://127.0.0.1:" + gateway.getEnvironment().getRequiredProperty("local.server.port"));
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
        gateway.close();
        proxy.close();
        node.stop(0);
        registry.stop(0);
        threads.shutdownNow();
    }
}
