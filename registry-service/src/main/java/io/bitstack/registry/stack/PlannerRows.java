package io.bitstack.registry.stack;

import io.bitstack.core.stack.Digest;
import io.bitstack.core.stack.StackManifest;
import io.bitstack.core.stack.StackPlanner;
import io.bitstack.core.stack.StackShape;
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
        return jdbc.sql("select s.shape, s.base_bytes, s.resident_base_bytes, s.minimal_blocks, s.curve, z.block_sizes"
                        + " from registry.stacks s join registry.stack_sizes z on z.stack_id = s.id where s.digest = ?"
                        + " and s.shape is not null and s.curve is not null and s.resident_base_bytes is not null")
                .param(stack.toString())
                .query(this::planner)
                .optional();
    }

    private StackPlanner planner(ResultSet row, int ignored) throws SQLException {
        StackShape shape = new StackShape(
                json.readValue(row.getString("shape"), StackManifest.Model.class),
                row.getLong("base_bytes"),
                row.getLong("resident_base_bytes"),
                row.getInt("minimal_blocks"),
                List.of(json.readValue(row.getString("curve"), StackManifest.CurvePoint[].class)));
        Long[] sizesBytes = (Long[]) row.getArray("block_sizes").getArray();
        return new StackPlanner(
                shape, Stream.of(sizesBytes).mapToLong(Long::longValue).toArray());
    }
}
