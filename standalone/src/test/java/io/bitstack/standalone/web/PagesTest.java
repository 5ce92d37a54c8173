package io.bitstack.standalone.web;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.TimeoutError;
import com.microsoft.playwright.options.AriaRole;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Every page of the web admin: what it shows, in both themes, for people who use assistive technology, and on a phone. */
@ExtendWith(WebPlatform.Shared.class)
class PagesTest {
    private static final int PHONE_WIDTH = 390;
    private static final int PHONE_HEIGHT = 800;
    /** A usual window at 200 % zoom has half of its pixels. */
    private static final int ZOOMED_WIDTH = 700;

    private static final int ZOOMED_HEIGHT = 500;

    private static Browser browser;
    private static WebPlatform platform;

    @BeforeAll
    static void start() throws Exception {
        browser = Browser.get();
        platform = WebPlatform.get();
    }

    /** The pages by the names of their pictures: address and a text that stands on it when it is there. */
    private static Map<String, List<String>> pages() {
        Map<String, List<String>> pages = new LinkedHashMap<>();
        pages.put("overview", List.of("/", "Fleet"));
        pages.put("models", List.of("/models", "Newest version"));
        pages.put("versions", List.of("/models?view=versions&filter=name%20like%20%27ti%25%27", "tiny@2"));
        pages.put("model", List.of("/models/tiny", "version 2"));
        pages.put("model-aliases", List.of("/models/tiny?tab=aliases", "History of stable"));
        pages.put("model-readme", List.of("/models/tiny?tab=readme", "A model for"));
        pages.put("model-tags", List.of("/models/tiny?tab=tags", "team"));
        pages.put("version-curve", List.of("/models/tiny/versions/1?beside=2", "What do I get at a budget of"));
        pages.put("version-stack", List.of("/models/tiny/versions/1?tab=stack", "Colour by importance"));
        pages.put("version-compare", List.of("/models/tiny/versions/1?tab=compare&to=2", "are the same. Going from"));
        pages.put("version-lineage", List.of("/models/tiny/versions/1?tab=lineage", "Made from"));
        pages.put("version-details", List.of("/models/tiny/versions/1?tab=details", "Signatures"));
        pages.put("compress", List.of("/compress?model=tiny", "Where the model is"));
        pages.put("jobs", List.of("/jobs", "Time left in the step"));
        pages.put("job", List.of("/jobs/" + platform.jobId, "Error of each matrix"));
        pages.put("nodes", List.of("/nodes", "edge-a"));
        pages.put("node", List.of("/nodes/edge-a", "Loaded prefix"));
        pages.put("deployments", List.of("/deployments?new=1", "Deploy a model"));
        pages.put("playground", List.of("/playground", "Ask both"));
        pages.put("access-keys", List.of("/access", "New key"));
        pages.put("access-roles", List.of("/access?tab=roles", "publisher"));
        pages.put("access-sessions", List.of("/access?tab=sessions", "sessions"));
        pages.put("access-webhooks", List.of("/access?tab=webhooks", "example.org"));
        pages.put("access-webhook", List.of("/access/webhooks/" + platform.webhookId, "Send a test event"));
        pages.put("access-join", List.of("/access?tab=join", "Join tokens"));
        pages.put("access-audit", List.of("/access?tab=audit", "Audit log"));
        pages.put("access-signing", List.of("/access?tab=signing", "Ed25519"));
        pages.put("storage", List.of("/storage", "Garbage collection"));
        pages.put("not-found", List.of("/nothing/is/here", "no such page"));
        return pages;
    }

    @Test
    void noPageHasAViolationInEitherTheme() throws IOException {
        List<String> found = new ArrayList<>();
        try (AdminPage admin = new AdminPage(browser.newContext(), platform.url())) {
            admin.open("/");
            admin.expectHeading("Log in");
            found.addAll(admin.axe());
            admin.enter(platform.adminKey());
            admin.expectHeading("Overview");
            for (String theme : List.of("Light", "Dark")) {
                admin.theme(theme);
                for (Map.Entry<String, List<String>> page : pages().entrySet()) {
                    admin.open(page.getValue().get(0));
                    admin.expectText(page.getValue().get(1));
                    admin.settle();
                    if (theme.equals("Light")) {
                        admin.picture("page-" + page.getKey());
                    }
                    admin.axe().forEach(violation -> found.add(theme + " " + violation));
                }
            }
            admin.open("/models/tiny/versions/1?beside=2");
            admin.expectText("What do I get at a budget of");
            admin.settle();
            admin.picture("page-dark");
            admin.expectNoComplaints();
        }
        assertThat(found).isEmpty();
    }

    @Test
    void nothingIsCutOffOnAPhoneOrAtTwiceTheSize() {
        List<String> found = new ArrayList<>();
        int[][] sizes = {{PHONE_WIDTH, PHONE_HEIGHT}, {ZOOMED_WIDTH, ZOOMED_HEIGHT}};
        try (AdminPage admin = new AdminPage(browser.newContext(PHONE_WIDTH, PHONE_HEIGHT), platform.url())) {
            admin.login(platform.adminKey());
            for (Map.Entry<String, List<String>> page : pages().entrySet()) {
                admin.page.setViewportSize(PHONE_WIDTH, PHONE_HEIGHT);
                admin.open(page.getValue().get(0));
                admin.expectAttached(page.getValue().get(1));
                admin.settle();
                for (int[] size : sizes) {
                    admin.page.setViewportSize(size[0], size[1]);
                    if (!fits(admin)) {
                        found.add("%s at %d is too wide".formatted(page.getKey(), size[0]));
                    }
                }
            }
        }
        assertThat(found).isEmpty();
    }

    /** The page itself never scrolls sideways; pictures and wide tables do so in boxes of their own. It may take a moment to become as narrow. */
    private static boolean fits(AdminPage admin) {
        try {
            admin.page.waitForFunction(
                    """
                    () => ['html', '#main'].map((selector) => document.querySelector(selector))
                      .every((element) => element.scrollWidth <= element.clientWidth)
                    """, null, new Page.WaitForFunctionOptions().setTimeout(AdminPage.PATIENCE_MILLIS / 4));
            return true;
        } catch (TimeoutError e) {
            return false;
        }
    }

    @Test
    void theKeyboardReachesEverything() {
        try (AdminPage admin = new AdminPage(browser.newContext(), platform.url())) {
            admin.login(platform.adminKey());
            admin.open("/models/tiny?tab=aliases");
            admin.expectText("History of stable");
            admin.page.keyboard().press("Tab");
            assertThat(admin.link("Skip to content")).isFocused();
            admin.page.keyboard().press("Enter");
            assertThat(admin.page.locator("#main")).isFocused();
            admin.button("Move stable").focus();
            admin.page.keyboard().press("Enter");
            assertThat(admin.page.getByRole(AriaRole.DIALOG)).isVisible();
            admin.page.keyboard().press("Escape");
            assertThat(admin.page.getByRole(AriaRole.DIALOG)).isHidden();
            admin.go("Jobs");
            assertThat(admin.page.getByRole(AriaRole.HEADING, new Page.GetByRoleOptions().setLevel(1)))
                    .isFocused();
        }
    }

    @Test
    void aReadmeLooksLikeOne() {
        try (AdminPage admin = new AdminPage(browser.newContext(), platform.url())) {
            admin.login(platform.adminKey());
            admin.open("/models/tiny?tab=readme");
            admin.expectText("A model for");
            double[] sizes = admin.page.locator(".markdown h2, .markdown p").all().stream()
                    .mapToDouble(element -> ((Number)
                                    element.evaluate("element => parseFloat(getComputedStyle(element).fontSize)"))
                            .doubleValue())
                    .toArray();
            assertThat(sizes).hasSize(2);
            assertThat(sizes[0]).as("a heading is larger than text").isGreaterThan(sizes[1]);
        }
    }

    @Test
    void whatIsOnAPageIsInItsAddress() {
        try (AdminPage admin = new AdminPage(browser.newContext(), platform.url())) {
            admin.login(platform.adminKey());
            admin.open("/models");
            admin.page.getByLabel("Find models by name, description or tag").fill("tin");
            admin.expectAddress("q=tin");
            admin.open("/models?q=nothing-fits");
            admin.expectText("No model fits");
            admin.open("/nodes?state=lost");
            admin.expectText("No node fits");
            admin.open("/models?view=versions&filter=bpw%20%3C");
            admin.expectText("FILTER_INVALID");
            admin.open("/access?tab=audit&to=2000-01-01T00%3A00%3A00.000Z");
            admin.expectText("No change fits");
            admin.page
                    .getByLabel("From", new Page.GetByLabelOptions().setExact(true))
                    .fill("1990-06-15T12:30");
            admin.expectAddress("from=1990-06-1[456]T.*");
            admin.button("Any time").click();
            assertThat(admin.rows("Audit log").first()).isVisible();
            admin.expectAddress("tab=audit");
            admin.open("/access?tab=audit&from=2001-01-01T00%3A00%3A00.000Z&to=2000-01-01T00%3A00%3A00.000Z");
            admin.expectText("REQUEST_INVALID");
            admin.open("/models/tiny/versions/99");
            admin.expectText("VERSION_NOT_FOUND");
        }
    }

    @Test
    void actionsSayWhatBecameOfThemAndCanBeTakenBack() throws IOException {
        try (AdminPage admin = new AdminPage(browser.newContext(), platform.url())) {
            admin.login(platform.adminKey());
            admin.open("/nodes/edge-a");
            admin.page.getByLabel("New budget").fill("70 MB");
            admin.button("Change the budget").click();
            admin.expectSaid("edge-a changes to 66.8 MiB");
            assertThat(desired("edge-a")).isEqualTo(70_000_000);
            admin.button("Undo").click();
            admin.expectSaid("edge-a has its former budget again");
            assertThat(desired("edge-a")).isZero();
            admin.open("/models/tiny/versions/2?tab=details");
            admin.button("Check the signatures in this browser").click();
            admin.expectText("good");
            admin.button("Check every blob").click();
            admin.expectText("all whole");
            admin.open("/storage");
            admin.button("Dry run").click();
            admin.expectText("It would");
            admin.button("Check all blobs").click();
            admin.expectText("all there");
            // Both checks are kept by the registry.
            assertThat(result(admin, "the whole store")).isVisible();
            assertThat(result(admin, "tiny/2")).containsText("whole", AdminPage.patient());
            admin.expectNoComplaints();
        }
    }

    @Test
    void whatScrubsHaveFoundIsKeptAndShown() throws Exception {
        platform.sql(
                "insert into registry.scrub_results (id, kind, subject, started_at, ended_at, checked_blobs, checked_bytes,"
                        + " bad_blobs, repaired_blobs, started_by) values (nextval('registry.scrub_ids'), 'node', 'edge-a',"
                        + " now() - interval '6 hours', now(), 900, 1048576, 2, 1, 'edge-a;node')");
        try (AdminPage admin = new AdminPage(browser.newContext(), platform.url())) {
            admin.login(platform.adminKey());
            admin.open("/storage?scrubs=node");
            assertThat(result(admin, "edge-a")).containsText("damaged 2 blobs, 1 fetched anew", AdminPage.patient());
            assertThat(result(admin, "edge-a")).containsText("900, 1.00 MiB");
            admin.page.getByLabel("What was looked through").selectOption("stack");
            admin.expectAddress("scrubs=stack");
            assertThat(result(admin, "edge-a")).isHidden();
            admin.expectNoComplaints();
        }
    }

    private static Locator result(AdminPage admin, String of) {
        return admin.rows("Scrub results")
                .filter(new Locator.FilterOptions().setHasText(of))
                .first();
    }

    private static long desired(String node) throws IOException {
        return platform.api
                .get("/api/v1/nodes/" + node)
                .path("desiredBudgetBytes")
                .asLong(0);
    }
}
