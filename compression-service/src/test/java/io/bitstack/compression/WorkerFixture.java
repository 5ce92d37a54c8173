package io.bitstack.compression;

import static org.assertj.core.api.Assertions.assertThat;

import io.bitstack.core.stack.SharedClasses;
import io.bitstack.service.testing.TestPostgres;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/** A database, a registry and a tiny model for workers that are JVMs of their own, started and killed at will. */
final class WorkerFixture implements AutoCloseable {
    /** Matrices of the tiny model. */
    static final int MATRICES = 16;

    /** Tasks by which its calibration text is sent through its layers: two parts each. */
    static final int TEXT_TASKS = 4;

    final RecordingRegistry registry = new RecordingRegistry();
    private final Path directory;
    private final EmbeddedPostgres database;

    WorkerFixture(Path directory) throws IOException {
        this.directory = directory;
        database = TestPostgres.start();
        Files.createDirectories(directory.resolve("allowed"));
        try (InputStream content =
                Objects.requireNonNull(WorkerFixture.class.getResourceAsStream("/gguf/llama.gguf"))) {
            Files.copy(content, directory.resolve("allowed/tiny.gguf"));
        }
        Files.writeString(directory.resolve("allowed/text.txt"), "The hat on the tent is an ant's. ".repeat(100));
    }

    @Override
    public void close() throws IOException {
        registry.close();
        database.close();
    }

    /** A job as the API writes it, for workers that may not be there yet. */
    UUID insert() throws Exception {
        UUID id = UUID.randomUUID();
        String request = """
            {"model":"demo","source":{"path":"%1$s/allowed/tiny.gguf"},"calibrationPath":"%1$s/allowed/text.txt",
             "contextTokens":64,"parameters":{"calibrationWindows":"8","orderWindows":"1","evaluationWindows":"1"}}\
            """.formatted(directory);
        execute("insert into compression.jobs (id, model, request, state) values ('%s', 'demo', '%s', 'queued')"
                .formatted(id, request));
        return id;
    }

    String finish(UUID job, Worker worker) throws Exception {
        long giveUpNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(600);
        while (!text("select state from compression.jobs where id = ?", job).equals("done")) {
            assertThat(System.nanoTime()).as(worker.log()).isLessThan(giveUpNanos);
            assertThat(text("select state from compression.jobs where id = ?", job))
                    .as(text("select coalesce(error_detail, '') from compression.jobs where id = ?", job))
                    .isNotEqualTo("failed");
            Thread.sleep(100);
        }
        return text("select stack_digest from compression.jobs where id = ?", job);
    }

    /** All lines of a job's log. */
    String joinedLog(UUID job) throws SQLException {
        return text(
                "select string_agg(message, '; ' order by sequence) from compression.job_log where job_id = ?", job);
    }

    /** How many tasks of a kind each worker says that it has done, as often as it says so. */
    static List<Integer> tasksDone(String log, String kind) {
        return Pattern.compile("has done [^;]*\\b" + kind + " (\\d+)")
                .matcher(log)
                .results()
                .map(found -> Integer.valueOf(found.group(1)))
                .toList();
    }

    /** What a test waits for. */
    interface Condition {
        boolean holds() throws Exception;
    }

    void await(Condition condition, Worker worker) throws Exception {
        long giveUpNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(400);
        while (!condition.holds()) {
            assertThat(System.nanoTime()).as(worker.log()).isLessThan(giveUpNanos);
            Thread.sleep(100);
        }
    }

    void execute(String sql) throws SQLException {
        try (var connection = database.getPostgresDatabase().getConnection();
                var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    int rows(String table) throws SQLException {
        try (var connection = database.getPostgresDatabase().getConnection();
                var statement = connection.createStatement();
                var rows = statement.executeQuery("select count(*) from compression." + table)) {
            rows.next();
            return rows.getInt(1);
        }
    }

    String text(String sql, UUID id) throws SQLException {
        try (var connection = database.getPostgresDatabase().getConnection();
                var statement = connection.prepareStatement(sql)) {
            statement.setObject(1, id);
            try (var rows = statement.executeQuery()) {
                return rows.next() ? rows.getString(1) : "";
            }
        }
    }

    final class Worker implements AutoCloseable {
        final Process process;
        private final Path log;

        /**
         * @param blobs name of the directory of the blob store
         * @param options further options of its JVM
         */
        Worker(String blobs, String... options) throws Exception {
            log = directory.resolve("worker-" + UUID.randomUUID() + ".log");
            List<String> command = new ArrayList<>();
            command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
            // Short, so that what a dead worker held is soon free; options may say otherwise.
            command.addAll(List.of(
                    "-Dbitstack.compression.jobs.lease=1s",
                    "-Dbitstack.compression.jobs.sweep-interval=300ms",
                    "-Ddb-scheduler.polling-interval=200ms",
                    "-Ddb-scheduler.heartbeat-interval=500ms"));
            command.addAll(List.of(options));
            command.addAll(SharedClasses.options("worker"));
            command.addAll(List.of(
                    "--add-modules=jdk.incubator.vector",
                    "--enable-native-access=ALL-UNNAMED",
                    "--sun-misc-unsafe-memory-access=allow",
                    "-XX:TieredStopAtLevel=1",
                    "-XX:+UseSerialGC",
                    "-Xmx512m",
                    "-cp",
                    SharedClasses.classPath(),
                    WorkerMain.class.getName(),
                    "--spring.main.web-application-type=none",
                    "--spring.main.banner-mode=off",
                    "--spring.datasource.url=" + database.getJdbcUrl("postgres", "postgres"),
                    "--spring.datasource.username=postgres",
                    "--bitstack.internal-token=" + RecordingRegistry.TOKEN,
                    "--bitstack.registry-url=" + registry.url(),
                    "--bitstack.compression.allowed-directories=" + directory.resolve("allowed"),
                    "--bitstack.blobs.type=file",
                    "--bitstack.blobs.directory=" + directory.resolve(blobs)));
            process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
        }

        /** Waits until it takes jobs. */
        Worker ready() throws Exception {
            try {
                awaitReady();
                return this;
            } catch (AssertionError e) {
                close();
                throw e;
            }
        }

        private void awaitReady() throws Exception {
            long giveUpNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(400);
            while (!log().contains("Started WorkerMain") && !log().contains("Started CompressionApplication")) {
                assertThat(process.isAlive()).as(log()).isTrue();
                assertThat(System.nanoTime()).as(log()).isLessThan(giveUpNanos);
                Thread.sleep(100);
            }
        }

        String log() throws IOException {
            return Files.exists(log) ? Files.readString(log) : "";
        }

        /** Ends it in order, while it has nothing to do: others share the classes that it has loaded. */
        void end() throws Exception {
            process.destroy();
            assertThat(process.waitFor(400, TimeUnit.SECONDS)).as(log()).isTrue();
        }

        /** After it has stopped itself. */
        void goOn() throws Exception {
            new ProcessBuilder("sh", "-c", "kill -CONT " + process.pid())
                    .start()
                    .waitFor();
        }

        @Override
        public void close() {
            process.destroyForcibly();
        }
    }
}
