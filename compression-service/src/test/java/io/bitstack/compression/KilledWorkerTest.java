package io.bitstack.compression;

import static org.assertj.core.api.Assertions.assertThat;

import io.bitstack.compression.crash.CrashPoint;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A job whose worker dies again and again, in a JVM of its own: it is taken up by the next one, redoes no matrix that was finished,
 * and ends with the stack of an undisturbed run, published once.
 */
class KilledWorkerTest {
    /** Matrices of the tiny model. */
    private static final int MATRICES = 16;

    @TempDir
    static Path directory;

    private static EmbeddedPostgres database;
    private static RecordingRegistry registry;

    @BeforeAll
    static void start() throws IOException {
        database = EmbeddedPostgres.builder()
                .setServerConfig("synchronous_commit", "on")
                .start();
        registry = new RecordingRegistry();
        Files.createDirectories(directory.resolve("allowed"));
        try (InputStream content =
                Objects.requireNonNull(KilledWorkerTest.class.getResourceAsStream("/gguf/llama.gguf"))) {
            Files.copy(content, directory.resolve("allowed/tiny.gguf"));
        }
        Files.writeString(directory.resolve("allowed/text.txt"), "The hat on the tent is an ant's. ".repeat(100));
    }

    @AfterAll
    static void stop() throws IOException {
        registry.close();
        database.close();
    }

    @Test
    void aJobThatIsKilledEverywhereEndsAsOneThatIsNot() throws Exception {
        try (Worker worker = new Worker("blobs", "")) {
            String undisturbed = finish(insert(), worker);
            execute("delete from compression.encoded_parts");
            worker.process.destroyForcibly().waitFor();
            UUID killed = insert();
            // Points of encoding count only what is encoded anew: 2 matrices, 5 more, and at last all that are left.
            assertThat(encodedAfterDeathAt("matrix.encoded:2")).isEqualTo(2);
            assertThat(encodedAfterDeathAt("matrix.encoded:5")).isEqualTo(7);
            assertThat(encodedAfterDeathAt("matrix.encoded:%d".formatted(MATRICES - 7)))
                    .isEqualTo(MATRICES);
            assertThat(encodedAfterDeathAt("publish.after")).isEqualTo(MATRICES);
            try (Worker last = new Worker("other-blobs", "")) {
                assertThat(finish(killed, last)).isEqualTo(undisturbed);
            }
            assertThat(registry.published.stream().filter(digest -> undisturbed.equals(digest.toString())))
                    .as("one version of each job")
                    .hasSize(2);
            assertThat(text("select string_agg(message, '; ') from compression.job_log where job_id = ?", killed))
                    .contains("run 5 starts", "matrix %d of %d".formatted(MATRICES, MATRICES));
        }
    }

    @Test
    void aJobWhoseWorkerIsKilledAtRandomMomentsIsFinishedByTheNext() throws Exception {
        Random random = new Random(20261126);
        UUID job;
        try (Worker first = new Worker("random-blobs", "")) {
            first.awaitReady();
            job = insert();
            Thread.sleep(random.nextInt(1500));
            first.process.destroyForcibly().waitFor();
        }
        try (Worker worker = new Worker("random-blobs", "")) {
            assertThat(finish(job, worker)).startsWith("sha256:");
        }
    }

    /** How many matrices are remembered once a worker has died there. */
    private static int encodedAfterDeathAt(String point) throws Exception {
        try (Worker doomed = new Worker("other-blobs", point)) {
            assertThat(doomed.process.waitFor(400, TimeUnit.SECONDS)).as(point).isTrue();
            assertThat(doomed.process.exitValue()).as(doomed.log()).isEqualTo(CrashPoint.STATUS);
        }
        return rows("encoded_parts where content not like '%\"startLevel\":0,%'");
    }

    /** A job as the API writes it, for workers that may not be there yet. */
    private static UUID insert() throws Exception {
        UUID id = UUID.randomUUID();
        String request = """
            {"model":"demo","source":{"path":"%1$s/allowed/tiny.gguf"},"calibrationPath":"%1$s/allowed/text.txt",
             "contextTokens":64,"parameters":{"calibrationWindows":"8","orderWindows":"1","evaluationWindows":"1"}}\
            """.formatted(directory);
        execute("insert into compression.jobs (id, model, request, state) values ('%s', 'demo', '%s', 'queued')"
                .formatted(id, request));
        return id;
    }

    private static String finish(UUID job, Worker worker) throws Exception {
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

    private static void execute(String sql) throws SQLException {
        try (var connection = database.getPostgresDatabase().getConnection();
                var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static int rows(String table) throws SQLException {
        try (var connection = database.getPostgresDatabase().getConnection();
                var statement = connection.createStatement();
                var rows = statement.executeQuery("select count(*) from compression." + table)) {
            rows.next();
            return rows.getInt(1);
        }
    }

    private static String text(String sql, UUID id) throws SQLException {
        try (var connection = database.getPostgresDatabase().getConnection();
                var statement = connection.prepareStatement(sql)) {
            statement.setObject(1, id);
            try (var rows = statement.executeQuery()) {
                return rows.next() ? rows.getString(1) : "";
            }
        }
    }

    private static final class Worker implements AutoCloseable {
        final Process process;
        private final Path log;

        Worker(String blobs, String crashAt) throws Exception {
            log = directory.resolve("worker-" + UUID.randomUUID() + ".log");
            List<String> command = new ArrayList<>();
            command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
            command.addAll(List.of(
                    "--add-modules=jdk.incubator.vector",
                    "--enable-native-access=ALL-UNNAMED",
                    "--sun-misc-unsafe-memory-access=allow",
                    "-XX:TieredStopAtLevel=1",
                    "-Xmx512m",
                    "-Dbitstack.crash-at=" + crashAt,
                    "-cp",
                    System.getProperty("java.class.path"),
                    WorkerMain.class.getName(),
                    "--spring.main.web-application-type=none",
                    "--spring.main.banner-mode=off",
                    "--spring.datasource.url=" + database.getJdbcUrl("postgres", "postgres"),
                    "--spring.datasource.username=postgres",
                    "--bitstack.internal-token=" + RecordingRegistry.TOKEN,
                    "--bitstack.registry-url=" + registry.url(),
                    "--bitstack.compression.allowed-directories=" + directory.resolve("allowed"),
                    "--bitstack.compression.jobs.lease=1s",
                    "--bitstack.compression.jobs.sweep-interval=300ms",
                    "--bitstack.blobs.type=file",
                    "--bitstack.blobs.directory=" + directory.resolve(blobs),
                    "--db-scheduler.polling-interval=200ms",
                    "--db-scheduler.heartbeat-interval=500ms"));
            process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
            if (crashAt.isEmpty()) {
                try {
                    awaitReady();
                } catch (AssertionError e) {
                    close();
                    throw e;
                }
            }
        }

        void awaitReady() throws Exception {
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

        @Override
        public void close() {
            process.destroyForcibly();
        }
    }
}
