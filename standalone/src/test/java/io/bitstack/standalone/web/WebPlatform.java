package io.bitstack.standalone.web;

import io.bitstack.standalone.client.ApiClient;
import io.bitstack.standalone.platform.Platform;
import io.bitstack.standalone.platform.PlatformOptions;
import io.bitstack.standalone.platform.TinyModel;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import tools.jackson.databind.JsonNode;

/**
 * A platform that has something on every page: a tiny model in two versions, two nodes that serve it, a webhook, a key of each kind.
 * Test classes share it; it ends with the last of them.
 */
final class WebPlatform implements AutoCloseable {
    static final String MODEL = "tiny";

    private static final int STEPS = 6000;
    private static final long STEP_MILLIS = 100;
    private static @Nullable WebPlatform shared;

    private final Platform platform;
    private final Path directory;
    final ApiClient api;
    final String viewerKey;
    final String jobId;
    final long webhookId;

    private WebPlatform(Platform platform, Path directory, String viewerKey, String jobId, long webhookId) {
        this.platform = platform;
        this.directory = directory;
        this.api = new ApiClient(platform.gatewayUrl(), platform.adminKey());
        this.viewerKey = viewerKey;
        this.jobId = jobId;
        this.webhookId = webhookId;
    }

    /** Ends browser and platform when all tests are done, while the platform's database still runs. */
    static final class Shared implements BeforeAllCallback {
        @Override
        public void beforeAll(ExtensionContext context) {
            context.getRoot()
                    .getStore(ExtensionContext.Namespace.create(WebPlatform.class))
                    .computeIfAbsent(Shared.class, key -> (AutoCloseable) WebPlatform::endAll);
        }
    }

    static synchronized WebPlatform get() throws IOException, InterruptedException {
        if (shared == null) {
            shared = start();
        }
        return shared;
    }

    private static void endAll() throws IOException {
        Browser.end();
        end();
    }

    private static synchronized void end() throws IOException {
        if (shared != null) {
            shared.close();
            shared = null;
        }
    }

    @Override
    public void close() throws IOException {
        platform.close();
    }

    URI url() {
        return platform.gatewayUrl();
    }

    String adminKey() {
        return platform.adminKey();
    }

    /** The files of the tiny model, for sending them. */
    List<Path> tinyFiles() throws IOException {
        try (Stream<Path> files = Files.list(directory.resolve("models/tiny"))) {
            return files.sorted().toList();
        }
    }

    /** Changes the platform's own database, for what would take long by its API. */
    void sql(String statement) throws IOException, SQLException {
        String port = Files.readAllLines(directory.resolve("data/postgres/postmaster.pid"))
                .get(3);
        try (Connection connection = DriverManager.getConnection(
                        "jdbc:postgresql://localhost:%s/postgres?user=postgres".formatted(port.strip()));
                Statement change = connection.createStatement()) {
            change.executeUpdate(statement);
        }
    }

    /** Deletes a resource. */
    void delete(String path) throws IOException, InterruptedException {
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpResponse<String> answer = client.send(
                    HttpRequest.newBuilder(url().resolve(path))
                            .header("Authorization", "Bearer " + adminKey())
                            .DELETE()
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            if (answer.statusCode() >= 300) {
                throw new IOException("DELETE %s: %d %s".formatted(path, answer.statusCode(), answer.body()));
            }
        }
    }

    private static WebPlatform start() throws IOException, InterruptedException {
        Path directory = Files.createTempDirectory("bitstack-web");
        Path models = Files.createDirectories(directory.resolve("models"));
        Path tiny = TinyModel.write(models.resolve("tiny"), false);
        Platform platform = Platform.start(
                new PlatformOptions(
                        directory.resolve("data"),
                        0,
                        List.of(models, TinyModel.demo()),
                        List.of(
                                new PlatformOptions.NodeOptions("edge-a", 64_000_000),
                                new PlatformOptions.NodeOptions("edge-b", 80_000_000))),
                stage -> {});
        ApiClient api = new ApiClient(platform.gatewayUrl(), platform.adminKey());
        api.post("/api/v1/models", Map.of("name", MODEL, "description", "# Tiny\n\nA model for *tests*."));
        String job = compress(api, tiny, "kl");
        compress(api, tiny, "proxy");
        api.put("/api/v1/models/tiny/aliases/stable", Map.of("version", 1));
        api.post("/api/v1/deployments", Map.of("model", MODEL, "alias", "stable", "contextTokens", 128));
        api.patch("/api/v1/models/tiny/tags", Map.of("team", "web"));
        long webhook = api.post(
                        "/api/v1/webhooks",
                        Map.of("url", "https://example.org/hook", "events", List.of("io.bitstack.version.ready")))
                .path("id")
                .asLong();
        String viewer = api.post("/api/v1/keys", Map.of("name", "looks", "scope", "viewer"))
                .path("key")
                .asString();
        awaitReady(api);
        return new WebPlatform(platform, directory, viewer, job, webhook);
    }

    private static String compress(ApiClient api, Path model, String order) throws IOException, InterruptedException {
        Path text = TinyModel.demo().resolve("text");
        JsonNode job = api.post(
                "/api/v1/jobs",
                Map.of(
                        "model",
                        MODEL,
                        "source",
                        Map.of("path", model.toString()),
                        "calibrationPath",
                        text.resolve("calibration.txt").toString(),
                        "evaluationPath",
                        text.resolve("heldout.txt").toString(),
                        "contextTokens",
                        64,
                        "order",
                        order,
                        "parameters",
                        Map.of("calibrationWindows", "2", "evaluationWindows", "2")));
        String id = job.path("id").asString();
        for (int step = 0; step < STEPS; step++) {
            JsonNode now = api.get("/api/v1/jobs/" + id);
            if (now.path("state").asString().equals("done")) {
                return id;
            }
            if (now.has("error")) {
                throw new IOException("the job failed: " + now);
            }
            Thread.sleep(STEP_MILLIS);
        }
        throw new IOException("the job is not done: " + id);
    }

    private static void awaitReady(ApiClient api) throws IOException, InterruptedException {
        for (int step = 0; step < STEPS; step++) {
            JsonNode nodes = api.get("/api/v1/nodes").path("items");
            if (nodes.size() == 2
                    && nodes.valueStream()
                            .allMatch(node -> node.path("state").asString().equals("ready"))) {
                return;
            }
            Thread.sleep(STEP_MILLIS);
        }
        throw new IOException("the nodes are not ready: " + api.get("/api/v1/nodes"));
    }
}
