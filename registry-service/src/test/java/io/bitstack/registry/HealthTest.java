package io.bitstack.registry;

import static org.assertj.core.api.Assertions.assertThat;

import io.bitstack.service.testing.TestPostgres;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A registry whose database is gone is alive, and not ready: to start it anew would help nobody, to ask it neither. */
class HealthTest {
    private static final String READINESS = "/actuator/health/readiness";
    private static final String LIVENESS = "/actuator/health/liveness";

    @TempDir
    Path blobs;

    @Test
    void readinessFollowsTheDatabaseAndLivenessDoesNot() throws Exception {
        EmbeddedPostgres database = TestPostgres.start();
        try (RegistryFixture registry = new RegistryFixture(
                database.getJdbcUrl("postgres", "postgres"),
                database,
                "--spring.datasource.hikari.connection-timeout=5000",
                "--bitstack.blobs.directory=" + blobs)) {
            assertThat(registry.managementStatus(LIVENESS)).isEqualTo(200);
            assertThat(registry.managementStatus(READINESS)).isEqualTo(200);
            database.close();
            long endNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(120);
            while (registry.managementStatus(READINESS) != 503) {
                assertThat(System.nanoTime()).as("it still calls itself ready").isLessThan(endNanos);
                Thread.sleep(100);
            }
            assertThat(registry.managementStatus(LIVENESS)).isEqualTo(200);
        }
    }
}
