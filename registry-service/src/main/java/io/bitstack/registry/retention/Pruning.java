package io.bitstack.registry.retention;

import io.bitstack.registry.settings.RegistrySettings;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/**
 * Deletes what is older than it is kept, in small statements, each a transaction of its own, and so many of them in one sweep; what is left waits for the
 * next. Any number of registries may sweep side by side.
 */
@Component
class Pruning {
    private static final Logger LOG = LoggerFactory.getLogger(Pruning.class);
    private static final int ROWS_OF_STATEMENT = 1000;
    private static final int STATEMENTS_OF_SWEEP = 100;
    private static final double MILLIS = 1e3;

    private final JdbcClient jdbc;
    private final RegistrySettings.Retention settings;
    private final Map<Kept, Counter> pruned = new EnumMap<>(Kept.class);

    Pruning(JdbcClient jdbc, RegistrySettings settings, MeterRegistry meters) {
        this.jdbc = jdbc;
        this.settings = settings.registry().retention();
        for (Kept kept : Kept.values()) {
            pruned.put(
                    kept,
                    Counter.builder("bitstack.registry.pruned")
                            .tag("what", kept.text())
                            .description("rows that this registry deleted because their time was over")
                            .register(meters));
        }
    }

    @Scheduled(fixedDelayString = "${bitstack.registry.retention.interval}")
    void sweep() {
        for (Kept kept : Kept.values()) {
            Duration retention = kept.retention(settings);
            if (!retention.isZero()) {
                try {
                    prune(kept, retention.toMillis() / MILLIS);
                } catch (DataAccessException e) {
                    LOG.warn(
                            "{} that are older than {} could not be deleted; the next sweep tries again",
                            kept.text(),
                            retention,
                            e);
                }
            }
        }
    }

    private void prune(Kept kept, double seconds) {
        Counter counter = Objects.requireNonNull(pruned.get(kept));
        int statements = 0;
        int rows = ROWS_OF_STATEMENT;
        while (rows == ROWS_OF_STATEMENT && statements < STATEMENTS_OF_SWEEP) {
            rows = jdbc.sql(kept.pruning()).params(seconds, ROWS_OF_STATEMENT).update();
            counter.increment(rows);
            statements++;
        }
    }
}
