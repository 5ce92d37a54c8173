package io.bitstack.registry.rollout;

import io.bitstack.registry.deployment.Targets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/** The rows of rollouts; times are the database's. Called within transactions. */
@Component
class RolloutRows {
    private static final TypeReference<List<Step>> STEPS = new TypeReference<>() {};
    private static final int LONGEST_DETAIL = 1000;

    private final JdbcClient jdbc;
    private final JsonMapper json;

    RolloutRows(JdbcClient jdbc, JsonMapper json) {
        this.jdbc = jdbc;
        this.json = json;
    }

    long insert(
            long deployment,
            String model,
            String kind,
            Targets.Target from,
            Targets.Target to,
            List<Step> steps,
            Gate gate,
            String principal) {
        return jdbc.sql("insert into registry.rollouts (id, deployment_id, model_name, kind, from_target, to_target,"
                        + " steps, gate, state, created_by) values (nextval('registry.event_ids'), ?, ?, ?, ?, ?, ?, ?,"
                        + " 'running', ?) returning id")
                .params(
                        deployment,
                        model,
                        kind,
                        json.writeValueAsString(from),
                        json.writeValueAsString(to),
                        json.writeValueAsString(steps),
                        json.writeValueAsString(gate),
                        principal)
                .query(Long.class)
                .single();
    }

    boolean isAnyUnderWay(long deployment) {
        return jdbc.sql(
                                "select count(*) from registry.rollouts where deployment_id = ? and state in ('running', 'paused')")
                        .param(deployment)
                        .query(Integer.class)
                        .single()
                > 0;
    }

    List<Long> running() {
        return jdbc.sql("select id from registry.rollouts where state = 'running' order by id")
                .query((row, _) -> row.getLong(1))
                .list();
    }

    /** Locks a rollout that runs; empty if it does not run any more, or another registry is at it. */
    Optional<Rollout> lockRunning(long id) {
        return jdbc.sql("select * from registry.rollouts where id = ? and state = 'running' for update skip locked")
                .param(id)
                .query(this::rollout)
                .optional();
    }

    Optional<Rollout> lock(long id) {
        return jdbc.sql("select * from registry.rollouts where id = ? for update")
                .param(id)
                .query(this::rollout)
                .optional();
    }

    Optional<Rollout> find(long id) {
        return jdbc.sql("select * from registry.rollouts where id = ?")
                .param(id)
                .query(this::rollout)
                .optional();
    }

    List<Rollout> list(long after, int limit) {
        return jdbc.sql("select * from registry.rollouts where id > ? order by id limit ?")
                .params(after, limit)
                .query(this::rollout)
                .list();
    }

    void state(long id, RolloutState state, @Nullable String reason) {
        jdbc.sql(
                        "update registry.rollouts set state = :state, reason = :reason, finished_at = case when :over then"
                                + " clock_timestamp() end, healthy_since = null, step_started_at = clock_timestamp() where id = :id")
                .param("state", state.wireName())
                .param("reason", cutIfAny(reason))
                .param("over", state.isOver())
                .param("id", id)
                .update();
    }

    void step(long id, int step) {
        jdbc.sql("update registry.rollouts set step = ?, step_started_at = clock_timestamp(), healthy_since = null,"
                        + " reason = null where id = ?")
                .params(step, id)
                .update();
    }

    /**
     * Notes what the gate found.
     *
     * @param waitingFor null when all is well
     */
    void found(long id, @Nullable String waitingFor) {
        jdbc.sql("update registry.rollouts set reason = :reason, healthy_since = case when :healthy then"
                        + " coalesce(healthy_since, clock_timestamp()) end where id = :id")
                .param("reason", cutIfAny(waitingFor))
                .param("healthy", waitingFor == null)
                .param("id", id)
                .update();
    }

    void reference(long id, double perplexity) {
        jdbc.sql("update registry.rollouts set reference_perplexity = ? where id = ?")
                .params(perplexity, id)
                .update();
    }

    void addNode(long id, String node, int step, long ended, long failed) {
        jdbc.sql("insert into registry.rollout_nodes (rollout_id, node_name, step, ended_before, failed_before)"
                        + " values (?, ?, ?, ?, ?) on conflict do nothing")
                .params(id, node, step, ended, failed)
                .update();
    }

    Map<String, GateCheck.Before> before(long id) {
        Map<String, GateCheck.Before> before = new HashMap<>();
        jdbc.sql("select node_name, ended_before, failed_before from registry.rollout_nodes where rollout_id = ?")
                .param(id)
                .query((ResultSet row) -> {
                    before.put(row.getString(1), new GateCheck.Before(row.getLong(2), row.getLong(3)));
                });
        return before;
    }

    List<Rollout.NodeView> nodes(long id) {
        return jdbc.sql(
                        "select node_name, step from registry.rollout_nodes where rollout_id = ? order by step, node_name")
                .param(id)
                .query((row, _) -> new Rollout.NodeView(row.getString(1), row.getInt(2)))
                .list();
    }

    void history(long id, String what, String detail, String by) {
        jdbc.sql("insert into registry.rollout_history (id, rollout_id, what, detail, changed_by)"
                        + " values (nextval('registry.event_ids'), ?, ?, ?, ?)")
                .params(id, what, cut(detail), by)
                .update();
    }

    List<Rollout.HistoryView> history(long id) {
        return jdbc.sql(
                        "select at, what, detail, changed_by from registry.rollout_history where rollout_id = ? order by id")
                .param(id)
                .query((row, _) -> new Rollout.HistoryView(
                        row.getTimestamp(1).toInstant(), row.getString(2), row.getString(3), row.getString(4)))
                .list();
    }

    /** The database's clock. */
    Instant now() {
        return jdbc.sql("select clock_timestamp()")
                .query(Timestamp.class)
                .single()
                .toInstant();
    }

    private static @Nullable String cutIfAny(@Nullable String text) {
        return text == null ? null : cut(text);
    }

    private static String cut(String text) {
        return text.substring(0, Math.min(text.length(), LONGEST_DETAIL));
    }

    private Rollout rollout(ResultSet row, int ignored) throws SQLException {
        double reference = row.getDouble("reference_perplexity");
        Double referenceIfAny = row.wasNull() ? null : Double.valueOf(reference);
        Timestamp healthy = row.getTimestamp("healthy_since");
        Timestamp finished = row.getTimestamp("finished_at");
        return new Rollout(
                row.getLong("id"),
                row.getLong("deployment_id"),
                row.getString("model_name"),
                row.getString("kind"),
                json.readValue(row.getString("from_target"), Targets.Target.class),
                json.readValue(row.getString("to_target"), Targets.Target.class),
                json.readValue(row.getString("steps"), STEPS),
                json.readValue(row.getString("gate"), Gate.class),
                RolloutState.parse(row.getString("state")),
                row.getInt("step"),
                row.getTimestamp("step_started_at").toInstant(),
                healthy == null ? null : healthy.toInstant(),
                referenceIfAny,
                row.getString("reason"),
                row.getString("created_by"),
                row.getTimestamp("created_at").toInstant(),
                finished == null ? null : finished.toInstant());
    }
}
