package io.bitstack.compression.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.bitstack.service.testing.TestPostgres;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import org.flywaydb.core.Flyway;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;

/** What Prometheus sees of jobs is what the database holds. */
class JobMetersTest {
    private static void job(JdbcClient client, String state, int done, int all, long bytes, @Nullable Long eta) {
        client.sql("insert into compression.jobs (id, owner, priority, model, request, state, matrices_done,"
                        + " matrices_total, bytes_written, eta_seconds, error_code) values (gen_random_uuid(),"
                        + " 'o', 0, 'm', '{}', :state, :done, :all, :bytes, :eta, case when :state = 'failed' then"
                        + " 'X' end)")
                .param("state", state)
                .param("done", done)
                .param("all", all)
                .param("bytes", bytes)
                .param("eta", eta)
                .update();
    }

    @Test
    void theyCountUnfinishedJobsByStateAndSumTheirProgress() throws Exception {
        try (EmbeddedPostgres database = TestPostgres.start()) {
            Flyway.configure()
                    .dataSource(database.getPostgresDatabase())
                    .schemas("compression")
                    .locations("classpath:db/compression")
                    .load()
                    .migrate();
            JdbcClient client = JdbcClient.create(database.getPostgresDatabase());
            job(client, "queued", 0, 0, 0, null);
            job(client, "encoding", 3, 10, 500, 60L);
            job(client, "encoding", 4, 20, 700, 90L);
            job(client, "failed", 9, 9, 9000, null);
            SimpleMeterRegistry registry = new SimpleMeterRegistry();
            new JobMeters(client, registry);
            assertThat(jobs(registry, "queued")).isEqualTo(1);
            assertThat(jobs(registry, "encoding")).isEqualTo(2);
            assertThat(jobs(registry, "publishing")).isZero();
            assertThat(registry.find("bitstack.compression.jobs").gauges())
                    .as("finished jobs are history, and grow without end")
                    .noneMatch(gauge -> "failed".equals(gauge.getId().getTag("state")));
            assertThat(gauge(registry, "matrices.done")).isEqualTo(7);
            assertThat(gauge(registry, "matrices.all")).isEqualTo(30);
            assertThat(gauge(registry, "written")).isEqualTo(1200);
            assertThat(gauge(registry, "eta")).isEqualTo(90);
        }
    }

    private static double jobs(SimpleMeterRegistry registry, String state) {
        return registry.get("bitstack.compression.jobs")
                .tag("state", state)
                .gauge()
                .value();
    }

    private static double gauge(SimpleMeterRegistry registry, String name) {
        return registry.get("bitstack.compression." + name).gauge().value();
    }
}
