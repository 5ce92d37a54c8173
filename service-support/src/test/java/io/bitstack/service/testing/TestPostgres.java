package io.bitstack.service.testing;

import io.bitstack.service.net.PortForLater;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.time.Duration;

/** A PostgreSQL that keeps what it has committed, and has the time to start that a busy machine takes. */
public final class TestPostgres {
    private static final Duration LONGEST_START = Duration.ofMinutes(3);

    private TestPostgres() {}

    public static EmbeddedPostgres.Builder builder() throws IOException {
        return EmbeddedPostgres.builder()
                .setPort(PortForLater.find())
                .setServerConfig("synchronous_commit", "on")
                .setPGStartupWait(LONGEST_START);
    }

    /** A server of a test's own, for one that stops it, say: each start takes seconds. */
    public static EmbeddedPostgres start() throws IOException {
        return builder().start();
    }
}
