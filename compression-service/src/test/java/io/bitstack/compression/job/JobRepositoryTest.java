package io.bitstack.compression.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.bitstack.compression.encode.Step;
import io.bitstack.compression.error.ErrorCode;
import io.bitstack.service.testing.TestPostgres;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.UUID;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.json.JsonMapper;

/** Fences and leases, against a real PostgreSQL. */
class JobRepositoryTest {
    static final Duration LEASE = Duration.ofMinutes(10);
    static final JobSettings SETTINGS = new JobSettings(
            LEASE,
            1000,
            100,
            5,
            Duration.ofSeconds(2),
            Duration.ofMinutes(5),
            Duration.ofSeconds(10),
            8,
            Duration.ofMinutes(2));
    private static final JobProgress PUBLISHING = new JobProgress(Step.PUBLISH, 1, 2, 3, null, null, 0.5);

    private static EmbeddedPostgres database;
    private static JdbcClient client;
    private static JobRepository jobs;

    @BeforeAll
    static void start() throws IOException {
        database = TestPostgres.start();
        Flyway.configure()
                .dataSource(database.getPostgresDatabase())
                .schemas("compression")
                .locations("classpath:db/compression")
                .load()
                .migrate();
        client = JdbcClient.create(database.getPostgresDatabase());
        jobs = new JobRepository(client, new JsonMapper(), SETTINGS);
    }

    @AfterAll
    static void stop() throws IOException {
        database.close();
    }

    private static UUID job(String owner, int priority) {
        UUID id = UUID.randomUUID();
        jobs.insert(
                id,
                owner,
                new JobRequest(
                        "m",
                        JobRequest.Source.of("/m"),
                        null,
                        null,
                        null,
                        null,
                        null,
                        null,
                        null,
                        null,
                        null,
                        priority),
                null);
        return id;
    }

    private static Job find(UUID id) {
        return jobs.find(id).orElseThrow();
    }

    private static OffsetDateTime now() {
        return client.sql("select now()").query(OffsetDateTime.class).single();
    }

    /** As if so much time had passed on the database's clock. */
    private static void letTheLeaseRunOut(UUID id) {
        client.sql("update compression.jobs set lease_until = now() - interval '1 ms' where id = :id")
                .param("id", id)
                .update();
    }

    @Test
    void aWorkerThatWasTakenForDeadCanWriteNothingMore() {
        UUID id = job("a", 0);
        long stale = jobs.claim(id).orElseThrow().token();
        letTheLeaseRunOut(id);
        long current = jobs.claim(id).orElseThrow().token();

        assertThat(jobs.progress(id, stale, JobState.PUBLISHING, PUBLISHING)).isFalse();
        assertThat(jobs.failed(id, stale, ErrorCode.INTERNAL_ERROR, "stale")).isFalse();
        assertThat(jobs.cancelled(id, stale)).isFalse();
        assertThat(jobs.release(id, stale, 1)).isFalse();
        assertThat(find(id).state()).isEqualTo(JobState.VALIDATING);
        assertThat(jobs.done(id, current, 1, "sha256:0"))
                .as("not published yet")
                .isFalse();
        assertThat(jobs.progress(id, current, JobState.PUBLISHING, PUBLISHING)).isTrue();
        assertThat(find(id).progress().currentError()).isEqualTo(0.5);
        assertThat(jobs.done(id, stale, 1, "sha256:0")).isFalse();
        assertThat(jobs.done(id, current, 1, "sha256:0")).isTrue();
        assertThat(jobs.claim(id)).as("finished jobs are not claimed").isEmpty();
    }

    @Test
    void aJobIsHeldUntilItsLeaseRunsOutByTheDatabasesClock() {
        UUID id = job("a", 0);
        long token = jobs.claim(id).orElseThrow().token();
        assertThat(jobs.claim(id)).as("held").isEmpty();
        letTheLeaseRunOut(id);
        OffsetDateTime before = now();
        assertThat(jobs.progress(id, token, JobState.VALIDATING, PUBLISHING))
                .as("nobody else took it")
                .isTrue();
        OffsetDateTime after = now();
        assertThat(jobs.claim(id)).as("progress prolonged the lease").isEmpty();
        assertThat(client.sql("select lease_until from compression.jobs where id = :id")
                        .param("id", id)
                        .query(OffsetDateTime.class)
                        .single())
                .isBetween(before.plus(LEASE), after.plus(LEASE));
        assertThat(jobs.release(id, token, 2)).isTrue();
        assertThat(find(id).failures()).isEqualTo(2);
        assertThat(jobs.claim(id)).as("put back").isPresent();
    }

    @Test
    void aJobThatRestsIsNotClaimed() {
        UUID id = job("a", 0);
        assertThat(jobs.setPaused(id, true)).isTrue();
        assertThat(jobs.claim(id)).isEmpty();
        assertThat(jobs.withoutTask("none")).extracting(Job::id).doesNotContain(id);
        assertThat(jobs.setPaused(id, false)).isTrue();
        assertThat(jobs.withoutTask("none")).extracting(Job::id).contains(id);
        assertThat(jobs.claim(id)).isPresent();
        assertThat(jobs.withoutTask("none")).extracting(Job::id).doesNotContain(id);
    }

    @Test
    void aJobWhoseWorkerIsGoneIsCancelledAtOnce() {
        UUID held = job("a", 0);
        jobs.claim(held);
        assertThat(jobs.requestCancel(held)).isTrue();
        assertThat(find(held).state()).isEqualTo(JobState.VALIDATING);
        letTheLeaseRunOut(held);
        assertThat(jobs.requestCancel(held)).isTrue();
        assertThat(find(held).state()).isEqualTo(JobState.CANCELLED);
        assertThat(jobs.setPaused(held, true)).as("finished").isFalse();
        assertThat(jobs.requestCancel(held)).as("finished").isFalse();
    }

    @Test
    void unfinishedJobsAreCountedByOwner() {
        job("counted", 7);
        UUID done = job("counted", 0);
        jobs.requestCancel(done);
        assertThat(jobs.countUnfinished("counted")).isEqualTo(1);
        assertThat(jobs.countUnfinished("nobody")).isZero();
        assertThat(find(done).owner()).isEqualTo("counted");
    }

    @Test
    void restsGrowUpToTheirBound() {
        assertThat(SETTINGS.rest(1)).isEqualTo(Duration.ofSeconds(2));
        assertThat(SETTINGS.rest(2)).isEqualTo(Duration.ofSeconds(8));
        assertThat(SETTINGS.rest(4)).isEqualTo(Duration.ofSeconds(128));
        assertThat(SETTINGS.rest(100)).isEqualTo(Duration.ofMinutes(5));
    }
}
