package io.bitstack.registry;

import java.sql.SQLException;
import java.sql.Statement;

/** Waits until somebody waits for a lock of PostgreSQL, which shows that a request has come that far. */
final class Waiting {
    private Waiting() {}

    static void await(Statement statement) throws SQLException, InterruptedException {
        for (int i = 0; i < 12_000; i++) {
            try (var rows = statement.executeQuery(
                    "select exists (select 1 from pg_locks where not granted and pid <> pg_backend_pid())")) {
                rows.next();
                if (rows.getBoolean(1)) {
                    return;
                }
            }
            Thread.sleep(10);
        }
        throw new AssertionError("nobody came to wait for the lock");
    }
}
