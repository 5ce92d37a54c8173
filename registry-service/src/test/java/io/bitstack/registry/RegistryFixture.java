package io.bitstack.registry;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The whole service on a free port, with a real database and blob store. */
final class RegistryFixture implements AutoCloseable {
    static final String TOKEN = "internal-token-of-the-test";
    static final String ADMIN_KEY = "bsk_an-admin-key-of-the-test-0123456789abcdef";
    static final String NODE_KEY = "bsk_a-node-key-of-the-test-0123456789abcdef";

    private final EmbeddedPostgres database;
    private final ConfigurableApplicationContext context;
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    RegistryFixture(Path blobs) throws IOException {
        this("--bitstack.blobs.directory=" + blobs);
    }

    /** @param settings more arguments of the service: its blob store, say */
    RegistryFixture(String... settings) throws IOException {
        database = EmbeddedPostgres.builder()
                .setServerConfig("synchronous_commit", "on")
                .start();
        context = new SpringApplicationBuilder(RegistryApplication.class)
                .properties("spring.config.name=" + RegistryApplication.CONFIG_NAME)
                .run(Stream.concat(
                                Stream.of(
                                        "--server.port=0",
                                        "--management.server.port=0",
                                        "--spring.main.banner-mode=off",
                                        "--spring.datasource.url=" + database.getJdbcUrl("postgres", "postgres"),
                                        "--spring.datasource.username=postgres",
                                        "--bitstack.internal-token=" + TOKEN,
                                        "--bitstack.registry.bootstrap-admin-key=" + ADMIN_KEY,
                                        "--bitstack.registry.bootstrap-node-key=" + NODE_KEY),
                                Stream.of(settings))
                        .toArray(String[]::new));
    }

    record Answer(int status, JsonNode body, byte[] bytes, HttpResponse<byte[]> response) {
        String code() {
            return body.path("code").asString("none");
        }
    }

    /** Where it answers. */
    URI url() {
        return URI.create("http://127.0.0.1:" + context.getEnvironment().getRequiredProperty("local.server.port"));
    }

    Answer getAbsolute(URI url) throws Exception {
        return send(HttpRequest.newBuilder(url).header("Authorization", "Bearer " + TOKEN));
    }

    Answer get(String path, String... headers) throws Exception {
        return send(request(path, headers).GET());
    }

    Answer post(String path, String json) throws Exception {
        return post(path, json.getBytes(StandardCharsets.UTF_8));
    }

    Answer post(String path, byte[] json) throws Exception {
        return send(
                request(path, "Content-Type", "application/json").POST(HttpRequest.BodyPublishers.ofByteArray(json)));
    }

    Answer send(String method, String path, String json, String... headers) throws Exception {
        HttpRequest.Builder request = request(path, headers);
        return send(request.header("Content-Type", "application/json")
                .method(method, HttpRequest.BodyPublishers.ofString(json)));
    }

    /** Sends what the gateway would send for somebody, who is {@code <id>;<scope>}. */
    Answer sendAs(String principal, String method, String path, String json) throws Exception {
        return send(HttpRequest.newBuilder(URI.create(url() + "/api/v1" + path))
                .header("Authorization", "Bearer " + TOKEN)
                .header("BitStack-Principal", principal)
                .header("Content-Type", "application/json")
                .method(method, HttpRequest.BodyPublishers.ofString(json)));
    }

    Answer send(String method, String path, byte[] content) throws Exception {
        return send(request(path, "Content-Type", "application/octet-stream")
                .method(method, HttpRequest.BodyPublishers.ofByteArray(content)));
    }

    private HttpRequest.Builder request(String path, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url() + "/api/v1" + path))
                .header("Authorization", "Bearer " + TOKEN)
                .header("BitStack-Principal", "tester;admin");
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        return request;
    }

    private Answer send(HttpRequest.Builder request) throws Exception {
        HttpResponse<byte[]> response = client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
        String type = response.headers().firstValue("Content-Type").orElse("");
        JsonNode body = type.contains("json")
                ? JsonMapper.shared().readTree(response.body())
                : JsonMapper.shared().createObjectNode();
        return new Answer(response.statusCode(), body, response.body(), response);
    }

    int count(String table) throws Exception {
        return Integer.parseInt(query("select count(*) from registry." + table));
    }

    String query(String sql) throws Exception {
        try (var connection = database.getPostgresDatabase().getConnection();
                var statement = connection.createStatement();
                var rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getString(1);
        }
    }

    void execute(String sql) throws Exception {
        try (var connection = database.getPostgresDatabase().getConnection();
                var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    @Override
    public void close() throws IOException {
        context.close();
        database.close();
    }
}
