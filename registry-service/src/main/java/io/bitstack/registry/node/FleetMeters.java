package io.bitstack.registry.node;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/** How many nodes there are in each state, as meters; every registry of a platform shows the same numbers. */
@Component
class FleetMeters {
    private static final Logger LOG = LoggerFactory.getLogger(FleetMeters.class);
    private static final double MILLIS = 1e3;

    private final JdbcClient jdbc;
    private volatile Map<NodeState, Long> counts = Map.of();
    private volatile boolean isKnown;

    FleetMeters(JdbcClient jdbc, MeterRegistry registry) {
        this.jdbc = jdbc;
        for (NodeState state : NodeState.values()) {
            Gauge.builder("bitstack.registry.nodes", this, meters -> meters.count(state))
                    .tag("state", state.wireName())
                    .description("nodes by state")
                    .register(registry);
        }
    }

    /** Not a number while the database does not say it: no node would be something else. */
    private double count(NodeState state) {
        return isKnown ? counts.getOrDefault(state, 0L) : Double.NaN;
    }

    @Scheduled(fixedDelay = 5000)
    void look() {
        Map<NodeState, Long> found = new EnumMap<>(NodeState.class);
        try {
            jdbc.sql("select reported_state, extract(epoch from clock_timestamp() - last_seen_at) from registry.nodes")
                    .query(row -> {
                        Duration silence = Duration.ofMillis((long) (row.getDouble(2) * MILLIS));
                        NodeState said = NodeState.valueOf(row.getString(1));
                        found.merge(said.after(silence), 1L, Long::sum);
                    });
            counts = found;
            isKnown = true;
        } catch (DataAccessException e) {
            LOG.debug("nodes cannot be counted", e);
            isKnown = false;
        }
    }
}
