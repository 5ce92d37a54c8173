package io.bitstack.compression.job;

import static io.bitstack.compression.job.JobRepositoryTest.LEASE;
import static io.bitstack.compression.job.JobRepositoryTest.SETTINGS;
import static org.assertj.core.api.Assertions.assertThat;

import io.bitstack.compression.encode.TaskBoard.Claim;
import io.bitstack.compression.encode.TaskBoard.Task;
import io.bitstack.compression.encode.TaskKind;
import io.bitstack.service.testing.OwnDatabase;
import java.io.IOException;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.flywaydb.core.Flyway;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;
import tools.jackson.databind.json.JsonMapper;

/** Fences and leases of tasks, against a real PostgreSQL. */
class TaskRepositoryTest {
    private static OwnDatabase database;
    private static JdbcClient client;
    private static JobRepository jobs;
    private static TaskRepository tasks;

    private UUID job = UUID.randomUUID();
    private long leader;

    @BeforeAll
    static void start() throws IOException {
        database = OwnDatabase.create();
        DriverManagerDataSource source = new DriverManagerDataSource(database.url(), "postgres", "");
        Flyway.configure()
                .dataSource(source)
                .schemas("compression")
                .locations("classpath:db/compression")
                .load()
                .migrate();
        client = JdbcClient.create(source);
        jobs = new JobRepository(client, new JsonMapper(), SETTINGS);
        tasks = new TaskRepository(client, new TransactionTemplate(new JdbcTransactionManager(source)), SETTINGS);
    }

    @AfterAll
    static void stop() throws IOException {
        database.close();
    }

    @BeforeEach
    void leadAJob() {
        job = UUID.randomUUID();
        JobRequest request = new JobRequest(
                "m", JobRequest.Source.of("/m"), null, null, null, null, null, null, null, null, null, null);
        jobs.insert(job, "somebody", request, null);
        leader = jobs.claim(job).orElseThrow().token();
    }

    private static Task task(int number, String content) {
        return new Task(TaskKind.ENCODE, number, number, "", 100, content);
    }

    private boolean post(long token, String basis, Task... posted) {
        return tasks.post(job, token, TaskKind.ENCODE, basis, List.of(posted));
    }

    private Optional<Claim> claim(@Nullable Long token, String worker) {
        return tasks.claim(job, token, worker, List.of(TaskKind.ENCODE), Set.of(), 1000);
    }

    private Map<Integer, String> results() {
        return tasks.results(job, TaskKind.ENCODE, Set.of());
    }

    /** As if so much time had passed on the database's clock. */
    private void letLeasesRunOut(String table, String column) {
        client.sql("update compression.%s set lease_until = now() - interval '1 ms' where %s = :job"
                        .formatted(table, column))
                .param("job", job)
                .update();
    }

    @Test
    void aWorkerWhoseTaskWasTakenCanWriteNothingMore() {
        post(leader, "basis", task(0, "what to do"));
        Claim stale = claim(null, "slow").orElseThrow();
        letLeasesRunOut("tasks", "job_id");
        Claim current = claim(leader, "quick").orElseThrow();
        assertThat(current.token()).isGreaterThan(stale.token());

        assertThat(tasks.finish(job, stale, "stale")).isFalse();
        assertThat(tasks.prolong(job, stale)).isFalse();
        tasks.giveUp(job, stale);
        assertThat(claim(leader, "third")).as("still held by the quick one").isEmpty();
        assertThat(results()).isEmpty();
        assertThat(tasks.finish(job, current, "current")).isTrue();
        assertThat(tasks.finish(job, current, "again")).isFalse();
        assertThat(tasks.finish(job, stale, "stale")).isFalse();
        assertThat(results()).containsExactly(Map.entry(0, "current"));
    }

    @Test
    void aTaskIsHeldUntilItsLeaseRunsOutByTheDatabasesClock() {
        post(leader, "basis", task(0, "what to do"));
        Claim claim = claim(leader, "one").orElseThrow();
        assertThat(claim(leader, "two")).as("held").isEmpty();
        letLeasesRunOut("tasks", "job_id");
        OffsetDateTime before = now();
        assertThat(tasks.prolong(job, claim)).as("nobody else took it").isTrue();
        OffsetDateTime after = now();
        assertThat(client.sql("select lease_until from compression.tasks where job_id = :job")
                        .param("job", job)
                        .query(OffsetDateTime.class)
                        .single())
                .isBetween(before.plus(LEASE), after.plus(LEASE));
        assertThat(claim(leader, "two")).as("prolonged").isEmpty();
        tasks.giveUp(job, claim);
        assertThat(claim(leader, "two")).as("given up").isPresent();
    }

    private static OffsetDateTime now() {
        return client.sql("select now()").query(OffsetDateTime.class).single();
    }

    @Test
    void aLeaderThatWasReplacedOffersAndForgetsNothing() {
        post(leader, "basis", task(0, "first"), task(1, "second"));
        tasks.finish(job, claim(leader, "old").orElseThrow(), "done");
        letLeasesRunOut("jobs", "id");
        long next = jobs.claim(job).orElseThrow().token();

        assertThat(post(leader, "another basis", task(2, "third"))).isFalse();
        assertThat(post(leader, "basis", task(2, "third"))).isFalse();
        tasks.discard(job, leader, TaskKind.ENCODE, 0);
        assertThat(results()).containsExactly(Map.entry(0, "done"));
        assertThat(claim(leader, "old")).isEmpty();
        tasks.takeOver(job, leader);
        Claim second = claim(next, "new").orElseThrow();
        assertThat(second.task().number()).as("still offered").isEqualTo(1);
        tasks.giveUp(job, second);

        tasks.takeOver(job, next);
        assertThat(claim(next, "new")).as("not offered by the new leader yet").isEmpty();
        assertThat(post(next, "basis", task(0, "first"), task(1, "second anew")))
                .isTrue();
        assertThat(results()).as("kept, on the same basis").containsExactly(Map.entry(0, "done"));
        assertThat(claim(next, "new").orElseThrow().task().content()).isEqualTo("second anew");
        tasks.discard(job, next, TaskKind.ENCODE, 0);
        assertThat(results()).isEmpty();
        assertThat(post(next, "another basis", task(5, "fifth"))).isTrue();
        assertThat(claim(next, "new").orElseThrow().task().number()).isEqualTo(5);
        assertThat(claim(next, "new"))
                .as("those of the old basis are forgotten")
                .isEmpty();
    }

    @Test
    void aHelperTakesWhatItCanKnowOfAJobThatGoesOn() {
        post(leader, "basis", task(0, ""));
        assertThat(claim(null, "helper")).as("only the leader knows it").isEmpty();
        post(leader, "basis", task(0, "what to do"));
        jobs.setPaused(job, true);
        assertThat(claim(null, "helper")).as("paused").isEmpty();
        assertThat(tasks.help(job, "helper")).isFalse();
        jobs.setPaused(job, false);
        letLeasesRunOut("jobs", "id");
        assertThat(claim(null, "helper")).as("led by nobody").isEmpty();
        long next = jobs.claim(job).orElseThrow().token();
        assertThat(tasks.claim(job, null, "small", List.of(TaskKind.ENCODE), Set.of(), 99))
                .as("too large for it")
                .isEmpty();
        assertThat(claim(null, "helper")).isPresent();
        assertThat(tasks.help(job, "helper")).isTrue();
        assertThat(tasks.isHelped(job)).isTrue();
        letLeasesRunOut("helpers", "job_id");
        assertThat(tasks.isHelped(job)).as("no sign of life").isFalse();
        assertThat(post(next, "basis", task(1, "more"))).isTrue();
    }

    @Test
    void aTaskOfAnEarlierKindGoesFirstWhateverItsRank() {
        post(leader, "basis", task(0, "a matrix"));
        tasks.post(
                job,
                leader,
                TaskKind.CALIBRATE,
                "text",
                List.of(new Task(TaskKind.CALIBRATE, 7, 99, "", 100, "a part of the text")));
        List<TaskKind> kinds = List.of(TaskKind.CALIBRATE, TaskKind.ENCODE);
        assertThat(tasks.claim(job, null, "a", kinds, Set.of(), 1000)
                        .orElseThrow()
                        .task())
                .isEqualTo(new Task(TaskKind.CALIBRATE, 7, 99, "", 100, "a part of the text"));
        assertThat(tasks.claim(job, null, "b", kinds, Set.of(), 1000)
                        .orElseThrow()
                        .task())
                .isEqualTo(task(0, "a matrix"));
        assertThat(tasks.claim(job, null, "c", kinds, Set.of(), 1000)).isEmpty();
    }
}
