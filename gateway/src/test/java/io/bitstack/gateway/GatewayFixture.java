package io.bitstack.gateway;

import io.bitstack.service.access.PlatformService;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A gateway on a free port with a registry and a compression service to stand behind it, and nodes as tests add them. */
final class GatewayFixture implements AutoCloseable {
    static final String TOKEN = "internal-secret";
    /** With a busy machine; nothing is expected to take as long. */
    static final Duration PATIENCE = Duration.ofMinutes(2);

    static final String PORT = "--server.port=";
    static final String NODE_REFRESH = "--bitstack.gateway.node-refresh=";
    static final String ADMIN = "bsk_admin";
    static final String PUBLISHER = "bsk_publisher";
    static final String VIEWER = "bsk_viewer";
    static final String NODE = "bsk_node";
    static final String ANY_NODE = "bsk_any_node";
    static final String INFER = "bsk_infer";

    static final Map<String, String> OWNERS = Map.of(
            ADMIN, "{\"id\":\"k1\",\"name\":\"root\",\"scope\":\"admin\"}",
            PUBLISHER, "{\"id\":\"k2\",\"name\":\"ci\",\"scope\":\"publisher\"}",
            VIEWER, "{\"id\":\"k3\",\"name\":\"board\",\"scope\":\"viewer\"}",
            NODE, "{\"id\":\"k4\",\"name\":\"node-a\",\"scope\":\"node\"}",
            ANY_NODE, "{\"id\":\"k5\",\"name\":\"*\",\"scope\":\"node\"}",
            INFER, "{\"id\":\"k6\",\"name\":\"app\",\"scope\":\"infer\"}");

    final StandIn registry = new StandIn();
    final StandIn compression = new StandIn();
    final JsonMapper json = JsonMapper.builder().build();
    private final Map<String, Map<String, Object>> nodes = new ConcurrentHashMap<>();
    private final ConfigurableApplicationContext context;
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    GatewayFixture(String... settings) throws IOException {
        registry.on("POST /api/v1/internal/keys/verify", exchange -> {
            String key = json.readTree(exchange.getRequestBody()).path("key").asString();
            String owner = OWNERS.get(key);
            StandIn.send(exchange, owner == null ? 401 : 200, owner == null ? "{}" : owner);
        });
        registry.on(
                "GET /api/v1/internal/nodes",
                exchange -> StandIn.send(exchange, 200, json.writeValueAsString(new ArrayList<>(nodes.values()))));
        registry.on("POST /api/v1/internal/audit-events", 204, "");
        List<String> arguments = new ArrayList<>(List.of(
                "--management.server.port=0",
                "--bitstack.internal-token=" + TOKEN,
                "--bitstack.gateway.registry-url=" + registry.url(),
                "--bitstack.gateway.compression-url=" + compression.url()));
        arguments.addAll(List.of(settings));
        if (arguments.stream().noneMatch(argument -> argument.startsWith(PORT))) {
            arguments.add(PORT + 0);
        }
        if (arguments.stream().noneMatch(argument -> argument.startsWith(NODE_REFRESH))) {
            arguments.add(NODE_REFRESH + "20ms");
        }
        context = new SpringApplicationBuilder(GatewayApplication.class)
                .properties("spring.config.name=" + GatewayApplication.CONFIG_NAME)
                .run(arguments.toArray(String[]::new));
    }

    int port() {
        return Integer.parseInt(context.getEnvironment().getRequiredProperty("local.server.port"));
    }

    /** Lists a node, and waits until the gateway has fetched the list at least once after that. */
    void node(String name, URI url, String state, String model, int version, double bpw) throws InterruptedException {
        listNode(name, url, state, model, version, bpw);
        awaitDirectory();
    }

    /** Lists a node without the gateway noticing. */
    void listNode(String name, URI url, String state, String model, int version, double bpw) {
        Map<String, Object> node = new LinkedHashMap<>();
        node.put("name", name);
        node.put("url", url.toString());
        node.put("accessToken", "token-of-" + name);
        node.put("state", state);
        node.put("model", model);
        node.put("version", version);
        node.put("bpw", bpw);
        node.put("contextTokens", 1024);
        node.put("activeRequests", 0);
        nodes.put(name, node);
    }

    /** Lists a node that dials out, and waits as for others. */
    void dialOutNode(String name, String model, int version, double bpw) throws InterruptedException {
        listNode(name, URI.create("about:blank"), "ready", model, version, bpw);
        nodes.computeIfPresent(name, (_, node) -> {
            Map<String, Object> dialled = new LinkedHashMap<>(node);
            dialled.remove("url");
            dialled.put("reachable", "dial-out");
            return dialled;
        });
        awaitDirectory();
    }

    void unlistNode(String name) throws InterruptedException {
        nodes.remove(name);
        awaitDirectory();
    }

    void noNodes() throws InterruptedException {
        nodes.clear();
        awaitDirectory();
    }

    private void awaitDirectory() throws InterruptedException {
        // The second fetch that begins from now on ends after the first one was taken over.
        long seen = fetches();
        while (fetches() < seen + 3) {
            Thread.sleep(5);
        }
    }

    /** Whether the gateway asked for its own sake, and not for a client. */
    static boolean isGatewaysOwn(StandIn.Asked asked) {
        return asked.caller(TOKEN, PlatformService.REGISTRY).equals("gateway;service");
    }

    /** How often the gateway has asked the registry which nodes there are. */
    long fetches() {
        return registry.asked.stream()
                .filter(asked -> asked.path().equals("/api/v1/internal/nodes"))
                .count();
    }

    HttpRequest.Builder request(String key, String path) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port() + path))
                .timeout(PATIENCE);
        return key.isEmpty() ? request : request.header("Authorization", "Bearer " + key);
    }

    HttpResponse<String> get(String key, String path) throws Exception {
        return send(request(key, path));
    }

    /** Asks on the management port. */
    HttpResponse<String> management(String path) throws Exception {
        String port = context.getEnvironment().getRequiredProperty("local.management.port");
        return send(HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)));
    }

    /** Waits until the management port shows a line. */
    void awaitMetric(String line) throws Exception {
        long endNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (!management("/actuator/prometheus").body().contains(line)) {
            if (System.nanoTime() > endNanos) {
                throw new AssertionError("never shown: " + line);
            }
            Thread.sleep(20);
        }
    }

    HttpResponse<String> post(String key, String path, String body) throws Exception {
        return send(
                request(key, path).header("Content-Type", "application/json").POST(BodyPublishers.ofString(body)));
    }

    HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return http.send(request.build(), BodyHandlers.ofString());
    }

    HttpResponse<Stream<String>> lines(HttpRequest.Builder request) throws Exception {
        return http.send(request.build(), BodyHandlers.ofLines());
    }

    /** The lines of an answer, asked for beside what a test does. */
    CompletableFuture<Iterator<String>> streaming(HttpRequest.Builder request) {
        return CompletableFuture.supplyAsync(
                () -> {
                    try {
                        return lines(request).body().iterator();
                    } catch (Exception e) {
                        throw new AssertionError(e);
                    }
                },
                task -> Thread.ofVirtual().start(task));
    }

    JsonNode parse(HttpResponse<String> response) {
        return json.readTree(response.body());
    }

    /** Stops the gateway alone. */
    void stop() {
        context.close();
    }

    @Override
    public void close() {
        context.close();
        http.shutdownNow();
        registry.close();
        compression.close();
    }
}
