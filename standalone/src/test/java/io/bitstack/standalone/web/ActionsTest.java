package io.bitstack.standalone.web;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What can be done on the pages besides the newcomer's path: keys, nodes, other formats, the stack's picture, uploads. */
@ExtendWith(WebPlatform.Shared.class)
class ActionsTest {
    private static Browser browser;
    private static WebPlatform platform;

    @BeforeAll
    static void start() throws Exception {
        browser = Browser.get();
        platform = WebPlatform.get();
    }

    private static AdminPage admin() {
        AdminPage admin = new AdminPage(browser.newContext(), platform.url());
        admin.login(platform.adminKey());
        return admin;
    }

    @Test
    void aKeyExpiresAndIsRotated() {
        try (AdminPage admin = admin()) {
            admin.open("/access");
            admin.page.locator("#key-name").fill("pipeline");
            admin.page.locator("#key-days").fill("0");
            admin.expectText("A whole number of days");
            admin.page.locator("#key-days").fill("7");
            admin.button("Make the key").click();
            admin.expectText("The key pipeline: copy it now");
            String first = admin.page.locator(".secret").first().textContent();
            Locator row = admin.rows("Keys").filter(new Locator.FilterOptions().setHasText("pipeline"));
            assertThat(row).containsText("expires soon", AdminPage.patient());
            admin.button("Rotate the key pipeline").click();
            admin.page.locator("#overlap").selectOption("3600");
            admin.page
                    .getByRole(AriaRole.DIALOG)
                    .getByRole(AriaRole.BUTTON, new Locator.GetByRoleOptions().setName("Rotate"))
                    .click();
            admin.expectText("The new key pipeline: copy it now");
            assertThat(row).hasCount(2);
            assertThat(row.filter(new Locator.FilterOptions().setHasText("replaced")))
                    .hasCount(1);
            assertThat(admin.page.locator(".secret").last()).not().hasText(first);
            keysAreNamedInTheAuditLog(admin);
            admin.open("/");
            admin.expectText("The key pipeline expires soon");
            admin.link("Rotate it").first().click();
            admin.expectAddress("/access\\?q=pipeline&state=expires\\+soon");
            assertThat(row).hasCount(1);
            admin.expectNoComplaints();
        }
    }

    /** By their names, be they who did something or what something was done to; their ids are shown on hover. */
    private static void keysAreNamedInTheAuditLog(AdminPage admin) {
        admin.open("/access?tab=audit&action=key.rotate");
        Locator rotated = admin.rows("Audit log").first();
        Locator what = rotated.locator("[data-label=What] bdi");
        assertThat(what).hasText("pipeline by pipeline");
        assertThat(what).hasAttribute("title", Pattern.compile("[0-9a-f]{16} by [0-9a-f]{16}"));
        Locator by = rotated.locator("[data-label=By] bdi");
        assertThat(by).hasText(Pattern.compile("\\S+ \\(admin\\)"));
        assertThat(by).not().hasText(Pattern.compile("[0-9a-f]{16} \\(admin\\)"));
        assertThat(by).hasAttribute("title", Pattern.compile("[0-9a-f]{16};admin"));
        String name = by.textContent().replace(" (admin)", "");
        admin.page.getByLabel("By whom").fill(name);
        admin.expectAddress("principal=" + name);
        assertThat(rotated).containsText("pipeline by pipeline", AdminPage.patient());
        admin.open("/access?tab=audit&action=session.open&principal=" + name);
        assertThat(by).hasText(name + " (admin)");
        admin.page.getByLabel("By whom").fill("nobody-at-all");
        admin.expectText("No change fits");
    }

    @Test
    void whatCannotBeTakenBackIsAskedForByItsName() {
        try (AdminPage admin = admin()) {
            admin.open("/access?tab=join");
            admin.page.locator("#join-name").fill("one-more");
            admin.button("Make the join token").click();
            admin.button("Revoke the join token one-more").click();
            Locator dialog = admin.page.getByRole(AriaRole.DIALOG);
            assertThat(dialog).containsText("Revoke the join token one-more?");
            dialog.getByRole(AriaRole.BUTTON, new Locator.GetByRoleOptions().setName("Revoke"))
                    .click();
            admin.expectSaid("The join token one-more was revoked");
            assertThat(admin.rows("Join tokens").filter(new Locator.FilterOptions().setHasText("one-more")))
                    .containsText("revoked", AdminPage.patient());
            admin.expectNoComplaints();
        }
    }

    @Test
    void theFormOfADeploymentIsInItsAddress() {
        try (AdminPage admin = admin()) {
            admin.open("/deployments?new=1&model=tiny&whom=some&nodes=edge-a&context=256");
            assertThat(admin.page.getByLabel("edge-a")).isChecked();
            assertThat(admin.page.locator("#deploy-context")).hasValue("256");
            assertThat(admin.rows("What each node would hold")).hasCount(1);
            admin.page.getByLabel("edge-b").click();
            admin.expectAddress("nodes=edge-a%2Cedge-b");
            assertThat(admin.rows("What each node would hold")).hasCount(2);
            admin.page.locator("#deploy-context").fill("");
            admin.expectText("A whole number of tokens.");
            admin.button("Cancel").click();
            admin.expectAddress("/deployments\\??$");
            admin.open("/models/tiny/versions/1?beside=2");
            assertThat(admin.rows("Measured sizes").filter(new Locator.FilterOptions().setHasText("before it was")))
                    .hasCount(2);
            admin.button("Draw version 2 no more").click();
            admin.expectAddress("/versions/1\\??$");
            admin.expectNoComplaints();
        }
    }

    @Test
    void aKeyGetsAnotherNameAndEnd() {
        try (AdminPage admin = admin()) {
            admin.open("/access");
            admin.page.locator("#key-name").fill("to-be-renamed");
            admin.button("Make the key").click();
            admin.expectText("The key to-be-renamed: copy it now");
            admin.button("Change the key to-be-renamed").click();
            Locator dialog = admin.page.getByRole(AriaRole.DIALOG);
            Locator change = dialog.getByRole(AriaRole.BUTTON, new Locator.GetByRoleOptions().setName("Change"));
            assertThat(change).isDisabled();
            admin.page.locator("#changed-name").fill("../x");
            admin.expectText("Lower-case letters, digits");
            admin.page.locator("#changed-name").fill("renamed");
            admin.page.locator("#changed-end").selectOption("never");
            change.click();
            admin.expectText("The key renamed was changed");
            Locator row = admin.rows("Keys").filter(new Locator.FilterOptions().setHasText("renamed"));
            assertThat(row).hasCount(1);
            assertThat(row).containsText("active", AdminPage.patient());
            assertThat(row.locator("[data-label=Expires]")).hasText("never");
            admin.expectNoComplaints();
        }
    }

    @Test
    void anotherFormatIsDrawnBesideTheCurve() throws Exception {
        try (AdminPage admin = admin()) {
            admin.open("/models/tiny/versions/1");
            admin.button("Add a format").click();
            admin.page.locator("#reference-name").fill("Q4_<b>");
            admin.page.locator("#reference-size").fill("1 MB");
            admin.page.locator("#reference-kl").fill("0.5");
            admin.button("Add").last().click();
            admin.expectSaid("is drawn beside the curve");
            assertThat(admin.rows("Other formats")).hasCount(1);
            assertThat(admin.rows("Other formats")).containsText("Q4_<b>");
            assertThat(platform.api
                            .get("/api/v1/models/tiny")
                            .path("tags")
                            .path("reference.Q4_<b>")
                            .asString())
                    .contains("1000000");
            admin.button("Remove the reference").click();
            admin.expectSaid("was removed");
            admin.button("Undo").click();
            admin.expectSaid("is back");
            admin.page.reload();
            admin.button("Remove the reference").click();
            assertThat(admin.rows("Other formats")).hasCount(0);
            admin.expectNoComplaints();
        }
    }

    @Test
    void theStackSaysWhatIsPointedAtByMouseAndByKeyboard() {
        try (AdminPage admin = admin()) {
            admin.open("/models/tiny/versions/1?tab=stack");
            admin.page.locator(".stack-picture .block").nth(5).hover();
            Locator said = admin.page.locator(".answer");
            assertThat(said).containsText("importance");
            String first = said.textContent();
            Locator picture =
                    admin.page.getByRole(AriaRole.REGION, new Page.GetByRoleOptions().setName("Picture of the stack"));
            picture.focus();
            picture.press("ArrowDown");
            assertThat(said).not().hasText(first);
            assertThat(said).containsText("importance");
            admin.button("Colour by place in the order").click();
            admin.expectAddress("colour=order");
            admin.expectText("first in the order");
        }
    }

    @Test
    void aNodeIsDrainedAndComesBack() throws Exception {
        Assumptions.assumeTrue(has("/api/v1/nodes/{name}/drain"), "this registry drains no nodes");
        try (AdminPage admin = admin()) {
            admin.open("/nodes/edge-b");
            admin.button("Drain").click();
            admin.expectText("The node is drained");
            assertThat(platform.api
                            .get("/api/v1/nodes/edge-b")
                            .path("drainedAt")
                            .isString())
                    .isTrue();
            admin.closeSaid();
            admin.button("Undrain").click();
            admin.expectSaid("Node edge-b is sent requests again");
            assertThat(admin.page.getByRole(
                            AriaRole.BUTTON,
                            new Page.GetByRoleOptions().setName("Drain").setExact(true)))
                    .isVisible();
            admin.closeSaid();
            admin.button("Revoke").click();
            admin.expectText("Revoke the node edge-b?");
            admin.page.keyboard().press("Escape");
            assertThat(admin.page.getByRole(AriaRole.DIALOG)).isHidden();
            admin.expectNoComplaints();
        }
    }

    @Test
    void filesAreSentOverALostConnectionAndCompressed() throws Exception {
        Assumptions.assumeTrue(takesUploads(), "this platform takes no uploads");
        try (AdminPage admin = admin()) {
            AtomicInteger lost = new AtomicInteger();
            admin.page.route("**/api/v1/uploads/*/files/**", route -> {
                if (route.request().method().equals("PATCH") && lost.getAndIncrement() < 2) {
                    route.abort("connectionreset");
                } else {
                    route.resume();
                }
            });
            admin.open("/compress?model=sent&kind=upload");
            admin.page
                    .locator("#model-upload")
                    .setInputFiles(platform.tinyFiles().toArray(Path[]::new));
            admin.expectText("all there");
            assertThat(lost.get()).isGreaterThan(2);
            admin.button("Check and start").click();
            admin.expectAddress("/jobs/[0-9a-f-]+");
            assertThat(admin.page.locator(".live")).containsText("done", AdminPage.patientWithJobs());
        }
        platform.api.delete("/api/v1/models/sent");
    }

    /** Whether the registry that runs here has a route. */
    private static boolean has(String path) throws Exception {
        return java.nio.file.Files.readString(Browser.repository().resolve("docs/openapi/registry.json"))
                .contains("\"" + path + "\"");
    }

    private static boolean takesUploads() {
        try {
            platform.api.get("/api/v1/uploads?limit=1");
            return true;
        } catch (java.io.IOException e) {
            return false;
        }
    }

    @Test
    void theFormWorksWhereNoUploadsAreTaken() {
        try (AdminPage admin = admin()) {
            admin.page.route(
                    "**/api/v1/uploads*",
                    route -> route.fulfill(new com.microsoft.playwright.Route.FulfillOptions()
                            .setStatus(404)
                            .setContentType("application/problem+json")
                            .setBody("{\"code\":\"ROUTE_NOT_FOUND\",\"detail\":\"no such route\"}")));
            admin.open("/compress?calibration=file");
            admin.expectText("This platform takes no uploads");
            assertThat(admin.page.getByLabel("Files from here")).isDisabled();
            admin.expectText("Drop a text file here");
            admin.expectNoComplaints();
        }
    }
}
