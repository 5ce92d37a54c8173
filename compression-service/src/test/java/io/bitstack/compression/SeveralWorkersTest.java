package io.bitstack.compression;

import static org.assertj.core.api.Assertions.assertThat;

import io.bitstack.compression.crash.CrashPoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Workers in processes of their own share one job, die while they do, and give the stack of a single one. */
class SeveralWorkersTest {
    private static final String WAITS = "-Dbitstack.test.wait-for-helper=true";
    /** A leader that is only slow is not taken for dead. */
    private static final String NOBODY_IS_REPLACED = "-Ddb-scheduler.heartbeat-interval=1m";

    /** As in production; elsewhere one, so that a worker that dies has only one task at hand. */
    private static final String ONE_THREAD_MORE = "-Dbitstack.test.shared-threads=2";

    private static final String LONG_LEASES = "-Dbitstack.compression.jobs.lease=30s";

    @TempDir
    static Path directory;

    private static WorkerFixture workers;
    private static String alone;

    @BeforeAll
    static void start() throws Exception {
        workers = new WorkerFixture(directory);
        try (WorkerFixture.Worker worker = workers.new Worker("alone").ready()) {
            alone = workers.finish(workers.insert(), worker);
            worker.end();
        }
    }

    @AfterAll
    static void stop() throws IOException {
        workers.close();
    }

    @BeforeEach
    void forgetParts() throws Exception {
        workers.execute("delete from compression.encoded_parts");
    }

    @Test
    void twoWorkersShareAJobAndGiveTheSameStack() throws Exception {
        try (WorkerFixture.Worker leader =
                workers.new Worker("shared", WAITS, NOBODY_IS_REPLACED, LONG_LEASES, ONE_THREAD_MORE).ready()) {
            UUID job = workers.insert();
            // Half of them, so that something is left for the leader, however slow it is.
            try (WorkerFixture.Worker helper = workers
                    .new Worker(
                            "shared",
                            held(
                                    WorkerFixture.MATRICES / 2,
                                    directory.resolve("never"),
                                    NOBODY_IS_REPLACED,
                                    LONG_LEASES,
                                    ONE_THREAD_MORE))
                    .ready()) {
                assertThat(workers.finish(job, leader)).isEqualTo(alone);
                assertThat(workers.joinedLog(job))
                        .as(helper.log())
                        .contains("helps")
                        .doesNotContain("run 2 starts");
                // Each says what it has done when it leaves the job, the helper maybe after its end.
                workers.await(() -> encoded(job) == WorkerFixture.MATRICES, helper);
                assertThat(WorkerFixture.tasksDone(workers.joinedLog(job), "encode"))
                        .hasSize(2)
                        .allMatch(count -> count > 0);
                assertThat(done(job, "calibrate")).isEqualTo(WorkerFixture.TEXT_TASKS);
                // Its tasks go with it, after its end is written; the helper's once it has looked.
                workers.await(() -> workers.rows("tasks where job_id = '%s'".formatted(job)) == 0, helper);
                workers.await(
                        () -> workers.rows("scheduled_tasks where task_instance like '%s%%'".formatted(job)) == 0,
                        helper);
            }
        }
    }

    /** So many matrices at most, until the file is there. */
    private static String[] held(int claims, Path gate, String... more) {
        return Stream.concat(
                        Stream.of(more), Stream.of("-Dbitstack.test.claims=" + claims, "-Dbitstack.test.gate=" + gate))
                .toArray(String[]::new);
    }

    private static int encoded(UUID job) throws Exception {
        return done(job, "encode");
    }

    private static int done(UUID job, String kind) throws Exception {
        return WorkerFixture.tasksDone(workers.joinedLog(job), kind).stream()
                .mapToInt(Integer::intValue)
                .sum();
    }

    @Test
    void aHelperThatDiesCostsItsMatrixAlone() throws Exception {
        Path died = directory.resolve("helper-died");
        try (WorkerFixture.Worker leader =
                workers.new Worker("helper-dies", held(0, died, WAITS, NOBODY_IS_REPLACED)).ready()) {
            UUID job = workers.insert();
            try (WorkerFixture.Worker helper =
                    workers.new Worker("helper-dies", NOBODY_IS_REPLACED, "-Dbitstack.crash-at=matrix.encoded:2")) {
                assertThat(helper.process.waitFor(400, TimeUnit.SECONDS)).isTrue();
                assertThat(helper.process.exitValue()).as(helper.log()).isEqualTo(CrashPoint.STATUS);
            }
            Files.createFile(died);
            assertThat(workers.finish(job, leader)).isEqualTo(alone);
            assertThat(workers.joinedLog(job)).doesNotContain("run 2 starts");
            // The leader had to do all but the one that the helper had brought to its end.
            assertThat(encoded(job)).isEqualTo(WorkerFixture.MATRICES - 1);
        }
    }

    @Test
    void aHelperThatStandsStillInTheMiddleOfTheTextCostsThatPartOfOneLayerAlone() throws Exception {
        Path leaseRanOut = directory.resolve("text-lease-ran-out");
        try (WorkerFixture.Worker leader = workers
                .new Worker(
                        "text-helper-hangs",
                        held(0, leaseRanOut, WAITS, NOBODY_IS_REPLACED, "-Dbitstack.test.held=CALIBRATE"))
                .ready()) {
            UUID job = workers.insert();
            try (WorkerFixture.Worker helper = workers
            .new Worker(
                    "text-helper-hangs",
                    held(
                            2,
                            directory.resolve("never"),
                            NOBODY_IS_REPLACED,
                            "-Dbitstack.test.held=CALIBRATE",
                            "-Dbitstack.test.stands-still=true"))) {
                workers.await(
                        () -> workers.rows(
                                        "tasks where job_id = '%s' and kind = 'calibrate' and number > 1 and result is null and lease_until < now()"
                                                .formatted(job))
                                > 0,
                        helper);
                Files.createFile(leaseRanOut);
                assertThat(workers.finish(job, leader)).isEqualTo(alone);
                assertThat(workers.joinedLog(job)).doesNotContain("run 2 starts");
                helper.goOn();
                // It had brought one task to its end; what it brings so late is not taken.
                workers.await(() -> done(job, "calibrate") == WorkerFixture.TEXT_TASKS, helper);
                helper.end();
            }
        }
    }

    @Test
    void aLeaderThatDiesInTheMiddleOfTheTextIsReplacedByTheHelper() throws Exception {
        Path died = directory.resolve("text-leader-died");
        UUID job;
        try (WorkerFixture.Worker leader =
                workers.new Worker("text-leader-dies", WAITS, "-Dbitstack.crash-at=text.calibrated:2").ready()) {
            job = workers.insert();
            try (WorkerFixture.Worker helper =
                    workers.new Worker("text-leader-dies", held(1, died, "-Dbitstack.test.held=CALIBRATE")).ready()) {
                assertThat(leader.process.waitFor(400, TimeUnit.SECONDS)).isTrue();
                assertThat(leader.process.exitValue()).as(leader.log()).isEqualTo(CrashPoint.STATUS);
                Files.createFile(died);
                assertThat(workers.finish(job, helper)).isEqualTo(alone);
            }
        }
        assertThat(workers.joinedLog(job)).contains("run 2 starts");
    }

    @Test
    void aLeaderThatDiesIsReplacedByTheHelperAndNoFinishedMatrixIsDoneAgain() throws Exception {
        Path died = directory.resolve("leader-died");
        UUID job;
        try (WorkerFixture.Worker leader =
                workers.new Worker("leader-dies", WAITS, "-Dbitstack.crash-at=matrix.encoded:3").ready()) {
            job = workers.insert();
            try (WorkerFixture.Worker helper = workers.new Worker("leader-dies", held(1, died)).ready()) {
                assertThat(leader.process.waitFor(400, TimeUnit.SECONDS)).isTrue();
                assertThat(leader.process.exitValue()).as(leader.log()).isEqualTo(CrashPoint.STATUS);
                Files.createFile(died);
                assertThat(workers.finish(job, helper)).isEqualTo(alone);
                // As helper and as leader; the two that the dead one had brought to their end are not among them.
                workers.await(() -> encoded(job) == WorkerFixture.MATRICES - 2, helper);
            }
        }
        assertThat(workers.joinedLog(job)).contains("run 2 starts");
    }
}
