package io.bitstack.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bitstack.registry.settings.RegistrySettings;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import tools.jackson.databind.JsonNode;

/** What is older than it is kept goes, in a registry that looks all the time; what is younger, or still needed, stays. */
class RetentionTest {
    /** More than one statement deletes. */
    private static final int MANY = 2500;

    @TempDir
    static Path directory;

    private static RegistryFixture http;

    @BeforeAll
    static void start() throws Exception {
        http = new RegistryFixture(
                "--bitstack.blobs.directory=" + directory,
                "--bitstack.registry.retention.interval=200ms",
                "--bitstack.registry.retention.audit-events=365d");
        http.execute("insert into registry.webhooks (id, url, event_types, secret, is_enabled, created_by) values"
                + " (1, 'https://example.org', 'io.bitstack.job.failed', '', false, 'tester')");
    }

    @AfterAll
    static void stop() throws Exception {
        http.close();
    }

    private static String event(int id, int daysAgo) {
        return "insert into registry.events (id, type, subject, data, at) values (" + id
                + ", 'io.bitstack.job.failed', 'jobs/" + id + "', '{}', now() - interval '" + daysAgo + " days')";
    }

    private static String delivery(int id, int eventId, String state, int daysAgo) {
        return "insert into registry.webhook_deliveries (id, webhook_id, event_id, state, next_attempt_at) values ("
                + id + ", 1, " + eventId + ", '" + state + "', now() - interval '" + daysAgo + " days')";
    }

    /** The registry looks meanwhile: it must see all of them, or none. */
    private static void writeAtOnce(String... statements) throws Exception {
        try (Connection connection = http.connection();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            for (String sql : statements) {
                statement.execute(sql);
            }
            connection.commit();
        }
    }

    private static void awaitNone(String rows) throws Exception {
        for (int i = 0; i < 3000; i++) {
            if (http.query("select count(*) from registry." + rows).equals("0")) {
                return;
            }
            Thread.sleep(20);
        }
        throw new AssertionError("still there: " + rows);
    }

    private static String ids(String rows) throws Exception {
        return http.query("select coalesce(string_agg(id::text, ' ' order by id), '') from registry." + rows);
    }

    @Test
    void deliveriesAndEventsGoWhenTheirTimeIsOver() throws Exception {
        writeAtOnce(
                event(1001, 100),
                event(1002, 100),
                event(1003, 100),
                event(1004, 80),
                event(1005, 100),
                delivery(2001, 1001, "delivered", 31),
                delivery(2002, 1002, "delivered", 29),
                delivery(2003, 1003, "pending", 40),
                delivery(2004, 1004, "failed", 31),
                delivery(2005, 1004, "failed", 29));

        awaitNone("webhook_deliveries where id in (2001, 2004)");
        awaitNone("events where id in (1001, 1005)");
        assertThat(ids("webhook_deliveries where id between 2001 and 2999"))
                .as("young ones, and one that was never tried")
                .isEqualTo("2002 2003 2005");
        assertThat(ids("events where id between 1001 and 1999"))
                .as("young ones, and those of a delivery that is kept")
                .isEqualTo("1002 1003 1004");
    }

    @Test
    void manyGoInOneSweepAndAreCounted() throws Exception {
        http.execute("insert into registry.audit_events (id, at, principal, action, subject) select 800000000 + i,"
                + " now() - case when i = 0 then interval '364 days' else interval '366 days' end, 'old;admin', 'model.register', ''"
                + " from generate_series(0, " + MANY + ") i");
        awaitNone("audit_events where principal = 'old;admin' and id > 800000000");
        assertThat(ids("audit_events where principal = 'old;admin'")).isEqualTo("800000000");
        // Counted when the statement is done, which is after its rows are gone.
        awaitMeter("bitstack_registry_pruned_total{", "audit-events", MANY);
    }

    private static void awaitMeter(String name, String what, double atLeast) throws Exception {
        String metrics = "";
        for (int i = 0; i < 3000; i++) {
            metrics = http.management("/actuator/prometheus");
            boolean isThere = metrics.lines()
                    .filter(line -> line.startsWith(name) && line.contains("what=\"" + what + "\""))
                    .anyMatch(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)) >= atLeast);
            if (isThere) {
                return;
            }
            Thread.sleep(20);
        }
        throw new AssertionError(metrics);
    }

    @Test
    void resultsOfScrubsGoToo() throws Exception {
        for (int daysAgo : new int[] {89, 91}) {
            http.execute(
                    "insert into registry.scrub_results (id, kind, subject, started_at, checked_blobs, checked_bytes,"
                            + " bad_blobs, started_by) values (" + daysAgo + ", 'node', 'n', now() - interval '"
                            + daysAgo
                            + " days', 1, 1, 0, 'n;node')");
        }
        awaitNone("scrub_results where id = 91");
        JsonNode left = http.get("/storage/scrubs?kind=node").body().path("items");
        assertThat(left.size()).as(left.toString()).isEqualTo(1);
    }

    @Test
    void defaultsAreDocumentedAndNonsenseIsRefusedAtTheStart() {
        RegistrySettings.Retention defaults = settings(Map.of()).registry().retention();
        assertThat(defaults.deliveries()).isEqualTo(Duration.ofDays(30));
        assertThat(defaults.events()).isEqualTo(Duration.ofDays(90));
        assertThat(defaults.auditEvents()).as("for ever").isZero();
        assertThatThrownBy(() -> settings(Map.of("bitstack.registry.retention.events", "-1d")))
                .hasStackTraceContaining("bitstack.registry.retention.events");
        assertThatThrownBy(() -> settings(Map.of("bitstack.registry.retention.deliveries", "1000000d")))
                .hasStackTraceContaining("36500 days");
        assertThatThrownBy(() -> settings(Map.of("bitstack.registry.retention.interval", "0s")))
                .hasStackTraceContaining("longer than nothing");
    }

    private static RegistrySettings settings(Map<String, String> properties) {
        return new Binder(new MapConfigurationPropertySource(properties))
                .bindOrCreate("bitstack", RegistrySettings.class);
    }
}
