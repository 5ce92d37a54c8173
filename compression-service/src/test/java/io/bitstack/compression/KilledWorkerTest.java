package io.bitstack.compression;

import static org.assertj.core.api.Assertions.assertThat;

import io.bitstack.compression.crash.CrashPoint;
import java.io.IOException;
import java.nio.file.Path;
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
    @TempDir
    static Path directory;

    private static WorkerFixture workers;

    @BeforeAll
    static void start() throws IOException {
        workers = new WorkerFixture(directory);
    }

    @AfterAll
    static void stop() throws IOException {
        workers.close();
    }

    @Test
    void aJobThatIsKilledEverywhereEndsAsOneThatIsNot() throws Exception {
        try (WorkerFixture.Worker worker = workers.new Worker("blobs").ready()) {
            String undisturbed = workers.finish(workers.insert(), worker);
            workers.execute("delete from compression.encoded_parts");
            worker.end();
            UUID killed = workers.insert();
            // Points of encoding count only what is encoded anew: 2 matrices, 5 more, and at last all that are left.
            assertThat(encodedAfterDeathAt("matrix.encoded:2")).isEqualTo(2);
            assertThat(encodedAfterDeathAt("matrix.encoded:5")).isEqualTo(7);
            assertThat(encodedAfterDeathAt("matrix.encoded:%d".formatted(WorkerFixture.MATRICES - 7)))
                    .isEqualTo(WorkerFixture.MATRICES);
            assertThat(encodedAfterDeathAt("publish.after")).isEqualTo(WorkerFixture.MATRICES);
            try (WorkerFixture.Worker last = workers.new Worker("other-blobs").ready()) {
                assertThat(workers.finish(killed, last)).isEqualTo(undisturbed);
            }
            assertThat(workers.registry.published.stream().filter(digest -> undisturbed.equals(digest.toString())))
                    .as("one version of each job")
                    .hasSize(2);
            assertThat(workers.text(
                            "select string_agg(message, '; ') from compression.job_log where job_id = ?", killed))
                    .contains(
                            "run 5 starts",
                            // Order and curve are not measured again either.
                            "has done no tasks",
                            "matrix %d of %d".formatted(WorkerFixture.MATRICES, WorkerFixture.MATRICES));
        }
    }

    @Test
    void aJobWhoseWorkerIsKilledAtRandomMomentsIsFinishedByTheNext() throws Exception {
        Random random = new Random(20261126);
        UUID job;
        try (WorkerFixture.Worker first = workers.new Worker("random-blobs").ready()) {
            job = workers.insert();
            Thread.sleep(random.nextInt(1500));
            first.process.destroyForcibly().waitFor();
        }
        try (WorkerFixture.Worker worker = workers.new Worker("random-blobs").ready()) {
            assertThat(workers.finish(job, worker)).startsWith("sha256:");
        }
    }

    /** How many matrices are remembered once a worker has died there. */
    private static int encodedAfterDeathAt(String point) throws Exception {
        try (WorkerFixture.Worker doomed = workers.new Worker("other-blobs", "-Dbitstack.crash-at=" + point)) {
            assertThat(doomed.process.waitFor(400, TimeUnit.SECONDS)).as(point).isTrue();
            assertThat(doomed.process.exitValue()).as(doomed.log()).isEqualTo(CrashPoint.STATUS);
        }
        return workers.rows("encoded_parts where content not like '%\"startLevel\":0,%'");
    }
}
