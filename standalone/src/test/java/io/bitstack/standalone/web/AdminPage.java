package io.bitstack.standalone.web;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.WaitForSelectorState;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Pattern;

/** The web admin in one tab, in the words in which people use it; keeps what the browser complained about. */
final class AdminPage implements AutoCloseable {
    /** Patience with a busy machine; nothing is expected to take as long. */
    static final double PATIENCE_MILLIS = 120_000;

    static final double JOB_MILLIS = 20 * 60_000;

    private static final String AXE = "admin-web/node_modules/axe-core/axe.min.js";
    /** Answers that are not successes are no complaint: the page shows them. */
    private static final String REFUSED = "Failed to load resource";

    /** Keeps what the page says for a few seconds only, for tests that come later. */
    private static final String KEEP_WHAT_IS_SAID = """
            window.said = [];
            new MutationObserver((changes) => {
              for (const change of changes) {
                for (const node of [...change.addedNodes, change.target]) {
                  const element = node.nodeType === Node.ELEMENT_NODE ? node : node.parentElement;
                  const spoken = element?.closest('.pf-v6-c-alert, .pf-v6-c-banner') ?? element?.querySelector('.pf-v6-c-alert, .pf-v6-c-banner');
                  if (spoken && window.said.at(-1) !== spoken.textContent) {
                    window.said.push(spoken.textContent);
                  }
                }
              }
            }).observe(document, { childList: true, subtree: true, characterData: true });
            """;

    private final BrowserContext context;
    private final URI url;
    private final List<String> complaints = new CopyOnWriteArrayList<>();
    final Page page;

    AdminPage(BrowserContext context, URI url) {
        this.context = context;
        this.url = url;
        context.setDefaultTimeout(PATIENCE_MILLIS);
        this.page = context.newPage();
        page.addInitScript(KEEP_WHAT_IS_SAID);
        page.onConsoleMessage(message -> {
            if (List.of("error", "warning").contains(message.type())
                    && !message.text().startsWith(REFUSED)) {
                complaints.add(page.url() + ": " + message.text());
            }
        });
        page.onPageError(error -> complaints.add(page.url() + ": " + error));
    }

    void open(String path) {
        page.navigate(url + path);
    }

    /** Goes to the login and logs in with a key. */
    void login(String key) {
        open("/");
        enter(key);
        expectHeading("Overview");
    }

    /** Fills in the login that is shown. */
    void enter(String key) {
        page.getByLabel("API key").fill(key);
        button("Log in").click();
    }

    Locator button(String name) {
        return page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName(name));
    }

    Locator link(String name) {
        return page.getByRole(
                AriaRole.LINK, new Page.GetByRoleOptions().setName(name).setExact(true));
    }

    Locator table(String name) {
        return page.getByRole(
                AriaRole.GRID, new Page.GetByRoleOptions().setName(name).setExact(true));
    }

    Locator rows(String table) {
        return table(table).locator("tbody tr");
    }

    void tab(String name) {
        page.getByRole(AriaRole.TAB, new Page.GetByRoleOptions().setName(name)).click();
    }

    /** Goes to a page by the navigation. */
    void go(String name) {
        page.getByRole(AriaRole.NAVIGATION, new Page.GetByRoleOptions().setName("Pages"))
                .getByRole(AriaRole.LINK, new Locator.GetByRoleOptions().setName(name))
                .click();
    }

    void expectHeading(String text) {
        assertThat(page.getByRole(AriaRole.HEADING, new Page.GetByRoleOptions().setLevel(1)))
                .containsText(text, patient());
    }

    void expectText(String text) {
        assertThat(page.getByText(text).first())
                .isVisible(new com.microsoft.playwright.assertions.LocatorAssertions.IsVisibleOptions()
                        .setTimeout(PATIENCE_MILLIS));
    }

    /** Waits until the page has said something since it was opened, be it gone again. */
    void expectSaid(String text) {
        page.waitForFunction("text => window.said.some((said) => said.includes(text))", text);
    }

    /** Closes what the page says of actions, which may lie over what is clicked next. */
    void closeSaid() {
        page.evaluate("() => document.querySelectorAll('.pf-v6-c-alert-group .pf-v6-c-alert__action button')"
                + ".forEach((button) => button.click())");
    }

    /** Waits for a text that is there, be it in a menu that is closed. */
    void expectAttached(String text) {
        page.getByText(text).first().waitFor(new Locator.WaitForOptions().setState(WaitForSelectorState.ATTACHED));
    }

    /** Jobs take their time on a busy machine. */
    static com.microsoft.playwright.assertions.LocatorAssertions.ContainsTextOptions patientWithJobs() {
        return new com.microsoft.playwright.assertions.LocatorAssertions.ContainsTextOptions().setTimeout(JOB_MILLIS);
    }

    static com.microsoft.playwright.assertions.LocatorAssertions.ContainsTextOptions patient() {
        return new com.microsoft.playwright.assertions.LocatorAssertions.ContainsTextOptions()
                .setTimeout(PATIENCE_MILLIS);
    }

    /** Waits until nothing on the page is loading any more. */
    void settle() {
        page.locator("h1").first().waitFor();
        page.waitForFunction(
                "() => document.querySelectorAll('[aria-busy=true], .pf-v6-c-spinner, .pf-v6-c-skeleton').length ==="
                        + " 0");
    }

    void theme(String name) {
        page.getByRole(AriaRole.GROUP, new Page.GetByRoleOptions().setName("Theme"))
                .getByRole(AriaRole.BUTTON, new Locator.GetByRoleOptions().setName(name))
                .click();
    }

    /** What axe finds wrong with the page as it is now. */
    List<String> axe() throws IOException {
        return axe("");
    }

    @SuppressWarnings("unchecked")
    private List<String> axe(String options) throws IOException {
        if (!(boolean) page.evaluate("() => 'axe' in window")) {
            page.evaluate(Files.readString(Browser.repository().resolve(AXE)));
        }
        return (List<String>) page.evaluate("""
            async () => (await axe.run(document, { resultTypes: ['violations']OPTIONS })).violations.map(
              (violation) => `${location.pathname}${location.search} ${violation.id}: ` +
                violation.nodes.slice(0, 3).map((node) => node.html.slice(0, 200)).join(' and '))
            """.replace("OPTIONS", options));
    }

    /** Keeps a picture where the property says that the docs' pictures are. */
    void picture(String name) throws IOException {
        if (System.getProperty("bitstack.images") == null) {
            return;
        }
        Path folder = Files.createDirectories(Path.of(System.getProperty("bitstack.images")));
        page.screenshot(new Page.ScreenshotOptions().setPath(folder.resolve(name + ".png")));
    }

    void expectAddress(String pattern) {
        page.waitForURL(Pattern.compile(".*" + pattern));
    }

    /** Fails if the browser complained: errors of scripts, or something that the content policy does not allow. */
    void expectNoComplaints() {
        assertThat(complaints).isEmpty();
    }

    @Override
    public void close() {
        // A request of a route that comes while the page closes would be answered into the void.
        if (!page.isClosed()) {
            page.unrouteAll();
        }
        context.close();
    }
}
