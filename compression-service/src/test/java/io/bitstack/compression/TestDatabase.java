package io.bitstack.compression;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * PostgreSQL, which keeps what it has committed and has the time to start that a busy machine takes: a server of a test's own, or a database of its own in one that tests
 * share, as every start takes seconds.
 */
public final class TestDatabase {
    private static final Duration LONGEST_START = Duration.ofMinutes(3);

    private static @Nullable EmbeddedPostgres shared;
    private static int made;

    private TestDatabase() {}

    static EmbeddedPostgres.Builder builder() {
        return EmbeddedPostgres.builder()
                .setServerConfig("synchronous_commit", "on")
                .setPGStartupWait(LONGEST_START);
    }

    public static EmbeddedPostgres start() throws IOException {
        return builder().start();
    }

    /** The server that tests share; it stops with the JVM. */
    static synchronized EmbeddedPostgres shared() throws IOException {
        EmbeddedPostgres server = shared == null ? start() : shared;
        shared = server;
        return server;
    }

    /** Makes an empty database in the server that tests share. @return its name */
    static synchronized String create() throws IOException {
        String name = "test_" + made++;
        execute("create database " + name);
        return name;
    }

    /** Drops such a database, whoever is still connected to it. */
    static void drop(String name) throws IOException {
        execute("drop database %s with (force)".formatted(name));
    }

    private static void execute(String sql) throws IOException {
        try (Connection connection = shared().getPostgresDatabase().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new IOException(e);
        }
    }
}
