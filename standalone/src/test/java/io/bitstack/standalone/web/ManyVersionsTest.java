package io.bitstack.standalone.web;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Ten thousand versions: the first rows need one page of the list, and however far one scrolls, only rows near the window are on the
 * page. How long it took is written to {@code target/many-versions.txt}; a busy machine fails nothing.
 */
@ExtendWith(WebPlatform.Shared.class)
class ManyVersionsTest {
    private static final String MODEL = "many";
    private static final int VERSIONS = 10_000;
    private static final int MOST_ROWS = 200;

    /** Keeps when the first row stood and which tasks held the page up. */
    private static final String WATCH = """
            window.longTasks = [];
            new PerformanceObserver((list) => window.longTasks.push(...list.getEntries().map((entry) => entry.duration)))
              .observe({ type: 'longtask', buffered: true });
            new MutationObserver((_changes, observer) => {
              if (document.querySelector('tr.row')) {
                window.firstRowMillis = performance.now();
                observer.disconnect();
              }
            }).observe(document, { childList: true, subtree: true });
            """;

    /** Scrolls as the reader does who keeps a finger on the key, until the oldest version is there. */
    private static final String TO_THE_END = """
            () => {
              const main = document.querySelector('#main');
              main.scrollTop = main.scrollHeight;
              window.mostRows = Math.max(window.mostRows ?? 0, document.querySelectorAll('tr.row').length);
              return document.querySelector('a[href="/models/many/versions/1"]') !== null;
            }
            """;

    /** A hundred steps from the beginning to the end: the time from frame to frame. */
    private static final String THROUGH_ALL = """
            async () => {
              const main = document.querySelector('#main');
              const frames = [];
              let last = performance.now();
              for (let step = 0; step <= 100; step += 1) {
                main.scrollTop = (main.scrollHeight * step) / 100;
                await new Promise((resolve) => requestAnimationFrame(resolve));
                const now = performance.now();
                frames.push(now - last);
                last = now;
              }
              frames.sort((a, b) => a - b);
              return { median: frames[50], p95: frames[95], longest: frames.at(-1) };
            }
            """;

    private static Browser browser;
    private static WebPlatform platform;

    @BeforeAll
    static void start() throws Exception {
        browser = Browser.get();
        platform = WebPlatform.get();
        platform.api.post("/api/v1/models", Map.of("name", MODEL));
        platform.api.post(
                "/api/2.0/mlflow/model-versions/create", Map.of("name", MODEL, "source", "s3://elsewhere/first"));
        platform.sql("""
                insert into registry.versions
                select (jsonb_populate_record(v, jsonb_build_object(
                    'id', 1000000000 + n, 'number', n, 'created_at', v.created_at + n * interval '1 second'))).*
                from registry.versions v, generate_series(2, %d) n
                where v.model_id = (select id from registry.models where name = '%s')
                """.formatted(VERSIONS, MODEL));
    }

    @AfterAll
    static void stop() throws Exception {
        if (platform != null) {
            platform.sql("delete from registry.version_tags where version_id > 1000000000");
            platform.sql("delete from registry.versions where id > 1000000000");
            platform.delete("/api/v1/models/" + MODEL);
        }
    }

    @Test
    @SuppressWarnings("unchecked")
    void tenThousandVersionsAreOnePageAtFirstAndNeverMoreRowsThanAreSeen() throws Exception {
        try (AdminPage admin = new AdminPage(browser.newContext(), platform.url())) {
            admin.login(platform.adminKey());
            admin.page.addInitScript(WATCH);
            List<String> searches = new CopyOnWriteArrayList<>();
            admin.page.onRequest(request -> {
                if (request.url().contains("/api/v1/search")) {
                    searches.add(request.url());
                }
            });
            admin.open("/models/" + MODEL);
            assertThat(admin.link("version " + VERSIONS)).isVisible();
            admin.settle();
            // Reading the same page anew is no other page.
            assertThat(searches.stream().distinct()).hasSize(1);
            assertThat(admin.page.locator("tr.row").nth(9)).isAttached();
            assertThat(admin.page.locator("tr.row").count()).isLessThan(MOST_ROWS);
            double firstRow = ((Number) admin.page.evaluate("() => window.firstRowMillis")).doubleValue();
            admin.page.waitForFunction(
                    TO_THE_END,
                    null,
                    new com.microsoft.playwright.Page.WaitForFunctionOptions()
                            .setPollingInterval(50)
                            .setTimeout(5 * AdminPage.PATIENCE_MILLIS));
            assertThat(((Number) admin.page.evaluate("() => window.mostRows")).intValue())
                    .isLessThan(MOST_ROWS);
            assertThat(searches.stream().distinct().count()).isEqualTo(VERSIONS / 200);
            Map<String, Object> frames = (Map<String, Object>) admin.page.evaluate(THROUGH_ALL);
            assertThat(admin.page.locator("tr.row").count()).isLessThan(MOST_ROWS);
            Object tasks = admin.page.evaluate("() => window.longTasks.map((task) => Math.round(task)).join(' ')");
            Files.writeString(
                    Path.of("target", "many-versions.txt"),
                    "first row after %.0f ms; frames while scrolling through %d rows: %s ms; tasks of more than 50 ms: %s%n"
                            .formatted(firstRow, VERSIONS, frames, tasks));
            admin.expectNoComplaints();
        }
    }

    @Test
    void theRegistrySortsThem() throws Exception {
        try (AdminPage admin = new AdminPage(browser.newContext(), platform.url())) {
            admin.login(platform.adminKey());
            admin.open("/models?view=versions&filter=name%20%3D%20'many'&sort=-createdAt");
            assertThat(admin.link("many@" + VERSIONS)).isVisible();
            admin.button("Published").click();
            assertThat(admin.link("many@1")).isVisible();
            admin.expectAddress("sort=createdAt");
            admin.page
                    .getByLabel("Choose many@2", new com.microsoft.playwright.Page.GetByLabelOptions().setExact(true))
                    // Not check(): the box follows the address, which changes a moment later.
                    .click();
            admin.expectAddress("chosen=many%402");
            admin.page.reload();
            assertThat(admin.page.getByLabel(
                            "Choose many@2", new com.microsoft.playwright.Page.GetByLabelOptions().setExact(true)))
                    .isChecked();
            admin.button("Tag 1 chosen").click();
            admin.page.locator("#tag-key").fill("kept");
            admin.page.locator("#tag-value").fill("x".repeat(10_000));
            admin.expectText("It has 10,000 characters; a value has 5,000 at most.");
            assertThat(admin.button("Set the tag")).isDisabled();
            admin.page.locator("#tag-value").fill("yes");
            admin.button("Set the tag").click();
            admin.expectSaid("Tag kept set on many@2");
            assertThat(admin.table("Versions")).containsText("kept: yes", AdminPage.patient());
        }
    }
}
