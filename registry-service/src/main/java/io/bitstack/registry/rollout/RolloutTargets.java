package io.bitstack.registry.rollout;

import io.bitstack.registry.deployment.Targets;
import java.util.Optional;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;

/** What the rollout that a deployment is in has for each node. */
@Component
class RolloutTargets implements Targets {
    private final JdbcClient jdbc;
    private final JsonMapper json;

    RolloutTargets(JdbcClient jdbc, JsonMapper json) {
        this.jdbc = jdbc;
        this.json = json;
    }

    @Override
    public Optional<Change> of(long deployment, String node) {
        return jdbc.sql(
                        "select r.id, r.gate, case when n.node_name is null then r.from_target else r.to_target end target"
                                + " from registry.rollouts r left join registry.rollout_nodes n on n.rollout_id = r.id and"
                                + " n.node_name = ? where r.deployment_id = ? and r.state in ('running', 'paused')")
                .params(node, deployment)
                .query((row, _) -> {
                    Gate gate = json.readValue(row.getString("gate"), Gate.class);
                    String text = gate.probeText();
                    Target target = json.readValue(row.getString("target"), Target.class);
                    return new Change(target, text == null ? null : new Probe(probeId(row.getLong("id")), text));
                })
                .optional();
    }

    static String probeId(long rollout) {
        return "rollout-" + rollout;
    }
}
