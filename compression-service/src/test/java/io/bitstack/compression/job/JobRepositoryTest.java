package io.bitstack.compression.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.bitstack.compression.encode.Step;
import io.bitstack.compression.error.ErrorCode;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.util.UUID;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.json.JsonMapper;

class JobRepositoryTest {
    @Test
    void aWorkerThatWasTakenForDeadCanWriteNothingMore() throws IOException {
        try (EmbeddedPostgres database = EmbeddedPostgres.start()) {
            Flyway.configure()
                    .dataSource(database.getPostgresDatabase())
                    .schemas("compression")
                    .locations("classpath:db/compression")
                    .load()
                    .migrate();
            JobRepository jobs = new JobRepository(JdbcClient.create(database.getPostgresDatabase()), new JsonMapper());
            UUID id = UUID.randomUUID();
            jobs.insert(id, new JobRequest("m", new JobRequest.Source("/m"), null, null, null, null, null, null, null));
            long stale = jobs.claim(id).orElseThrow().token();
            long current = jobs.claim(id).orElseThrow().token();
            JobProgress progress = new JobProgress(Step.PUBLISH, 1, 2, 3, null, null);

            assertThat(jobs.progress(id, stale, JobState.PUBLISHING, progress)).isFalse();
            assertThat(jobs.failed(id, stale, ErrorCode.INTERNAL_ERROR, "stale"))
                    .isFalse();
            assertThat(jobs.cancelled(id, stale)).isFalse();
            assertThat(jobs.release(id, stale, 1)).isFalse();
            assertThat(jobs.find(id).orElseThrow().state()).isEqualTo(JobState.VALIDATING);
            assertThat(jobs.done(id, current, 1, "sha256:0"))
                    .as("not published yet")
                    .isFalse();
            assertThat(jobs.progress(id, current, JobState.PUBLISHING, progress))
                    .isTrue();
            assertThat(jobs.done(id, stale, 1, "sha256:0")).isFalse();
            assertThat(jobs.done(id, current, 1, "sha256:0")).isTrue();
            assertThat(jobs.claim(id)).as("finished jobs are not claimed").isEmpty();
        }
    }
}
