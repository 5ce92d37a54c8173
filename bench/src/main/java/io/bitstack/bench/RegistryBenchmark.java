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
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
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
    private static final int WARM_UP_QUESTIONS = 4000;

    private final TemporaryStore store = TemporaryStore.create();
    private final List<Connection> session = new ArrayList<>();
    private static final InternalTokens TOKENS = new InternalTokens(TOKEN);
    private static final CallerIdentity SELF = new CallerIdentity("benchmark", Role.ADMIN);

    private final EmbeddedPostgres database;
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
        if (query("select count(*) from registry.models where name = 'pattern'").equals("0")) {
            post("/models", "{\"name\":\"published\"}".getBytes(StandardCharsets.UTF_8));
            System.out.printf("publish of %d blocks, empty registry: %s%n", PUBLISHED_BLOCKS, publications(1));
            post("/models", "{\"name\":\"pattern\"}".getBytes(StandardCharsets.UTF_8));
            post("/models/pattern/versions", ManifestJson.write(stack(blocks / LEVELS * LEVELS, 0)));
            long start = System.nanoTime();
            fill(versions);
            System.out.printf("made in %.0f s%n", seconds(start));
        }
        System.out.printf(
                "%s versions with %s block rows, %s on disk%n",
                query("select count(*) from registry.versions"),
                query("select count(*) from registry.residual_blocks"),
                query("select pg_size_pretty(pg_database_size('postgres'))"));
        int seed = Integer.parseInt(query("select 100 + count(*) from registry.versions v join registry.models m on"
                + " m.id = v.model_id where m.name = 'published'"));
        System.out.printf("publish of %d blocks: %s%n", PUBLISHED_BLOCKS, publications(seed));
        Random random = new Random(1);
        System.out.printf("resolve, any of %d versions, in ms: %s%n", versions, resolves(random, versions));
        System.out.printf(
                "page of 50 models, in ms: %s%n", pages("/models?limit=50&after=many-", random, versions / 100));
        System.out.printf("page of 50 versions, in ms: %s%n", pages("/models/many-", random, versions / 100));
        System.out.printf("page of a search, in ms: %s%n", searches(random));
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
     * Copies the pattern's rows under other digests: a hundred versions to a model, each block a blob of its own, as it is with models that
     * have nothing in common. Indexes and constraints of blocks and blobs are taken down meanwhile and built at the end, which checks
     * every row as inserting would have.
     */
    private void fill(int versions) throws SQLException {
        execute("set maintenance_work_mem = '1GB'");
        execute("set synchronous_commit = off");
        // Stacks are written apart from their blocks here, which the schema refuses to others.
        execute("set session_replication_role = replica");
        execute("insert into registry.models (id, name, description)"
                + " select 1000000 + i, 'many-' || lpad(i::text, 6, '0'), '' from generate_series(0, " + versions
                + " / 100) i");
        execute("create temporary table pattern as select s.* from registry.stacks s join registry.versions v"
                + " on v.stack_id = s.id join registry.models m on m.id = v.model_id where m.name = 'pattern'");
        execute("insert into registry.blobs (digest, size_bytes) select " + digest("'stack' || i")
                + ", 1 from generate_series(1, " + versions + ") i");
        execute("insert into registry.stacks (id, digest, architecture, codec, weights, minimal_blocks, block_count,"
                + " base_bytes, minimal_bytes, total_bytes, resident_base_bytes, shape, curve, tool, parameters)"
                + " select 2000000 + i, " + digest("'stack' || i") + ", architecture,"
                + " codec, weights, minimal_blocks, block_count, base_bytes, minimal_bytes, total_bytes + i,"
                + " resident_base_bytes, shape, curve, tool, parameters from pattern,"
                + " generate_series(1, " + versions + ") i");
        execute("insert into registry.versions (id, model_id, number, stack_id, created_by, state)"
                + " select 3000000 + i, 1000000 + i / 100, i % 100 + 1, 2000000 + i, 'benchmark', 'ready'"
                + " from generate_series(1, " + versions + ") i");
        execute("insert into registry.weight_matrices select 2000000 + i, w.position, w.name, w.row_count,"
                + " w.column_count, w.start_level, w.level_count, w.header_digest from registry.weight_matrices w"
                + " join pattern p on p.id = w.stack_id, generate_series(1, " + versions + ") i");
        List<String> putBack = takeDown("residual_blocks");
        for (int from = 1; from <= versions; from += 500) {
            int to = Math.min(versions, from + 499);
            execute("insert into registry.residual_blocks (stack_id, position, matrix, level, digest, size_bytes, gain)"
                    + " select 2000000 + i, b.position, b.matrix, b.level, " + digest("i || '/' || b.position")
                    + ", b.size_bytes, b.gain from generate_series(" + from + ", " + to
                    + ") i, registry.residual_blocks b join pattern p on p.id = b.stack_id");
        }
        System.out.printf("  rows of blocks are there; blobs and indexes next%n");
        execute("insert into registry.blobs (digest, size_bytes) select digest, size_bytes from"
                + " registry.residual_blocks where stack_id > 2000000 order by digest collate \"C\"");
        execute("insert into registry.stack_sizes select 2000000 + i, z.block_sizes from registry.stack_sizes z join"
                + " pattern p on p.id = z.stack_id, generate_series(1, " + versions + ") i");
        for (String statement : putBack) {
            execute(statement);
        }
        execute("reset session_replication_role");
        execute("reset synchronous_commit");
        execute("vacuum (analyze)");
        execute("checkpoint");
    }

    private static String digest(String text) {
        return "'sha256:' || encode(sha256((" + text + ")::bytea), 'hex')";
    }

    /** Drops constraints and indexes of a table. @return the statements that make them again */
    private List<String> takeDown(String table) throws SQLException {
        List<String> putBack = new ArrayList<>();
        List<String> drop = new ArrayList<>();
        try (Statement statement = connection().createStatement();
                var rows = statement.executeQuery("select conname, pg_get_constraintdef(oid) from pg_constraint where"
                        + " conrelid = 'registry." + table + "'::regclass and contype in ('p', 'u', 'f') order by"
                        + " contype = 'f'")) {
            while (rows.next()) {
                drop.add("alter table registry." + table + " drop constraint " + rows.getString(1));
                putBack.add("alter table registry." + table + " add constraint " + rows.getString(1) + " "
                        + rows.getString(2));
            }
        }
        try (Statement statement = connection().createStatement();
                var rows = statement.executeQuery("select indexrelid::regclass, pg_get_indexdef(indexrelid) from"
                        + " pg_index where indrelid = 'registry." + table + "'::regclass and not exists (select 1"
                        + " from pg_constraint where conindid = indexrelid)")) {
            while (rows.next()) {
                drop.add("drop index " + rows.getString(1));
                putBack.add(rows.getString(2));
            }
        }
        for (String statement : drop) {
            execute(statement);
        }
        return putBack;
    }

    private String resolves(Random random, int versions) throws Exception {
        double[] millis = new double[QUESTIONS];
        for (int i = -WARM_UP_QUESTIONS; i < QUESTIONS; i++) {
            // The JVM gets warm on a few versions, so that most of the others are asked for for the first time.
            int of = 1 + random.nextInt(i < 0 ? Math.max(1, versions / 20) : versions);
            byte[] body = "{\"model\":\"many-%06d\",\"version\":%d,\"budgetBytes\":1000000000,\"contextTokens\":64}"
                    .formatted(of / 100, of % 100 + 1)
                    .getBytes(StandardCharsets.UTF_8);
            long start = System.nanoTime();
            post("/resolve", body);
            if (i >= 0) {
                millis[i] = 1000 * seconds(start);
            }
        }
        return quantiles(millis);
    }

    private String pages(String path, Random random, int models) throws Exception {
        double[] millis = new double[500];
        for (int i = -50; i < millis.length; i++) {
            String model = "%06d".formatted(random.nextInt(Math.max(1, models)));
            long start = System.nanoTime();
            get(path.startsWith("/models?") ? path + model : path + model + "/versions?limit=50");
            if (i >= 0) {
                millis[i] = 1000 * seconds(start);
            }
        }
        return quantiles(millis);
    }

    private String searches(Random random) throws Exception {
        double[] millis = new double[200];
        for (int i = -20; i < millis.length; i++) {
            long start = System.nanoTime();
            get("/search?limit=50&filter=architecture%20%3D%20%27LlamaForCausalLM%27%20and%20version%20%3E%20"
                    + random.nextInt(90));
            if (i >= 0) {
                millis[i] = 1000 * seconds(start);
            }
        }
        return quantiles(millis);
    }

    private static String quantiles(double[] millis) {
        Arrays.sort(millis);
        return "median %.2f, 99th percentile %.2f, largest %.2f"
                .formatted(millis[millis.length / 2], millis[millis.length * 99 / 100], millis[millis.length - 1]);
    }

    private void post(String path, byte[] body) throws IOException, InterruptedException {
        send(HttpRequest.newBuilder(URI.create(url + path)).POST(HttpRequest.BodyPublishers.ofByteArray(body)));
    }

    private void get(String path) throws IOException, InterruptedException {
        send(HttpRequest.newBuilder(URI.create(url + path)));
    }

    private void send(HttpRequest.Builder request) throws IOException, InterruptedException {
        HttpRequest unsigned =
                request.header("Content-Type", "application/json").build();
        String token = TOKENS.header(
                SELF,
                PlatformService.REGISTRY,
                unsigned.method(),
                unsigned.uri().getRawPath());
        HttpResponse<String> answer = client.send(
                HttpRequest.newBuilder(unsigned, (_, _) -> true)
                        .header("Authorization", token)
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        if (answer.statusCode() / 100 != 2) {
            throw new IllegalStateException(answer.body());
        }
    }

    private Connection connection() throws SQLException {
        if (session.isEmpty()) {
            session.add(database.getPostgresDatabase().getConnection());
        }
        return session.getFirst();
    }

    private void execute(String sql) throws SQLException {
        try (Statement statement = connection().createStatement()) {
            statement.execute(sql);
        }
    }

    private String query(String sql) throws SQLException {
        try (Statement statement = connection().createStatement();
                var rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getString(1);
        }
    }

    private static double seconds(long since) {
        return (System.nanoTime() - since) / 1e9;
    }

    @Override
    public void close() throws IOException, SQLException {
        for (Connection open : session) {
            open.close();
        }
        registry.close();
        database.close();
        store.close();
    }
}
