package io.bitstack.registry;

import static io.bitstack.registry.Problem.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bitstack.registry.RegistryFixture.Answer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** The audit log by time, by whom and by action, page by page; events of this test are those of one principal. */
class AuditLogTest {
    private static final String LIST = "/audit-events?principal=auditor";
    private static final int EVENTS = 25;

    private static RegistryFixture http;

    /** Event i happened i minutes after noon; ids fall with time, as they may where several registries give them. */
    @BeforeAll
    static void start() throws Exception {
        http = SharedRegistry.get().http;
        http.execute("insert into registry.audit_events (id, at, principal, action, subject) select 9000000000 - i,"
                + " timestamptz '2026-03-01 12:00:00Z' + make_interval(mins => i), 'auditor;admin',"
                + " case when i % 5 = 0 then 'alias.move' else 'model.register' end, 'event ' || i"
                + " from generate_series(0, " + (EVENTS - 1) + ") i");
    }

    private static List<String> subjects(String query) throws Exception {
        List<String> subjects = new ArrayList<>();
        String after = "";
        do {
            Answer page = http.get(LIST + query + after);
            assertThat(page.status()).as(page.body().toString()).isEqualTo(200);
            for (JsonNode item : page.body().path("items")) {
                subjects.add(item.path("subject").asString());
            }
            after = page.body().has("next")
                    ? "&after=" + page.body().path("next").asString()
                    : "";
        } while (!after.isEmpty());
        return subjects;
    }

    private static List<String> events(int newest, int oldest, int step) {
        List<String> events = new ArrayList<>();
        for (int i = newest; i >= oldest; i -= step) {
            events.add("event " + i);
        }
        return events;
    }

    @Test
    void theLatestComeFirstPageByPage() throws Exception {
        assertThat(subjects("&limit=4")).isEqualTo(events(EVENTS - 1, 0, 1));
        assertThat(subjects("&limit=4&action=alias.move")).isEqualTo(events(20, 0, 5));
        assertThat(subjects("&action=nothing")).isEmpty();
    }

    @Test
    void fromIsTheFirstTimeAndToTheFirstOneBeyond() throws Exception {
        String from = "&from=2026-03-01T12:05:00Z";
        String to = "&to=2026-03-01T12:15:00Z";
        assertThat(subjects(from + to + "&limit=3")).isEqualTo(events(14, 5, 1));
        assertThat(subjects(from)).isEqualTo(events(EVENTS - 1, 5, 1));
        assertThat(subjects(to)).isEqualTo(events(14, 0, 1));
        assertThat(subjects(from + to + "&action=alias.move")).isEqualTo(events(10, 5, 5));
        assertThat(subjects("&from=2026-03-01T12:05:00.000001Z" + to)).isEqualTo(events(14, 6, 1));
        assertThat(subjects("&from=2027-01-01T00:00:00Z")).isEmpty();
    }

    @Test
    void nonsenseIsRefused() throws Exception {
        for (String query : List.of(
                "&from=yesterday",
                "&from=2026-03-01",
                "&to=2026-13-01T00:00:00Z",
                "&from=2026-03-02T00:00:00Z&to=2026-03-01T00:00:00Z",
                "&from=2026-03-01T00:00:00Z&to=2026-03-01T00:00:00Z",
                "&from=-1000000000-01-01T00:00:00Z",
                "&to=%2B1000000000-12-31T23:59:59Z",
                "&after=8999999000",
                "&after=-1",
                "&after=x",
                "&from=%00")) {
            assertProblem(http.get(LIST + query), 400, "REQUEST_INVALID");
        }
    }

    @Test
    void whatWasWrittenDownIsNeverChanged() {
        assertThatThrownBy(() -> http.execute(
                        "update registry.audit_events set subject = 'x' where principal = 'auditor;admin'"))
                .hasMessageContaining("never changed");
    }
}
