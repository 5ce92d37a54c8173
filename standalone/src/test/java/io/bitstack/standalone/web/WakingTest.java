package io.bitstack.standalone.web;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.Request;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.TimeoutError;
import com.microsoft.playwright.options.ReducedMotion;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Tabs that slept, people who want no motion, the reader's own zone, and servers that answer anything but what is asked. */
@ExtendWith(WebPlatform.Shared.class)
class WakingTest {
    private static Browser browser;
    private static WebPlatform platform;

    @BeforeAll
    static void start() throws Exception {
        browser = Browser.get();
        platform = WebPlatform.get();
    }

    @Test
    void aTabThatSleptForAnHourSaysSoAndReadsAnew() {
        try (AdminPage admin = new AdminPage(browser.newContext(), platform.url())) {
            admin.page.clock().install();
            admin.login(platform.adminKey());
            admin.open("/models");
            assertThat(admin.table("Models")).containsText("tiny", AdminPage.patient());
            List<String> asked = new CopyOnWriteArrayList<>();
            admin.page.onRequest((Request request) -> asked.add(request.url()));
            admin.page.clock().fastForward("01:00:00");
            admin.expectSaid("This page slept for 1 h");
            admin.page.waitForCondition(() -> asked.stream().anyMatch(url -> url.contains("/api/v1/models?limit=200")));
            assertThat(admin.table("Models")).containsText("tiny");
        }
    }

    @Test
    void nothingMovesForThoseWhoAskForThat() {
        try (AdminPage admin = new AdminPage(browser.newContext(), platform.url())) {
            admin.page.emulateMedia(new Page.EmulateMediaOptions().setReducedMotion(ReducedMotion.REDUCE));
            admin.login(platform.adminKey());
            admin.open("/playground");
            admin.expectText("Ask both");
            Number longest = (Number) admin.page.evaluate("""
                    () => Math.max(...[...document.querySelectorAll('*')].flatMap((element) => {
                      const style = getComputedStyle(element);
                      return [style.transitionDuration, style.animationDuration].flatMap((all) => all.split(',').map(parseFloat));
                    }))
                    """);
            assertThat(longest.doubleValue()).isLessThan(0.001);
        }
    }

    @Test
    void timesAreInTheReadersZoneAndExactOnHover() {
        try (AdminPage admin = new AdminPage(browser.newContext(), platform.url())) {
            admin.login(platform.adminKey());
            admin.open("/models/tiny/versions/1?tab=details");
            admin.expectText("Signatures");
            String title = admin.page.locator("main time").first().getAttribute("title");
            String exact = admin.page.locator("main time").first().getAttribute("datetime");
            assertThat(title).contains(exact).containsPattern("GMT\\+[12]|CES?T");
        }
    }

    @Test
    void noPageIsEverBlank() {
        Map<String, Route.FulfillOptions> answers = new LinkedHashMap<>();
        answers.put(
                "problem",
                answer(500, "application/problem+json", "{\"code\":\"INTERNAL_ERROR\",\"detail\":\"broken\"}"));
        answers.put("HTML", answer(200, "text/html", "<html><script>window.hacked=1</script></html>"));
        answers.put("another shape", answer(200, "application/json", "{}"));
        List<String> paths = List.of(
                "/",
                "/models",
                "/models?view=versions",
                "/models/tiny",
                "/models/tiny/versions/1",
                "/compress",
                "/jobs",
                "/jobs/" + platform.jobId,
                "/nodes",
                "/nodes/edge-a",
                "/deployments?new=1",
                "/playground",
                "/access",
                "/access?tab=sessions",
                "/access?tab=audit",
                "/storage");
        answers.forEach((kind, answer) -> {
            try (AdminPage admin = new AdminPage(browser.newContext(), platform.url())) {
                admin.login(platform.adminKey());
                // All but the session itself, without which there is the login alone.
                admin.page.route(
                        java.util.regex.Pattern.compile(".*/api/v1/(?!session(\\?|$)).*"),
                        route -> route.fulfill(answer));
                for (String path : paths) {
                    admin.open(path);
                    assertSaysWhatIsWrong(admin, kind + " at " + path);
                    assertThat(admin.page.evaluate("() => window.hacked ?? null"))
                            .as(kind + " at " + path)
                            .isNull();
                }
            }
        });
    }

    /** A heading, and words beside it: what failed, or that there is nothing. */
    private static void assertSaysWhatIsWrong(AdminPage admin, String what) {
        try {
            admin.page.waitForFunction("""
                    () => {
                      const main = document.querySelector('main');
                      const heading = main?.querySelector('h1, h2');
                      return heading && main.innerText.trim().length > heading.innerText.trim().length + 10
                        && !main.querySelector('[role=progressbar]');
                    }
                    """);
        } catch (TimeoutError e) {
            throw new AssertionError(
                    what + " shows only: " + admin.page.evaluate("() => document.querySelector('main')?.innerHTML"), e);
        }
    }

    private static Route.FulfillOptions answer(int status, String type, String body) {
        return new Route.FulfillOptions().setStatus(status).setContentType(type).setBody(body);
    }
}
