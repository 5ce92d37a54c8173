package io.bitstack.compression;

import io.bitstack.compression.encode.Compressor;
import io.bitstack.compression.publish.ManifestWriter;
import io.bitstack.core.stack.BlobStore;
import io.bitstack.service.access.CallerIdentity;
import io.bitstack.service.access.InternalTokens;
import io.bitstack.service.access.PlatformService;
import io.bitstack.service.access.Role;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.support.GenericApplicationContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The whole service on a free port, with a real database; stopped and started again at will. */
final class ServiceFixture implements AutoCloseable {
    private static final InternalTokens TOKENS = new InternalTokens(RecordingRegistry.TOKEN);
    private static final CallerIdentity ADMIN = new CallerIdentity("tester", Role.ADMIN);

    final RecordingRegistry registry = new RecordingRegistry();
    final MemoryBlobStore blobs = new MemoryBlobStore();
    final SignCompressor compressor = new SignCompressor();
    private final Path allowed;
    private final Path data;
    private final List<String> settings;
    private EmbeddedPostgres database;
    private final JsonMapper json = new JsonMapper();
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private ConfigurableApplicationContext context;

    /** @param settings further ones, {@code name=value} */
    ServiceFixture(Path allowed, String... settings) throws IOException {
        this.allowed = allowed;
        this.data = Files.createTempDirectory("bitstack-postgres");
        this.settings = List.of(settings);
        database = startDatabase(0);
        context = boot();
    }

    private EmbeddedPostgres startDatabase(int port) throws IOException {
        return EmbeddedPostgres.builder()
                .setServerConfig("synchronous_commit", "on")
                .setDataDirectory(data)
                .setCleanDataDirectory(false)
                .setPort(port)
                .start();
    }

    void stopDatabase() throws IOException {
        database.close();
    }

    /** The same data at the same address. */
    void startDatabaseAgain() throws IOException {
        database = startDatabase(database.getPort());
    }

    private ConfigurableApplicationContext boot() {
        return new SpringApplicationBuilder(CompressionApplication.class)
                .properties("spring.config.name=" + CompressionApplication.CONFIG_NAME)
                .initializers(application -> {
                    GenericApplicationContext generic = (GenericApplicationContext) application;
                    generic.registerBean(Compressor.class, () -> compressor);
                    generic.registerBean(BlobStore.class, () -> blobs);
                    generic.registerBean(ManifestWriter.class, () -> json::writeValueAsBytes);
                })
                .run(Stream.concat(
                                settings.stream().map(setting -> "--" + setting),
                                Stream.of(
                                        "--server.port=0",
                                        "--management.server.port=0",
                                        "--spring.main.banner-mode=off",
                                        "--spring.datasource.url=" + database.getJdbcUrl("postgres", "postgres"),
                                        "--spring.datasource.username=postgres",
                                        "--bitstack.internal-token=" + RecordingRegistry.TOKEN,
                                        "--bitstack.registry-url=" + registry.url(),
                                        "--bitstack.compression.allowed-directories=" + allowed,
                                        "--db-scheduler.polling-interval=200ms"))
                        .toArray(String[]::new));
    }

    void stop() {
        context.close();
    }

    void start() {
        context = boot();
    }

    int count(String table) throws Exception {
        try (var connection = database.getPostgresDatabase().getConnection();
                var statement = connection.createStatement();
                var rows = statement.executeQuery("select count(*) from compression." + table)) {
            rows.next();
            return rows.getInt(1);
        }
    }

    HttpResponse<String> post(String path, String body) throws Exception {
        return client.send(
                request(ADMIN, "POST", path)
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    /** A request of an API key, as the gateway passes it on. */
    HttpResponse<String> postAs(String key, String path, String body) throws Exception {
        return client.send(
                request(new CallerIdentity(key, Role.PUBLISHER), "POST", path)
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    HttpResponse<String> get(String path) throws Exception {
        return client.send(request(ADMIN, "GET", path).build(), HttpResponse.BodyHandlers.ofString());
    }

    HttpResponse<String> getWithToken(String path, String token) throws Exception {
        return client.send(
                HttpRequest.newBuilder(url(path))
                        .header("Authorization", "Bearer " + token)
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    HttpResponse<Stream<String>> lines(String path) throws Exception {
        return client.send(request(ADMIN, "GET", path).build(), HttpResponse.BodyHandlers.ofLines());
    }

    JsonNode parse(String body) {
        return json.readTree(body);
    }

    private HttpRequest.Builder request(CallerIdentity caller, String method, String path) {
        URI url = url(path);
        return HttpRequest.newBuilder(url)
                .header("Authorization", TOKENS.header(caller, PlatformService.COMPRESSION, method, url.getRawPath()));
    }

    private URI url(String path) {
        return URI.create(
                "http://127.0.0.1:" + context.getEnvironment().getRequiredProperty("local.server.port") + path);
    }

    @Override
    public void close() throws IOException {
        context.close();
        database.close();
        registry.close();
        try (Stream<Path> files = Files.walk(data)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
