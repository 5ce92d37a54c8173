package io.bitstack.standalone.web;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Route;
import io.bitstack.standalone.client.ApiClient;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What others wrote is text and never runs; a server that answers badly never leaves a blank page. */
@ExtendWith(WebPlatform.Shared.class)
class HostileInputTest {
    private static final String SCRIPT = "<script>window.hacked=1</script><img src=x onerror=\"window.hacked=1\">";
    private static final String TURNED = "\u202Egnp.exe";

    private static Browser browser;
    private static WebPlatform platform;

    @BeforeAll
    static void start() throws Exception {
        browser = Browser.get();
        platform = WebPlatform.get();
        platform.api.post(
                "/api/v1/models",
                Map.of(
                        "name",
                        "hostile",
                        "description",
                        SCRIPT + "\n\n[link](javascript:window.hacked=1) [web](https://example.org/) " + TURNED));
        platform.api.patch(
                "/api/v1/models/hostile/tags", Map.of(SCRIPT, TURNED, "long", "x".repeat(5000), TURNED, SCRIPT));
        String key = platform.api
                .post("/api/v1/keys", Map.of("name", "hostile", "scope", "node"))
                .path("key")
                .asString();
        new ApiClient(platform.url(), key).put("/api/v1/nodes/hostile", report());
    }

    private static Map<String, Object> report() {
        Map<String, Object> report = new LinkedHashMap<>();
        report.put("url", "http://127.0.0.1:9");
        report.put("accessToken", "0123456789abcdef0123456789abcdef");
        report.put("state", "empty");
        report.put("budgetBytes", 1);
        report.put("labels", Map.of());
        for (String count : List.of("blocks", "heldBytes", "activeRequests", "queuedRequests", "corruptBlobs")) {
            report.put(count, 0);
        }
        report.put("problem", SCRIPT + TURNED + "y".repeat(1500));
        return report;
    }

    @AfterAll
    static void stop() throws Exception {
        if (platform != null) {
            platform.delete("/api/v1/nodes/hostile");
            platform.delete("/api/v1/models/hostile");
        }
    }

    @Test
    void whatOthersWroteIsText() {
        try (AdminPage admin = new AdminPage(browser.newContext(), platform.url())) {
            admin.login(platform.adminKey());
            String[] paths = {
                "/", "/models", "/models/hostile?tab=tags", "/models/hostile?tab=readme", "/nodes", "/nodes/hostile"
            };
            for (String path : paths) {
                admin.open(path);
                admin.expectText("hostile");
                admin.settle();
                assertThat(admin.page.evaluate("() => window.hacked ?? null"))
                        .as(path)
                        .isNull();
                assertThat(admin.page.locator("main script, main img")).hasCount(0);
            }
            admin.open("/models/hostile?tab=readme");
            admin.expectText("window.hacked");
            assertThat(admin.page.locator(".markdown a")).hasCount(1);
            admin.open("/models/hostile?tab=tags");
            admin.button("show all 5,000 characters").click();
            assertThat(admin.page.locator(
                            ".user-text",
                            new com.microsoft.playwright.Page.LocatorOptions().setHasText("x".repeat(5000))))
                    .hasCount(1);
            admin.open("/models/%3Cscript%3E?tab=%22%3E");
            admin.expectText("Could not read the model <script>");
            admin.expectNoComplaints();
        }
    }

    @Test
    void aBadAnswerIsShownWithItsCodeAndWhatToDo() {
        try (AdminPage admin = new AdminPage(browser.newContext(), platform.url())) {
            admin.login(platform.adminKey());
            answers(
                    admin,
                    500,
                    "application/problem+json",
                    "{\"code\":\"INTERNAL_ERROR\",\"detail\":\"broken\",\"errorId\":\"e77\"}");
            admin.expectText("Could not read the models: INTERNAL_ERROR");
            admin.expectText("error id e77");
            answers(admin, 429, "application/problem+json", "{\"code\":\"RATE_LIMITED\",\"detail\":\"too many\"}");
            admin.expectText("Could not read the models: RATE_LIMITED");
            answers(admin, 500, "text/html", "<html><script>window.hacked=1</script></html>");
            admin.expectText("The server answered 500 without saying why.");
            answers(admin, 200, "text/html", "<html><h1>Welcome to the proxy</h1></html>");
            admin.expectText("something else than JSON");
            assertThat(admin.page.evaluate("() => window.hacked ?? null")).isNull();
            admin.page.unroute("**/api/v1/models*");
            admin.button("Try again").click();
            assertThat(admin.table("Models")).containsText("tiny", AdminPage.patient());
        }
    }

    @Test
    void aSlowAnswerIsWaitedForVisibly() {
        try (AdminPage admin = new AdminPage(browser.newContext(), platform.url())) {
            admin.login(platform.adminKey());
            List<Route> held = new CopyOnWriteArrayList<>();
            admin.page.route("**/api/v1/models?limit=200", held::add);
            admin.open("/models");
            admin.expectHeading("Models");
            assertThat(admin.page.locator(".loading")).isVisible();
            admin.page.waitForCondition(() -> !held.isEmpty());
            admin.page.unroute("**/api/v1/models?limit=200");
            held.forEach(Route::resume);
            assertThat(admin.table("Models")).containsText("tiny", AdminPage.patient());
        }
    }

    /** Has the list of models answered so, and opens its page. */
    private static void answers(AdminPage admin, int status, String type, String body) {
        admin.page.unroute("**/api/v1/models*");
        admin.page.route(
                "**/api/v1/models*",
                route -> route.fulfill(new Route.FulfillOptions()
                        .setStatus(status)
                        .setContentType(type)
                        .setBody(body)));
        admin.open("/models");
    }
}
