package io.bitstack.registry.stack;

import io.bitstack.core.stack.Digest;
import io.bitstack.core.stack.StackManifest;
import io.bitstack.core.stack.StackPlanner;
import io.bitstack.core.stack.StackShape;
import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;

/** Planners from the database, each by one statement: no entity, no block by block, no manifest. */
@Component
class PlannerRows {
    private final JdbcClient jdbc;
    private final JsonMapper json;

    PlannerRows(JdbcClient jdbc, JsonMapper json) {
        this.jdbc = jdbc;
        this.json = json;
    }

    /** Empty for a stack that was published before this was written down. */
    Optional<StackPlanner> find(Digest stack) {
        return jdbc.sql("select " + Planners.COLUMNS
                        + ", z.block_sizes from registry.stacks s join registry.stack_sizes z on z.stack_id = s.id where s.digest = ?"
                        + " and s.shape is not null and s.curve is not null and s.resident_base_bytes is not null")
                .param(stack.toString())
                .query(this::planner)
                .optional();
    }

    private StackPlanner planner(ResultSet row, int ignored) throws SQLException {
        return read(row).orElseThrow();
    }

    /** Reads a row with {@link Planners#COLUMNS}; empty where one of them is null. */
    Optional<StackPlanner> read(ResultSet row) throws SQLException {
        String model = row.getString("shape");
        String curve = row.getString("curve");
        Array sizes = row.getArray("block_sizes");
        long residentBaseBytes = row.getLong("resident_base_bytes");
        if (row.wasNull() || model == null || curve == null || sizes == null) {
            return Optional.empty();
        }
        StackShape shape = new StackShape(
                json.readValue(model, StackManifest.Model.class),
                row.getLong("base_bytes"),
                residentBaseBytes,
                row.getInt("minimal_blocks"),
                List.of(json.readValue(curve, StackManifest.CurvePoint[].class)));
        return Optional.of(new StackPlanner(
                shape,
                Stream.of((Long[]) sizes.getArray()).mapToLong(Long::longValue).toArray()));
    }
}
