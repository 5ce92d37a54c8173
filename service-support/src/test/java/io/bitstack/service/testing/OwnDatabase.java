package io.bitstack.service.testing;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import org.jspecify.annotations.Nullable;

/** An empty database of a test's own, in a PostgreSQL that all tests of this JVM share: one more server would take seconds. */
public final class OwnDatabase implements AutoCloseable {
    /** It stops with the JVM. */
    private static @Nullable EmbeddedPostgres shared;

    private static int made;

    private final EmbeddedPostgres server;
    private final String name;

    private OwnDatabase(EmbeddedPostgres server, String name) {
        this.server = server;
        this.name = name;
    }

    public static synchronized OwnDatabase create() throws IOException {
        EmbeddedPostgres server = shared == null ? TestPostgres.start() : shared;
        shared = server;
        OwnDatabase database = new OwnDatabase(server, "test_" + made++);
        database.execute("create database " + database.name);
        return database;
    }

    /** For user {@code postgres}, who has no password. */
    public String url() {
        return server.getJdbcUrl("postgres", name);
    }

    public String name() {
        return name;
    }

    /** Of the server, on the loopback address. */
    public int port() {
        return server.getPort();
    }

    private void execute(String sql) throws IOException {
        try (Connection connection = server.getPostgresDatabase().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new IOException(e);
        }
    }

    /** With whoever is still connected to it. */
    @Override
    public void close() throws IOException {
        execute("drop database %s with (force)".formatted(name));
    }
}
