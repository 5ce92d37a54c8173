package io.bitstack.compression;

import com.github.kagkarlsson.scheduler.event.AbstractSchedulerListener;
import com.github.kagkarlsson.scheduler.event.SchedulerListener;
import io.bitstack.compression.encode.Compressor;
import io.bitstack.compression.encode.StackCompressor;
import io.bitstack.compression.publish.ManifestWriter;
import io.bitstack.compression.reuse.PartRepository;
import io.bitstack.core.codec.PlainLinearAlgebra;
import io.bitstack.core.stack.BlobStore;
import io.bitstack.core.stack.StackManifest;
import io.bitstack.service.access.CallerIdentity;
import io.bitstack.service.access.InternalTokens;
import io.bitstack.service.access.PlatformService;
import io.bitstack.service.access.Role;
import io.bitstack.service.testing.OwnDatabase;
import io.bitstack.service.testing.TestPostgres;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.util.FileSystemUtils;
import org.springframework.util.function.SingletonSupplier;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The whole service on a free port, with a real database; stopped and started again at will. */
final class ServiceFixture implements AutoCloseable {
    private static final InternalTokens TOKENS = new InternalTokens(RecordingRegistry.TOKEN);
    private static final Set<String> TERMINAL = Set.of("done", "failed", "cancelled");
    private static final Pattern ENCODED = Pattern.compile("worker .* has done .*encode (\\d+).*");
    private static final CallerIdentity ADMIN = new CallerIdentity("tester", Role.ADMIN);

    final RecordingRegistry registry = new RecordingRegistry();
    final MemoryBlobStore blobs = new MemoryBlobStore();
    final SignCompressor compressor = new SignCompressor();
    /** Of the stacks that were given to the registry. */
    final List<StackManifest> manifests = new CopyOnWriteArrayList<>();

    /** Whether jobs are compressed as they are in production, and not by {@link #compressor}. */
    volatile boolean inEarnest;

    private final boolean real;
    private final BlobStore store;
    private final Path allowed;
    /** In the server that tests share; null where this fixture has a server of its own, which can be stopped. */
    private final @Nullable OwnDatabase shared;

    /** Of the server of its own. */
    private final Path data;

    private @Nullable EmbeddedPostgres server;
    final Path uploads;
    private final List<String> settings;
    private final DatabaseRelay relay = new DatabaseRelay();
    private final AtomicInteger polls = new AtomicInteger();
    private final JsonMapper json = new JsonMapper();
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private ConfigurableApplicationContext context;

    /** @param settings further ones, {@code name=value} */
    ServiceFixture(Path allowed, String... settings) throws IOException {
        this(allowed, null, false, false, settings);
    }

    /** With a database that can be stopped. */
    static ServiceFixture onOwnServer(Path allowed, String... settings) throws IOException {
        return new ServiceFixture(allowed, null, false, true, settings);
    }

    /** The service with the compressor that it has in earnest, which takes its time. */
    static ServiceFixture compressing(Path allowed, @Nullable BlobStore store) throws IOException {
        return new ServiceFixture(allowed, store, true, false);
    }

    /** @param store in place of the one in memory */
    ServiceFixture(Path allowed, @Nullable BlobStore store, String... settings) throws IOException {
        this(allowed, store, false, false, settings);
    }

    private ServiceFixture(Path allowed, @Nullable BlobStore store, boolean real, boolean ownServer, String... settings)
            throws IOException {
        this.real = real;
        this.store = store == null ? blobs : store;
        this.allowed = allowed;
        this.data = Files.createTempDirectory("bitstack-postgres");
        this.uploads = Files.createTempDirectory("bitstack-uploads");
        this.settings = List.of(settings);
        shared = ownServer ? null : OwnDatabase.create();
        if (shared == null) {
            startDatabase();
        } else {
            relay.leadTo(shared.port());
        }
        context = boot();
    }

    /** The same data at the same address, whenever it is started. */
    void startDatabase() throws IOException {
        EmbeddedPostgres started = TestPostgres.builder()
                .setDataDirectory(data)
                .setCleanDataDirectory(false)
                .start();
        relay.leadTo(started.getPort());
        server = started;
    }

    void stopDatabase() throws IOException {
        if (server == null) {
            throw new IllegalStateException("others use this database's server");
        }
        relay.leadNowhere();
        server.close();
    }

    private String databaseUrl() {
        return relay.url(shared == null ? "postgres" : shared.name());
    }

    /** Until the scheduler has looked for work that was there before this was called. */
    void awaitPoll() throws Exception {
        int before = polls.get();
        // The first of them may have begun earlier.
        await("the scheduler to look for work", () -> polls.get() >= before + 2);
    }

    private final class Polls extends AbstractSchedulerListener {
        @Override
        public void onSchedulerEvent(SchedulerEventType type) {
            if (type == SchedulerEventType.RAN_EXECUTE_DUE) {
                polls.incrementAndGet();
            }
        }
    }

    private ConfigurableApplicationContext boot() {
        return new SpringApplicationBuilder(CompressionApplication.class)
                .properties("spring.config.name=" + CompressionApplication.CONFIG_NAME)
                .initializers(application -> {
                    GenericApplicationContext generic = (GenericApplicationContext) application;
                    if (!real) {
                        Supplier<Compressor> earnest = SingletonSupplier.of(() -> new StackCompressor(
                                new PlainLinearAlgebra(), 2, generic.getBean(PartRepository.class)));
                        generic.registerBean(
                                Compressor.class,
                                () -> new ChosenCompressor(() -> inEarnest ? earnest.get() : compressor));
                    }
                    generic.registerBean(SchedulerListener.class, Polls::new);
                    generic.registerBean(BlobStore.class, () -> store);
                    generic.registerBean(ManifestWriter.class, () -> manifest -> {
                        manifests.add(manifest);
                        return json.writeValueAsBytes(manifest);
                    });
                })
                .run(Stream.concat(
                                settings.stream().map(setting -> "--" + setting),
                                Stream.of(
                                        "--server.port=0",
                                        "--management.server.port=0",
                                        "--spring.main.banner-mode=off",
                                        "--spring.datasource.url=" + databaseUrl(),
                                        "--spring.datasource.username=postgres",
                                        "--bitstack.internal-token=" + RecordingRegistry.TOKEN,
                                        "--bitstack.registry-url=" + registry.url(),
                                        "--bitstack.compression.allowed-directories=" + allowed,
                                        "--bitstack.compression.uploads.directory=" + uploads,
                                        "--db-scheduler.polling-interval=200ms"))
                        .toArray(String[]::new));
    }

    void stop() {
        context.close();
    }

    void start() {
        context = boot();
    }

    void update(String sql) throws Exception {
        try (var connection = DriverManager.getConnection(databaseUrl(), "postgres", null);
                var statement = connection.createStatement()) {
            statement.executeUpdate(sql);
        }
    }

    int count(String table) throws Exception {
        try (var connection = DriverManager.getConnection(databaseUrl(), "postgres", null);
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

    /** @param headers names and values by turns */
    HttpResponse<String> send(String method, String path, byte[] body, String... headers) throws Exception {
        HttpRequest.Builder request =
                request(ADMIN, method, path).method(method, HttpRequest.BodyPublishers.ofByteArray(body));
        return client.send(
                headers.length == 0 ? request.build() : request.headers(headers).build(),
                HttpResponse.BodyHandlers.ofString());
    }

    /** A request line and headers as a client without a library would write them, up to the body. */
    String head(String method, String path, String... headers) {
        StringBuilder head = new StringBuilder("%s %s HTTP/1.1\r\nHost: localhost\r\n".formatted(method, path));
        head.append("Authorization: %s\r\n".formatted(TOKENS.header(ADMIN, PlatformService.COMPRESSION, method, path)));
        for (int i = 0; i < headers.length; i += 2) {
            head.append("%s: %s\r\n".formatted(headers[i], headers[i + 1]));
        }
        return head.append("\r\n").toString();
    }

    int port() {
        return url("/").getPort();
    }

    /** Waits until a job is done, failed or cancelled. */
    JsonNode finished(String job) throws Exception {
        await(
                "job " + job + " to end",
                () -> TERMINAL.contains(job(job).path("state").asString()));
        return job(job);
    }

    /** A job over a tiny model, with the compressor that it has in earnest, to its end. @return it, which is done */
    JsonNode compressed(Path tinyModel) throws Exception {
        return compressedFrom("{\"path\":\"%s\"}".formatted(tinyModel));
    }

    /** The same of a tiny model from any source, as a job names it. */
    JsonNode compressedFrom(String source) throws Exception {
        HttpResponse<String> created =
                post("/api/v1/jobs", """
                {"model":"demo","source":%s,"contextTokens":64,"calibrationText":"%s",
                 "parameters":{"levels":"4","calibrationWindows":"4","orderWindows":"1","evaluationWindows":"1"}}""".formatted(source, "The hat on the tent is an ant's. ".repeat(100)));
        if (created.statusCode() != 202) {
            throw new AssertionError(created.body());
        }
        JsonNode job = finished(parse(created.body()).path("id").asString());
        if (!job.path("state").asString().equals("done")) {
            throw new AssertionError(job + log(job.path("id").asString()).toString());
        }
        return job;
    }

    /** The lines of a job's log. */
    List<String> log(String job) throws Exception {
        return parse(get("/api/v1/jobs/" + job + "/log?limit=500").body())
                .path("items")
                .valueStream()
                .map(line -> line.path("message").asString())
                .toList();
    }

    /** Matrices that were encoded, or found encoded, in all runs of a job together. */
    int encoded(String job) throws Exception {
        return log(job).stream()
                .map(ENCODED::matcher)
                .filter(Matcher::matches)
                .mapToInt(line -> Integer.parseInt(line.group(1)))
                .sum();
    }

    private JsonNode job(String id) throws Exception {
        return parse(get("/api/v1/jobs/" + id).body());
    }

    void await(String what, Callable<Boolean> wanted) throws Exception {
        long giveUpNanos = System.nanoTime() + 120_000_000_000L;
        while (!wanted.call()) {
            if (System.nanoTime() > giveUpNanos) {
                throw new AssertionError("waited for two minutes for " + what);
            }
            Thread.sleep(50);
        }
    }

    HttpResponse<String> get(String path) throws Exception {
        return client.send(request(ADMIN, "GET", path).build(), HttpResponse.BodyHandlers.ofString());
    }

    /** The status of a GET on the management port. */
    int managementStatus(String path) throws Exception {
        String port = context.getEnvironment().getRequiredProperty("local.management.port");
        return client.send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                                .build(),
                        HttpResponse.BodyHandlers.discarding())
                .statusCode();
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
        if (shared != null) {
            shared.close();
        }
        if (server != null) {
            server.close();
        }
        FileSystemUtils.deleteRecursively(data);
        relay.close();
        registry.close();
        FileSystemUtils.deleteRecursively(uploads);
    }
}
