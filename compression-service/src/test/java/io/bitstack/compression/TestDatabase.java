package io.bitstack.compression;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.time.Duration;

/** A PostgreSQL of a test's own, which keeps what it has committed and has the time to start that a busy machine takes. */
public final class TestDatabase {
    private static final Duration LONGEST_START = Duration.ofMinutes(3);

    private TestDatabase() {}

    static EmbeddedPostgres.Builder builder() {
        return EmbeddedPostgres.builder()
                .setServerConfig("synchronous_commit", "on")
                .setPGStartupWait(LONGEST_START);
    }

    public static EmbeddedPostgres start() throws IOException {
        return builder().start();
    }
}
