package io.bitstack.bench;

import com.sun.net.httpserver.HttpServer;
import io.bitstack.core.model.ModelConfig;
import io.bitstack.core.stack.Digest;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Workers of the compression service in processes of their own, with a database, a file store and a registry that takes every stack. */
final class WorkerProcesses implements AutoCloseable {
    private static final String TOKEN = UUID.randomUUID().toString();

    private final Path directory = Files.createTempDirectory("bitstack-workers");
    private final EmbeddedPostgres database = EmbeddedPostgres.builder()
            .setServerConfig("synchronous_commit", "on")
            .start();
    private final HttpServer registry =
            HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    /** Kept open, since the server starts a process for each, on the workers' cores. */
    private final Connection connection;

    private int started;

    WorkerProcesses() throws IOException, SQLException {
        connection = database.getPostgresDatabase().getConnection();
        registry.createContext("/api/v1/models/bench", exchange -> {
            Digest published = Digest.of(exchange.getRequestBody().readAllBytes());
            byte[] answer = "{\"version\":1,\"stackDigest\":\"%s\"}"
                    .formatted(published)
                    .getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        registry.start();
    }

    /**
     * What to compress: places of model and texts, and what else a job says.
     *
     * @param bucket where workers read the model instead, {@code bucket/prefix} on the server of {@code BITSTACK_BLOBS_ENDPOINT}; empty: in its place
     */
    record Work(
            Path model,
            Path calibration,
            Path evaluation,
            String bucket,
            String order,
            Map<String, String> parameters) {
        static Work of(String[] args, Map<String, String> options) throws IOException {
            List<String> places =
                    new ArrayList<>(List.of("demo/model", "demo/text/calibration.txt", "demo/text/heldout.txt"));
            Map<String, String> parameters = new TreeMap<>();
            String order = "kl";
            String bucket = "";
            for (int i = 0; i < args.length; i++) {
                if (i < places.size() && !Option.isOne(args[i])) {
                    places.set(i, args[i]);
                    continue;
                }
                Option option = Option.of(args[i]);
                if (options.containsKey(option.name())) {
                    options.put(option.name(), option.value());
                } else if (option.name().equals("order")) {
                    order = option.value();
                } else if (option.name().equals("s3")) {
                    bucket = option.value();
                } else {
                    parameters.put(option.name(), option.value());
                }
            }
            return new Work(
                    Path.of(places.get(0)).toRealPath(),
                    Path.of(places.get(1)).toRealPath(),
                    Path.of(places.get(2)).toRealPath(),
                    bucket,
                    order,
                    parameters);
        }

        ModelConfig config() throws IOException {
            return ModelConfig.read(model);
        }

        private String request() {
            StringBuilder given = new StringBuilder();
            parameters.forEach((name, value) ->
                    given.append(given.isEmpty() ? "" : ",").append("\"%s\":\"%s\"".formatted(name, value)));
            return """
                    {"model":"bench","source":%s,"calibrationPath":"%s","evaluationPath":"%s","order":"%s","parameters":{%s}}""".formatted(source(), calibration, evaluation, order, given);
        }

        private String source() {
            int slash = bucket.indexOf('/');
            return bucket.isEmpty()
                    ? "{\"path\":\"%s\"}".formatted(model)
                    : "{\"s3\":{\"bucket\":\"%s\",\"prefix\":\"%s\"}}"
                            .formatted(bucket.substring(0, slash), bucket.substring(slash + 1));
        }

        private String allowed() {
            return String.join(
                    ",",
                    Stream.of(model, calibration, evaluation)
                            .map(path -> String.valueOf(path.getParent()))
                            .distinct()
                            .toList());
        }
    }

    /**
     * Starts a worker and waits until it takes jobs.
     *
     * @param blobs name of its blob store
     * @param core the core that it is bound to by {@code taskset}; null: any
     */
    Process start(Work work, String blobs, @Nullable Integer core) throws IOException, InterruptedException {
        String name = "worker-%d".formatted(started++);
        Path log = directory.resolve(name + ".log");
        long heap = AllowedMemory.heapBytes(work.config());
        List<String> command = new ArrayList<>();
        if (core != null) {
            command.addAll(List.of("taskset", "-c", core.toString()));
        }
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules=jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                // The heap that a worker may have, touched before it takes a job: what a host takes to hand out memory
                // is no part of a job.
                "-Xms" + heap,
                "-Xmx" + heap,
                "-XX:+AlwaysPreTouch",
                "-XX:+UseTransparentHugePages",
                "-cp",
                System.getProperty("java.class.path")));
        String service = "io.bitstack.compression.CompressionApplication";
        if (System.getProperty("loader.main") == null) {
            command.add(service);
        } else {
            command.add("-Dloader.main=" + service);
            command.add("-Dloader.path=" + System.getProperty("loader.path"));
            command.add("org.springframework.boot.loader.launch.PropertiesLauncher");
        }
        command.addAll(List.of(
                "--spring.main.web-application-type=none",
                "--spring.main.banner-mode=off",
                // The executable jar's own configuration of logs leaves out the line that is waited for.
                "--logging.config=classpath:logback-workers.xml",
                "--spring.datasource.url=" + database.getJdbcUrl("postgres", "postgres"),
                "--spring.datasource.username=postgres",
                "--bitstack.internal-token=" + TOKEN,
                "--bitstack.registry-url=http://127.0.0.1:"
                        + registry.getAddress().getPort(),
                "--bitstack.compression.allowed-directories=" + work.allowed(),
                "--bitstack.compression.fetch.s3-prefixes=" + work.bucket(),
                "--bitstack.compression.fetch.work-directory=" + directory.resolve(name),
                "--bitstack.compression.jobs.lease=5s",
                "--bitstack.blobs.type=file",
                "--bitstack.blobs.directory=" + directory.resolve(blobs),
                "--db-scheduler.polling-interval=200ms",
                "--db-scheduler.heartbeat-interval=1s"));
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        while (!Files.readString(log).contains("Started CompressionApplication")) {
            if (!process.isAlive()) {
                throw new IllegalStateException("a worker ended:\n" + Files.readString(log));
            }
            Thread.sleep(200);
        }
        return process;
    }

    /** A new job, which finds nothing that was encoded before. */
    UUID insert(Work work) throws SQLException {
        UUID job = UUID.randomUUID();
        update("delete from compression.encoded_parts");
        update("insert into compression.jobs (id, model, request, state) values ('%s', 'bench', '%s', 'queued')"
                .formatted(job, work.request().replace("'", "''")));
        return job;
    }

    /** Whether a job is done. @throws IllegalStateException if it failed */
    boolean isDone(UUID job) throws SQLException {
        return state(job).equals("done");
    }

    /** What a job is at. @throws IllegalStateException if it failed */
    String state(UUID job) throws SQLException {
        String state = text("select state from compression.jobs where id = ?", job);
        if (state.equals("failed")) {
            throw new IllegalStateException(text("select error_detail from compression.jobs where id = ?", job));
        }
        return state;
    }

    /** How often a job was claimed. */
    long runs(UUID job) throws SQLException {
        return Long.parseLong(text("select token::text from compression.jobs where id = ?", job));
    }

    String digest(UUID job) throws SQLException {
        return text("select stack_digest from compression.jobs where id = ?", job);
    }

    double seconds(UUID job) throws SQLException {
        return Double.parseDouble(text(
                "select extract(epoch from finished_at - started_at)::text from compression.jobs where id = ?", job));
    }

    /** The lines of a job's log that contain one of some words. */
    String log(UUID job, String words) throws SQLException {
        return text(
                "select string_agg('  ' || message, chr(10) order by sequence) from compression.job_log where job_id = ?"
                        + " and message ~ '" + words + "'",
                job);
    }

    private void update(String sql) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.executeUpdate();
        }
    }

    private String text(String sql, UUID job) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setObject(1, job);
            try (ResultSet rows = statement.executeQuery()) {
                return rows.next() ? String.valueOf(rows.getString(1)) : "";
            }
        }
    }

    @Override
    public void close() throws IOException, SQLException {
        registry.stop(0);
        connection.close();
        database.close();
        try (Stream<Path> walk = Files.walk(directory)) {
            for (Path path : new ArrayList<>(walk.toList()).reversed()) {
                Files.delete(path);
            }
        }
    }
}
