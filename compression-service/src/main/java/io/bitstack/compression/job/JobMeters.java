package io.bitstack.compression.job;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** Meters of the jobs that are not finished, of all workers together: each worker shows the same numbers. */
@Component
class JobMeters {
    private static final String PREFIX = "bitstack.compression.";
    /** One look at the database is good for all meters of one scrape. */
    private static final Duration FRESH = Duration.ofSeconds(1);

    private final JdbcClient database;
    private Map<JobState, Standing> known = Map.of();
    private long knownNanos;

    /** The jobs in one state, summed up. */
    private record Standing(int jobs, long matricesDone, long matricesTotal, long bytesWritten, long etaSeconds) {}

    JobMeters(JdbcClient database, MeterRegistry registry) {
        this.database = database;
        for (JobState state : JobState.values()) {
            if (!state.isTerminal()) {
                Gauge.builder(PREFIX + "jobs", this, meters -> meters.of(state, Standing::jobs))
                        .tag("state", state.written())
                        .description("jobs that are not finished")
                        .register(registry);
            }
        }
        gauge(
                registry,
                "matrices.done",
                "",
                "matrices that are encoded, of jobs that are not finished",
                all -> sum(all, Standing::matricesDone));
        gauge(
                registry,
                "matrices.all",
                "",
                "matrices of jobs that are not finished",
                all -> sum(all, Standing::matricesTotal));
        gauge(
                registry,
                "written",
                "bytes",
                "bytes of blobs written, of jobs that are not finished",
                all -> sum(all, Standing::bytesWritten));
        gauge(
                registry,
                "eta",
                "seconds",
                "until the last of the jobs that are not finished is done, as far as known",
                all -> all.values().stream()
                        .mapToDouble(Standing::etaSeconds)
                        .max()
                        .orElse(0));
    }

    private void gauge(
            MeterRegistry registry,
            String name,
            String unit,
            String description,
            ToDoubleFunction<Map<JobState, Standing>> value) {
        Gauge.builder(PREFIX + name, this, meters -> value.applyAsDouble(meters.look()))
                .baseUnit(unit.isEmpty() ? null : unit)
                .description(description)
                .register(registry);
    }

    private static double sum(Map<JobState, Standing> all, ToDoubleFunction<Standing> value) {
        return all.values().stream().mapToDouble(value).sum();
    }

    private double of(JobState state, ToDoubleFunction<Standing> value) {
        Standing standing = look().get(state);
        return standing == null ? 0 : value.applyAsDouble(standing);
    }

    private synchronized Map<JobState, Standing> look() {
        long now = System.nanoTime();
        if (knownNanos == 0 || now - knownNanos >= FRESH.toNanos()) {
            Map<JobState, Standing> found = new EnumMap<>(JobState.class);
            database.sql("select state, count(*), sum(matrices_done), sum(matrices_total), sum(bytes_written),"
                            + " coalesce(max(eta_seconds), 0) from compression.jobs"
                            + " where state not in ('done', 'failed', 'cancelled') group by state")
                    .query((row, _) -> found.put(
                            JobState.parse(row.getString(1)),
                            new Standing(
                                    row.getInt(2), row.getLong(3), row.getLong(4), row.getLong(5), row.getLong(6))))
                    .list();
            known = found;
            knownNanos = now;
        }
        return known;
    }
}
