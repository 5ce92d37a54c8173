package io.bitstack.registry.retention;

import io.bitstack.registry.settings.RegistrySettings;
import java.time.Duration;

/** What is pruned, in this order: a delivery names its event, which is kept as long as that is. */
enum Kept {
    /** Those that arrived or were given up; one that is pending is kept until it is tried. */
    DELIVERIES("deliveries", "webhook_deliveries", "next_attempt_at", "r.state <> 'pending'"),
    EVENTS(
            "events",
            "events",
            "at",
            "not exists (select 1 from registry.webhook_deliveries d where d.event_id = r.id)"),
    AUDIT_EVENTS("audit-events", "audit_events", "at", "true"),
    SCRUB_RESULTS("scrub-results", "scrub_results", "started_at", "true");

    private final String text;
    private final String table;
    private final String time;
    private final String condition;

    Kept(String text, String table, String time, String condition) {
        this.text = text;
        this.table = table;
        this.time = time;
        this.condition = condition;
    }

    /** How meters and logs name it. */
    String text() {
        return text;
    }

    /** Zero: for ever. */
    Duration retention(RegistrySettings.Retention settings) {
        return switch (this) {
            case DELIVERIES -> settings.deliveries();
            case EVENTS -> settings.events();
            case AUDIT_EVENTS -> settings.auditEvents();
            case SCRUB_RESULTS -> settings.scrubResults();
        };
    }

    /** Deletes the oldest rows that are older than so many seconds, so many at the most; several registries never wait for each other. */
    String pruning() {
        return "with due as materialized (select r.id from registry." + table + " r where r." + time
                + " < clock_timestamp() - make_interval(secs => ?) and " + condition + " order by r." + time
                + " limit ? for update of r skip locked) delete from registry." + table
                + " gone using due where gone.id = due.id";
    }
}
