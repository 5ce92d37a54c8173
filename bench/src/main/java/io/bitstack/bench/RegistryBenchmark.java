package io.bitstack.bench;

import io.bitstack.core.stack.Descriptor;
import io.bitstack.core.stack.ManifestJson;
import io.bitstack.core.stack.StackManifest;
import io.bitstack.registry.RegistryApplication;
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
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * The registry over HTTP with many versions: how long a publication of 20,000 blocks, a plan and a page take. The data are made by
 * SQL after one stack's pattern, except for those that are published for the measurement.
 *
 * <p>Arguments: versions (10000), blocks of each (1000), a directory that keeps the database for another run, which then measures alone.
 */
public final class RegistryBenchmark implements AutoCloseable {
    private static final String TOKEN = "token-of-the-benchmark";
    private static final int PUBLISHED_BLOCKS = 20_000;
    private static final int LEVELS = 8;
    private static final int QUESTIONS = 2000;
    private static final int PAGES = 500;
    /** As many as the registry has connections to its database. */
    private static final int CLIENTS_AT_FIRST = 16;

    private static final int QUESTIONS_OF_FIRST_CLIENTS = 100;

    private final TemporaryStore store = TemporaryStore.create();
    private static final InternalTokens TOKENS = new InternalTokens(TOKEN);
    private static final CallerIdentity SELF = new CallerIdentity("benchmark", Role.ADMIN);

    private final EmbeddedPostgres database;
    private final RegistryData data;
    private final ConfigurableApplicationContext registry;
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final String url;

    /** @param kept where the database is kept for another run; null for one that is removed at the end */
    private RegistryBenchmark(@Nullable Path kept) throws IOException {
        EmbeddedPostgres.Builder server = EmbeddedPostgres.builder()
                .setServerConfig("synchronous_commit", "on")
                .setServerConfig("shared_buffers", "512MB")
                .setServerConfig("max_wal_size", "4GB");
        if (kept != null) {
            server.setDataDirectory(kept).setCleanDataDirectory(false);
        }
        database = server.start();
        data = new RegistryData(database);
        registry = new SpringApplicationBuilder(RegistryApplication.class)
                .properties("spring.config.name=" + RegistryApplication.CONFIG_NAME)
                .run(
                        "--server.port=0",
                        "--management.server.port=0",
                        "--spring.main.banner-mode=off",
                        "--logging.level.root=error",
                        // On the class path for the sake of another service.
                        "--db-scheduler.enabled=false",
                        "--spring.datasource.url=" + database.getJdbcUrl("postgres", "postgres"),
                        "--spring.datasource.username=postgres",
                        "--bitstack.internal-token=" + TOKEN,
                        "--bitstack.registry.bootstrap-admin-key=bsk_a-key-of-the-benchmark-0123456789abcdef",
                        "--bitstack.blobs.directory=" + store.directory());
        url = "http://127.0.0.1:" + registry.getEnvironment().getRequiredProperty("local.server.port") + "/api/v1";
    }

    public static void main(String[] args) throws Exception {
        int versions = args.length > 0 ? Integer.parseInt(args[0]) : 10_000;
        int blocks = args.length > 1 ? Integer.parseInt(args[1]) : 1000;
        Path kept = args.length > 2 ? Path.of(args[2]) : null;
        try (RegistryBenchmark benchmark = new RegistryBenchmark(kept)) {
            benchmark.run(versions, blocks);
        }
    }

    private void run(int versions, int blocks) throws Exception {
        if (data.query("select count(*) from registry.models where name = 'pattern'")
                .equals("0")) {
            post("/models", "{\"name\":\"published\"}".getBytes(StandardCharsets.UTF_8));
            System.out.printf("publish of %d blocks, empty registry: %s%n", PUBLISHED_BLOCKS, publications(1));
            post("/models", "{\"name\":\"pattern\"}".getBytes(StandardCharsets.UTF_8));
            post("/models/pattern/versions", ManifestJson.write(stack(blocks / LEVELS * LEVELS, 0)));
            long start = System.nanoTime();
            data.fill(versions);
            System.out.printf("made in %.0f s%n", seconds(start));
        }
        System.out.printf(
                "%s versions with %s block rows, %s on disk%n",
                data.query("select count(*) from registry.versions"),
                data.query("select count(*) from registry.residual_blocks"),
                data.query("select pg_size_pretty(pg_database_size('postgres'))"));
        int seed =
                Integer.parseInt(data.query("select 100 + count(*) from registry.versions v join registry.models m on"
                        + " m.id = v.model_id where m.name = 'published'"));
        System.out.printf("publish of %d blocks: %s%n", PUBLISHED_BLOCKS, publications(seed));
        Random random = new Random(1);
        resolves(random, versions);
        System.out.printf("  page of 50 models: %s%n", pages("/models?limit=50&after=many-", random, versions / 100));
        System.out.printf("  page of 50 versions: %s%n", pages("/models/many-", random, versions / 100));
        System.out.printf("  page of a search: %s%n", searches(random));
        long dryRun = System.nanoTime();
        post("/storage/collect", "{}".getBytes(StandardCharsets.UTF_8));
        System.out.printf("dry run of a collection: %.1f s%n", seconds(dryRun));
    }

    /** Base and headers are one blob; each block is a blob of its own. */
    private StackManifest stack(int blockCount, int seed) throws IOException {
        Random random = new Random(seed);
        List<Descriptor> stored = new ArrayList<>();
        for (int i = 0; i < Math.min(blockCount, PUBLISHED_BLOCKS); i++) {
            byte[] content = new byte[16];
            random.nextBytes(content);
            stored.add(store.store().put(ByteBuffer.wrap(content)));
        }
        Descriptor base = stored.getFirst();
        int matrixCount = blockCount / LEVELS;
        List<StackManifest.Matrix> matrices = new ArrayList<>();
        List<StackManifest.Block> blocks = new ArrayList<>();
        for (int m = 0; m < matrixCount; m++) {
            matrices.add(
                    new StackManifest.Matrix("matrix." + m, 64, 64, 0, 1, LEVELS, base.digest(), base.sizeBytes()));
        }
        for (int level = 1; level <= LEVELS; level++) {
            for (int m = 0; m < matrixCount; m++) {
                Descriptor blob = stored.get(blocks.size() % stored.size());
                blocks.add(new StackManifest.Block(m, level, blob.digest(), blob.sizeBytes(), level == 1 ? 0 : 1));
            }
        }
        return new StackManifest(
                StackManifest.FORMAT,
                new StackManifest.Model("LlamaForCausalLM", 4096L * matrixCount, 2, 64, 96, 4, 2, 16, 80, 128),
                new StackManifest.Codec("nested", Map.of()),
                List.of(),
                base,
                List.of(new StackManifest.Input("input", 64, base.digest(), base.sizeBytes())),
                matrices,
                blocks,
                matrixCount,
                List.of(),
                null,
                new StackManifest.Lineage(base.digest(), null, null, "benchmark " + seed, Map.of()));
    }

    private String publications(int firstSeed) throws Exception {
        List<String> took = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            byte[] manifest = ManifestJson.write(stack(PUBLISHED_BLOCKS, firstSeed + i));
            long start = System.nanoTime();
            post("/models/published/versions", manifest);
            took.add("%.2f s".formatted(seconds(start)));
        }
        return String.join(", ", took);
    }

    /**
     * Plans of versions that were never asked for since the registry started, and of the same ones again. The JVM gets warm on the other half of the
     * versions, by many clients at first, so that each of the registry's connections to the database has been used, as it has after a minute of service.
     */
    private void resolves(Random random, int versions) throws Exception {
        int half = Math.max(1, versions / 2);
        warmConnections(half);
        int asked = Latencies.warmUp(QUESTIONS, _ -> resolve(1 + random.nextInt(half)));
        List<Integer> others = new ArrayList<>();
        for (int version = half + 1; version <= versions; version++) {
            others.add(version);
        }
        Collections.shuffle(others, random);
        int measured = Math.min(QUESTIONS, others.size());
        System.out.printf("in milliseconds, after %d plans of other versions:%n", asked);
        System.out.printf("  a request for nothing: %s%n", Latencies.of(QUESTIONS, _ -> nothing()));
        System.out.printf("  plan, first of its version: %s%n", Latencies.of(measured, i -> resolve(others.get(i))));
        System.out.printf("  plan, again: %s%n", Latencies.of(measured, i -> resolve(others.get(i))));
    }

    private void warmConnections(int versions) throws InterruptedException, ExecutionException {
        try (ExecutorService threads = Executors.newFixedThreadPool(CLIENTS_AT_FIRST)) {
            List<Future<Boolean>> clients = new ArrayList<>();
            for (int client = 0; client < CLIENTS_AT_FIRST; client++) {
                Random random = new Random(client);
                clients.add(threads.submit(() -> {
                    for (int i = 0; i < QUESTIONS_OF_FIRST_CLIENTS; i++) {
                        resolve(1 + random.nextInt(versions));
                    }
                    return true;
                }));
            }
            for (Future<Boolean> client : clients) {
                client.get();
            }
        }
    }

    private void resolve(int version) throws IOException, InterruptedException {
        post(
                "/resolve",
                "{\"model\":\"many-%06d\",\"version\":%d,\"budgetBytes\":1000000000,\"contextTokens\":64}"
                        .formatted(version / 100, version % 100 + 1)
                        .getBytes(StandardCharsets.UTF_8));
    }

    /** What this machine, the client and the way of a request through the web server take: there is no such route. */
    private void nothing() throws IOException, InterruptedException {
        int status = send(HttpRequest.newBuilder(URI.create(url + "/nothing"))).statusCode();
        if (status != 404) {
            throw new IllegalStateException("a route that is not there answered " + status);
        }
    }

    private String pages(String path, Random random, int models) throws Exception {
        Latencies.Step page = _ -> {
            String model = "%06d".formatted(random.nextInt(Math.max(1, models)));
            get(path.startsWith("/models?") ? path + model : path + model + "/versions?limit=50");
        };
        Latencies.warmUp(PAGES, page);
        return Latencies.of(PAGES, page);
    }

    private String searches(Random random) throws Exception {
        Latencies.Step search =
                _ -> get("/search?limit=50&filter=architecture%20%3D%20%27LlamaForCausalLM%27%20and%20version%20%3E%20"
                        + random.nextInt(90));
        Latencies.warmUp(PAGES, search);
        return Latencies.of(PAGES, search);
    }

    private void post(String path, byte[] body) throws IOException, InterruptedException {
        demand(send(HttpRequest.newBuilder(URI.create(url + path)).POST(HttpRequest.BodyPublishers.ofByteArray(body))));
    }

    private void get(String path) throws IOException, InterruptedException {
        demand(send(HttpRequest.newBuilder(URI.create(url + path))));
    }

    private static void demand(HttpResponse<String> answer) {
        if (answer.statusCode() / 100 != 2) {
            throw new IllegalStateException(answer.body());
        }
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        HttpRequest unsigned =
                request.header("Content-Type", "application/json").build();
        String token = TOKENS.header(
                SELF,
                PlatformService.REGISTRY,
                unsigned.method(),
                unsigned.uri().getRawPath());
        return client.send(
                HttpRequest.newBuilder(unsigned, (_, _) -> true)
                        .header("Authorization", token)
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private static double seconds(long since) {
        return (System.nanoTime() - since) / 1e9;
    }

    @Override
    public void close() throws IOException, SQLException {
        data.close();
        registry.close();
        database.close();
        store.close();
    }
}
