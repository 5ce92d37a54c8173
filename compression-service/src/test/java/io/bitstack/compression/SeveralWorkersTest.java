package io.bitstack.compression;

import static org.assertj.core.api.Assertions.assertThat;

import io.bitstack.compression.crash.CrashPoint;
import java.io.IOException;
import java.nio.file.Path;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Workers in processes of their own share one job, die while they do, and give the stack of a single one. */
class SeveralWorkersTest {
    private static final String WAITS = "-Dbitstack.test.wait-for-helper=true";

    @TempDir
    static Path directory;

    private static WorkerFixture workers;
    private static String alone;

    @BeforeAll
    static void start() throws Exception {
        workers = new WorkerFixture(directory);
        try (WorkerFixture.Worker worker = workers.new Worker("alone").ready()) {
            alone = workers.finish(workers.insert(), worker);
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
        try (WorkerFixture.Worker leader = workers.new Worker("shared", WAITS).ready()) {
            UUID job = workers.insert();
            try (WorkerFixture.Worker helper = workers.new Worker("shared").ready()) {
                assertThat(workers.finish(job, leader)).isEqualTo(alone);
                String log = workers.joinedLog(job);
                assertThat(log).as(helper.log()).contains("helps").doesNotContain("run 2 starts");
                workers.await(
                        () -> WorkerFixture.tasksDone(workers.joinedLog(job), "encode")
                                        .size()
                                == 2,
                        helper);
                assertThat(WorkerFixture.tasksDone(workers.joinedLog(job), "encode"))
                        .allMatch(count -> count > 0)
                        .satisfies(counts -> assertThat(counts.stream()
                                        .mapToInt(Integer::intValue)
                                        .sum())
                                .isEqualTo(WorkerFixture.MATRICES));
                assertThat(workers.rows("tasks")).as("tasks go with their job").isZero();
                assertThat(workers.rows("scheduled_tasks where not picked")).isZero();
            }
        }
    }

    @Test
    void aHelperThatDiesCostsItsMatrixAlone() throws Exception {
        try (WorkerFixture.Worker leader = workers.new Worker("helper-dies", WAITS).ready()) {
            UUID job = workers.insert();
            try (WorkerFixture.Worker helper =
                    workers.new Worker("helper-dies", "-Dbitstack.crash-at=matrix.encoded:2")) {
                assertThat(helper.process.waitFor(400, TimeUnit.SECONDS)).isTrue();
                assertThat(helper.process.exitValue()).as(helper.log()).isEqualTo(CrashPoint.STATUS);
            }
            assertThat(workers.finish(job, leader)).isEqualTo(alone);
            assertThat(workers.joinedLog(job)).doesNotContain("run 2 starts");
            // The leader had to do all but the one that the helper had brought to its end.
            assertThat(WorkerFixture.tasksDone(workers.joinedLog(job), "encode"))
                    .containsExactly(WorkerFixture.MATRICES - 1);
        }
    }

    @Test
    void aLeaderThatDiesIsReplacedByTheHelperAndNoFinishedMatrixIsDoneAgain() throws Exception {
        UUID job;
        try (WorkerFixture.Worker leader =
                workers.new Worker("leader-dies", WAITS, "-Dbitstack.crash-at=matrix.encoded:3").ready()) {
            job = workers.insert();
            try (WorkerFixture.Worker helper = workers.new Worker("leader-dies").ready()) {
                assertThat(leader.process.waitFor(400, TimeUnit.SECONDS)).isTrue();
                assertThat(leader.process.exitValue()).as(leader.log()).isEqualTo(CrashPoint.STATUS);
                assertThat(workers.finish(job, helper)).isEqualTo(alone);
            }
        }
        assertThat(workers.joinedLog(job)).contains("run 2 starts");
        // As helper and as leader; the two that the dead one had brought to their end are not among them.
        assertThat(WorkerFixture.tasksDone(workers.joinedLog(job), "encode").stream()
                        .mapToInt(Integer::intValue)
                        .sum())
                .isEqualTo(WorkerFixture.MATRICES - 2);
    }
}
