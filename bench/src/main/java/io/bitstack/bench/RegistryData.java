package io.bitstack.bench;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/** Many versions made by SQL after the pattern of one that was published. */
final class RegistryData implements AutoCloseable {
    private final EmbeddedPostgres database;
    private final List<Connection> session = new ArrayList<>();

    RegistryData(EmbeddedPostgres database) {
        this.database = database;
    }

    /**
     * Copies the pattern's rows under other digests: a hundred versions to a model, each block a blob of its own, as it is with models that
     * have nothing in common. Indexes and constraints of blocks and blobs are taken down meanwhile and built at the end, which checks
     * every row as inserting would have.
     */
    void fill(int versions) throws SQLException {
        execute("set maintenance_work_mem = '1GB'");
        execute("set synchronous_commit = off");
        // Stacks are written apart from their blocks here, which the schema refuses to others.
        execute("set session_replication_role = replica");
        execute("insert into registry.models (id, name, description)"
                + " select 1000000 + i, 'many-' || lpad(i::text, 6, '0'), '' from generate_series(0, " + versions
                + " / 100) i");
        execute("create temporary table pattern as select s.* from registry.stacks s join registry.versions v"
                + " on v.stack_id = s.id join registry.models m on m.id = v.model_id where m.name = 'pattern'");
        execute("insert into registry.blobs (digest, size_bytes) select " + digest("'stack' || i")
                + ", 1 from generate_series(1, " + versions + ") i");
        execute("insert into registry.stacks (id, digest, architecture, codec, weights, minimal_blocks, block_count,"
                + " base_bytes, minimal_bytes, total_bytes, resident_base_bytes, shape, curve, tool, parameters)"
                + " select 2000000 + i, " + digest("'stack' || i") + ", architecture,"
                + " codec, weights, minimal_blocks, block_count, base_bytes, minimal_bytes, total_bytes + i,"
                + " resident_base_bytes, shape, curve, tool, parameters from pattern,"
                + " generate_series(1, " + versions + ") i");
        execute("insert into registry.versions (id, model_id, number, stack_id, created_by, state)"
                + " select 3000000 + i, 1000000 + i / 100, i % 100 + 1, 2000000 + i, 'benchmark', 'ready'"
                + " from generate_series(1, " + versions + ") i");
        execute("insert into registry.weight_matrices select 2000000 + i, w.position, w.name, w.row_count,"
                + " w.column_count, w.start_level, w.level_count, w.header_digest from registry.weight_matrices w"
                + " join pattern p on p.id = w.stack_id, generate_series(1, " + versions + ") i");
        List<String> putBack = takeDown("residual_blocks");
        for (int from = 1; from <= versions; from += 500) {
            int to = Math.min(versions, from + 499);
            execute("insert into registry.residual_blocks (stack_id, position, matrix, level, digest, size_bytes, gain)"
                    + " select 2000000 + i, b.position, b.matrix, b.level, " + digest("i || '/' || b.position")
                    + ", b.size_bytes, b.gain from generate_series(" + from + ", " + to
                    + ") i, registry.residual_blocks b join pattern p on p.id = b.stack_id");
        }
        System.out.printf("  rows of blocks are there; blobs and indexes next%n");
        execute("insert into registry.blobs (digest, size_bytes) select digest, size_bytes from"
                + " registry.residual_blocks where stack_id > 2000000 order by digest collate \"C\"");
        execute("insert into registry.stack_sizes select 2000000 + i, z.block_sizes from registry.stack_sizes z join"
                + " pattern p on p.id = z.stack_id, generate_series(1, " + versions + ") i");
        for (String statement : putBack) {
            execute(statement);
        }
        execute("reset session_replication_role");
        execute("reset synchronous_commit");
        execute("vacuum (analyze)");
        execute("checkpoint");
    }

    private static String digest(String text) {
        return "'sha256:' || encode(sha256((" + text + ")::bytea), 'hex')";
    }

    /** Drops constraints and indexes of a table. @return the statements that make them again */
    private List<String> takeDown(String table) throws SQLException {
        List<String> putBack = new ArrayList<>();
        List<String> drop = new ArrayList<>();
        try (Statement statement = connection().createStatement();
                var rows = statement.executeQuery("select conname, pg_get_constraintdef(oid) from pg_constraint where"
                        + " conrelid = 'registry." + table + "'::regclass and contype in ('p', 'u', 'f') order by"
                        + " contype = 'f'")) {
            while (rows.next()) {
                drop.add("alter table registry." + table + " drop constraint " + rows.getString(1));
                putBack.add("alter table registry." + table + " add constraint " + rows.getString(1) + " "
                        + rows.getString(2));
            }
        }
        try (Statement statement = connection().createStatement();
                var rows = statement.executeQuery("select indexrelid::regclass, pg_get_indexdef(indexrelid) from"
                        + " pg_index where indrelid = 'registry." + table + "'::regclass and not exists (select 1"
                        + " from pg_constraint where conindid = indexrelid)")) {
            while (rows.next()) {
                drop.add("drop index " + rows.getString(1));
                putBack.add(rows.getString(2));
            }
        }
        for (String statement : drop) {
            execute(statement);
        }
        return putBack;
    }

    private Connection connection() throws SQLException {
        if (session.isEmpty()) {
            session.add(database.getPostgresDatabase().getConnection());
        }
        return session.getFirst();
    }

    private void execute(String sql) throws SQLException {
        try (Statement statement = connection().createStatement()) {
            statement.execute(sql);
        }
    }

    String query(String sql) throws SQLException {
        try (Statement statement = connection().createStatement();
                var rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getString(1);
        }
    }

    @Override
    public void close() throws SQLException {
        for (Connection open : session) {
            open.close();
        }
    }
}
