package io.bitstack.standalone.web;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.assertions.LocatorAssertions;
import com.microsoft.playwright.options.AriaRole;
import io.bitstack.core.model.ModelConfig;
import io.bitstack.standalone.client.ApiClient;
import io.bitstack.standalone.demo.DemoBudgets;
import io.bitstack.standalone.platform.Platform;
import io.bitstack.standalone.platform.PlatformOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.util.FileSystemUtils;
import tools.jackson.databind.JsonNode;

/**
 * What a newcomer does in the browser alone, from the key that is printed at the first start to the audit log. Its pictures are the
 * tour in {@code docs/TOUR.md}.
 */
@ExtendWith(WebPlatform.Shared.class)
class NewcomerTest {
    /** What the form proposes. */
    private static final int CONTEXT_TOKENS = 1024;

    private static final int TURNS_OF_TWO_SIDES = 2;

    @TempDir
    static Path directory;

    private static Browser browser;
    private static Platform platform;
    private static DemoBudgets budgets;
    private static Path heldOut;

    @BeforeAll
    static void start() throws IOException {
        browser = Browser.get();
        FileSystemUtils.copyRecursively(Browser.repository().resolve("demo"), demo());
        budgets = DemoBudgets.of(
                ModelConfig.parse(Files.readString(demo().resolve("model/config.json"))), CONTEXT_TOKENS);
        heldOut = heldOut();
        platform = Platform.start(
                new PlatformOptions(
                        directory.resolve("data"),
                        0,
                        List.of(demo(), directory),
                        List.of(
                                new PlatformOptions.NodeOptions("edge-small", budgets.smallBytes()),
                                new PlatformOptions.NodeOptions("edge-large", budgets.largeBytes()))),
                stage -> {});
    }

    @AfterAll
    static void stop() throws IOException {
        if (platform != null) {
            platform.close();
        }
    }

    /** A copy, so that the pictures of the docs do not show where the repository is. */
    private static Path demo() {
        return directory.resolve("demo");
    }

    @Test
    void fromTheFirstKeyToTheAuditLog() throws Exception {
        try (AdminPage admin = new AdminPage(browser.newContext(), platform.gatewayUrl())) {
            logsIn(admin);
            registersAndCompresses(admin);
            looksAtTheCurve(admin);
            deploysToTwoNodes(admin);
            chatsWithBoth(admin);
            movesTheAliasAndRollsItBack(admin);
            findsItInTheAuditLog(admin);
            admin.expectNoComplaints();
        }
    }

    private static void logsIn(AdminPage admin) throws IOException {
        admin.open("/");
        admin.expectHeading("Log in");
        admin.picture("tour-1-login");
        admin.enter(platform.adminKey());
        admin.expectHeading("Overview");
        admin.settle();
    }

    private static void registersAndCompresses(AdminPage admin) throws IOException {
        admin.go("Register & compress");
        admin.expectHeading("Register & compress");
        fillSource(admin);
        admin.button("Check the source").click();
        admin.expectText("LlamaForCausalLM");
        admin.button("Parameters: the defaults suit most models").click();
        admin.page.getByLabel("Value of calibrationWindows").fill("4");
        admin.picture("tour-2-compress");
        admin.button("Check and start").click();
        admin.expectAddress("/jobs/[0-9a-f-]+");
        // The picture of errors grows while the job runs; whoever comes late sees all of it.
        admin.page.locator(".block").nth(12).waitFor(new Locator.WaitForOptions().setTimeout(AdminPage.JOB_MILLIS));
        admin.picture("tour-3-job");
        awaitDone(admin);
        assertThat(admin.page.getByRole(AriaRole.LOG)).containsText("publishing", AdminPage.patient());
    }

    private static void fillSource(AdminPage admin) {
        admin.page.locator("#model").fill("prose");
        admin.page.locator("#path").fill(demo().resolve("model").toString());
        admin.page.getByLabel("A text on the server").check();
        admin.page
                .locator("#calibrationPath")
                .fill(demo().resolve("text/calibration.txt").toString());
        admin.page.locator("#evaluationPath").fill(heldOut.toString());
    }

    /** A beginning of the held-out text, on which a curve takes less time than on all of it; the docs' pictures show the whole. */
    private static Path heldOut() throws IOException {
        Path whole = demo().resolve("text/heldout.txt");
        return System.getProperty("bitstack.images") != null
                ? whole
                : Files.writeString(
                        directory.resolve("heldout.txt"),
                        Files.readString(whole).substring(0, 6_000));
    }

    private static void awaitDone(AdminPage admin) {
        assertThat(admin.page.locator(".live")).containsText("done", AdminPage.patientWithJobs());
    }

    private static void looksAtTheCurve(AdminPage admin) throws IOException {
        admin.link("version 1: look at its curve").click();
        admin.expectHeading("prose@1");
        assertThat(admin.page.locator(".plot canvas")).hasCount(2);
        Locator budget = admin.page.locator("#budget-text");
        budget.fill(Long.toString(budgets.smallBytes()));
        budget.press("Enter");
        assertThat(admin.page.locator("#budget-answer")).containsText("bits per weight", AdminPage.patient());
        admin.expectAddress("budget=" + budgets.smallBytes());
        String before = admin.page.locator("#budget-answer").textContent();
        admin.page
                .getByLabel("Budget", new com.microsoft.playwright.Page.GetByLabelOptions().setExact(true))
                .press("ArrowRight");
        assertThat(admin.page.locator("#budget-answer")).not().hasText(before);
        assertThat(admin.rows("Measured sizes").nth(5)).isVisible();
        assertThat(admin.rows("What each node would hold")).hasCount(2);
        admin.settle();
        admin.picture("tour-4-curve");
        admin.tab("Stack");
        admin.page.locator(".stack-picture .block").nth(100).waitFor();
        admin.settle();
        admin.picture("tour-5-stack");
    }

    private static void deploysToTwoNodes(AdminPage admin) throws IOException {
        admin.open("/models/prose?tab=aliases");
        admin.button("New alias").click();
        admin.page.locator("#alias-name").fill("stable");
        admin.button("Make the alias").click();
        admin.expectSaid("stable points at version 1");
        admin.closeSaid();
        admin.open("/models/prose/versions/1");
        admin.link("Deploy").click();
        assertThat(admin.page.locator("#deploy-target")).hasValue("version 1");
        admin.page.locator("#deploy-target").selectOption("alias stable");
        assertThat(admin.rows("What each node would hold")).hasCount(2);
        admin.picture("tour-6-deploy");
        admin.button("Deploy").click();
        admin.expectSaid("prose is deployed");
        admin.closeSaid();
        admin.go("Nodes");
        for (String node : List.of("edge-small", "edge-large")) {
            assertThat(admin.rows("Nodes").filter(new Locator.FilterOptions().setHasText(node)))
                    .containsText("prose@1", AdminPage.patient());
            assertThat(admin.rows("Nodes").filter(new Locator.FilterOptions().setHasText(node)))
                    .containsText("ready", AdminPage.patient());
        }
        assertThat(awaitBlocks("edge-small")).isLessThan(awaitBlocks("edge-large"));
        admin.settle();
        admin.picture("tour-7-nodes");
    }

    /** Waits until a node holds what its budget buys. */
    private static int awaitBlocks(String node) throws IOException {
        ApiClient api = new ApiClient(platform.gatewayUrl(), platform.adminKey());
        long endNanos = System.nanoTime() + (long) (AdminPage.PATIENCE_MILLIS * 1e6);
        while (System.nanoTime() < endNanos) {
            for (JsonNode deployment : api.get("/api/v1/deployments").path("items")) {
                String path = "/api/v1/deployments/%s/nodes"
                        .formatted(deployment.path("id").asString());
                for (JsonNode concerned : api.get(path).path("items")) {
                    if (concerned.path("name").asString().equals(node)
                            && concerned.path("isSettled").asBoolean()) {
                        return concerned.path("blocks").asInt();
                    }
                }
            }
            try {
                Thread.sleep(100);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException(e);
            }
        }
        throw new IOException("node %s is not done: %s".formatted(node, api.get("/api/v1/nodes/" + node)));
    }

    private static void chatsWithBoth(AdminPage admin) throws IOException {
        admin.go("Deployments");
        admin.link("Chat with prose").click();
        assertThat(admin.page.locator("#left-node")).hasValue("edge-small");
        assertThat(admin.page.locator("#right-node")).hasValue("edge-large");
        assertThat(admin.page.locator(".size").first()).containsText("bits per weight", AdminPage.patient());
        admin.page.getByLabel("Ask both").fill("It was a dark night in November, and the old man");
        admin.button("Send").click();
        assertThat(admin.page.locator(".measured"))
                .hasCount(
                        TURNS_OF_TWO_SIDES,
                        new LocatorAssertions.HasCountOptions().setTimeout(AdminPage.PATIENCE_MILLIS));
        assertThat(admin.page.locator(".measured").first()).containsText("tokens/s");
        for (Locator answer : admin.page.locator(".answer-text").all()) {
            assertThat(answer.textContent()).isNotBlank();
        }
        admin.picture("tour-8-playground");
        admin.button("Copy as curl").first().click();
        assertThat((String) admin.page.evaluate("() => navigator.clipboard.readText()"))
                .startsWith("curl -N " + platform.gatewayUrl())
                .contains("BitStack-Node: edge-small", "$BITSTACK_KEY")
                .doesNotContain(platform.adminKey());
        stops(admin);
    }

    /** A long answer is stopped. The page itself presses the button, since an answer may be done before a test could. */
    private static void stops(AdminPage admin) {
        admin.button("Parameters").click();
        admin.page.getByLabel("Longest answer, in tokens").fill("700");
        admin.page.getByLabel("Ask both").fill("Tell me a very long story of the sea.");
        admin.page.evaluate("""
            () => new MutationObserver((changes, observer) => {
              const stop = [...document.querySelectorAll('button')].find((button) => button.textContent === 'Stop');
              if (stop) {
                observer.disconnect();
                stop.click();
              }
            }).observe(document.body, { childList: true, subtree: true })
            """);
        admin.button("Send").click();
        for (Locator turns : admin.page.locator(".turns").all()) {
            assertThat(turns).containsText("Stopped", AdminPage.patient());
        }
        assertThat(admin.button("Send")).isVisible();
    }

    private static void movesTheAliasAndRollsItBack(AdminPage admin) throws IOException {
        admin.open("/compress?model=prose&order=proxy");
        fillSource(admin);
        admin.button("Check and start").click();
        admin.expectAddress("/jobs/[0-9a-f-]+");
        awaitDone(admin);
        admin.open("/models/prose?tab=aliases");
        admin.button("Move stable").click();
        admin.page.locator("#alias-version").selectOption("2");
        assertThat(admin.rows("Nodes that follow stable")).hasCount(2);
        assertThat(admin.button("Move to version 2")).isEnabled();
        admin.picture("tour-9-alias");
        admin.button("Move to version 2").click();
        admin.expectSaid("stable points at version 2");
        admin.closeSaid();
        assertThat(admin.rows("History of stable")).hasCount(2);
        admin.button("Roll back to version 1").click();
        assertThat(admin.rows("Nodes that follow stable")).hasCount(2);
        admin.button("Move to version 1").click();
        admin.expectSaid("stable points at version 1");
        admin.closeSaid();
        assertThat(admin.rows("History of stable")).hasCount(3);
    }

    private static void findsItInTheAuditLog(AdminPage admin) throws IOException {
        admin.open("/access?tab=audit");
        Locator log = admin.table("Audit log");
        for (String entry : List.of(
                "model.register", "version.publish", "deployment.create", "prose@stable to 2", "prose@stable to 1")) {
            assertThat(log).containsText(entry, AdminPage.patient());
        }
        admin.settle();
        admin.picture("tour-10-audit");
    }
}
