package io.bitstack.registry;

import io.bitstack.service.access.CallerIdentity;
import io.bitstack.service.access.InternalTokens;
import io.bitstack.service.access.PlatformService;
import io.bitstack.service.access.Role;
import io.bitstack.service.testing.OwnDatabase;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Locale;
import java.util.stream.Stream;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The whole service on a free port, with a real database and blob store. */
final class RegistryFixture implements AutoCloseable {
    static final String TOKEN = "internal-token-of-the-test";
    private static final InternalTokens TOKENS = new InternalTokens(TOKEN);
    private static final CallerIdentity TESTER = new CallerIdentity("tester", Role.ADMIN);
    private static final CallerIdentity SERVICE = new CallerIdentity("test-service", Role.SERVICE);
    static final String ADMIN_KEY = "bsk_an-admin-key-of-the-test-0123456789abcdef";
    static final String NODE_KEY = "bsk_a-node-key-of-the-test-0123456789abcdef";

    private final String databaseUrl;
    private final AutoCloseable database;
    private final ConfigurableApplicationContext context;
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    RegistryFixture(Path blobs) throws IOException {
        this("--bitstack.blobs.directory=" + blobs);
    }

    /** @param settings more arguments of the service: its blob store, say */
    RegistryFixture(String... settings) throws IOException {
        this(OwnDatabase.create(), settings);
    }

    private RegistryFixture(OwnDatabase database, String... settings) {
        this(database.url(), database, settings);
    }

    /** @param database closed at the end */
    RegistryFixture(String databaseUrl, AutoCloseable database, String... settings) {
        this.databaseUrl = databaseUrl;
        this.database = database;
        context = new SpringApplicationBuilder(RegistryApplication.class)
                .properties("spring.config.name=" + RegistryApplication.CONFIG_NAME)
                .run(Stream.concat(
                                Stream.of(
                                        "--server.port=0",
                                        "--management.server.port=0",
                                        "--spring.main.banner-mode=off",
                                        "--spring.datasource.url=" + databaseUrl,
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

    /** The status of an answer on the management port. */
    int managementStatus(String path) throws Exception {
        return client.send(onManagementPort(path), HttpResponse.BodyHandlers.discarding())
                .statusCode();
    }

    /** What the management port answers. */
    String management(String path) throws Exception {
        return client.send(onManagementPort(path), HttpResponse.BodyHandlers.ofString())
                .body();
    }

    private HttpRequest onManagementPort(String path) {
        String port = context.getEnvironment().getRequiredProperty("local.management.port");
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .build();
    }

    Answer getAbsolute(URI url) throws Exception {
        return send(HttpRequest.newBuilder(url));
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
        String[] parts = principal.split(";");
        CallerIdentity caller = new CallerIdentity(parts[0], Role.valueOf(parts[1].toUpperCase(Locale.ROOT)));
        return send(
                request(path, "Content-Type", "application/json")
                        .method(method, HttpRequest.BodyPublishers.ofString(json)),
                caller);
    }

    Answer send(String method, String path, byte[] content) throws Exception {
        return send(request(path, "Content-Type", "application/octet-stream")
                .method(method, HttpRequest.BodyPublishers.ofByteArray(content)));
    }

    /** What is answered to a request that says how large its body is and sends nothing of it: more than that might not be read. */
    String head(String method, String path, long contentLength) throws IOException {
        String target = "/api/v1" + path;
        try (Socket client = new Socket(InetAddress.getLoopbackAddress(), url().getPort())) {
            client.setSoTimeout(120_000);
            client.getOutputStream()
                    .write(
                            "%s %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: %s\r\nContent-Length: %d\r\n\r\n"
                                    .formatted(
                                            method,
                                            target,
                                            TOKENS.header(TESTER, PlatformService.REGISTRY, method, target),
                                            contentLength)
                                    .getBytes(StandardCharsets.US_ASCII));
            client.shutdownOutput();
            return new String(client.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private HttpRequest.Builder request(String path, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url() + "/api/v1" + path));
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        return request;
    }

    private Answer send(HttpRequest.Builder request) throws Exception {
        boolean isInternal = request.build().uri().getRawPath().startsWith("/api/v1/internal/");
        return send(request, isInternal ? SERVICE : TESTER);
    }

    private Answer send(HttpRequest.Builder request, CallerIdentity caller) throws Exception {
        HttpRequest unsigned = request.build();
        String path = unsigned.uri().getRawPath();
        HttpResponse<byte[]> response = client.send(
                HttpRequest.newBuilder(unsigned, (_, _) -> true)
                        .header(
                                "Authorization",
                                TOKENS.header(caller, PlatformService.REGISTRY, unsigned.method(), path))
                        .build(),
                HttpResponse.BodyHandlers.ofByteArray());
        String type = response.headers().firstValue("Content-Type").orElse("");
        JsonNode body = type.contains("json")
                ? JsonMapper.shared().readTree(response.body())
                : JsonMapper.shared().createObjectNode();
        return new Answer(response.statusCode(), body, response.body(), response);
    }

    /** A connection of the database's owner, as an operator has it. */
    Connection connection() throws SQLException {
        return DriverManager.getConnection(databaseUrl, "postgres", "");
    }

    int count(String table) throws Exception {
        return Integer.parseInt(query("select count(*) from registry." + table));
    }

    String query(String sql) throws Exception {
        try (var connection = connection();
                var statement = connection.createStatement();
                var rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getString(1);
        }
    }

    void execute(String sql) throws Exception {
        try (var connection = connection();
                var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    @Override
    public void close() throws IOException {
        context.close();
        try {
            database.close();
        } catch (IOException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException(e);
        }
    }
}
