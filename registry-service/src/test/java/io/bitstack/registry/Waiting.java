package io.bitstack.registry;

import java.sql.SQLException;
import java.sql.Statement;

/** Waits until somebody waits for a lock that a connection holds, which shows that a request has come that far. */
final class Waiting {
    private Waiting() {}

    /** @param statement of the connection that holds the lock */
    static void await(Statement statement) throws SQLException, InterruptedException {
        for (int i = 0; i < 12_000; i++) {
            try (var rows = statement.executeQuery(
                    "select exists (select 1 from pg_stat_activity where pg_backend_pid() = any (pg_blocking_pids(pid)))")) {
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
