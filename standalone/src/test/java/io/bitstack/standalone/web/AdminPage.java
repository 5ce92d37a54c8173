package io.bitstack.standalone.web;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
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
    static final double PATIENCE_MILLIS = 60_000;

    private static final String AXE = "admin-web/node_modules/axe-core/axe.min.js";
    /** Answers that are not successes are no complaint: the page shows them. */
    private static final String REFUSED = "Failed to load resource";

    private final BrowserContext context;
    private final URI url;
    private final List<String> complaints = new CopyOnWriteArrayList<>();
    final Page page;

    AdminPage(BrowserContext context, URI url) {
        this.context = context;
        this.url = url;
        context.setDefaultTimeout(PATIENCE_MILLIS);
        this.page = context.newPage();
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
    @SuppressWarnings("unchecked")
    List<String> axe() throws IOException {
        page.evaluate(Files.readString(Browser.repository().resolve(AXE)));
        return (List<String>) page.evaluate("""
            async () => (await axe.run(document, { resultTypes: ['violations'] })).violations.map(
              (violation) => `${location.pathname}${location.search} ${violation.id}: ` +
                violation.nodes.slice(0, 3).map((node) => node.html.slice(0, 200)).join(' and '))
            """);
    }

    /** Keeps a picture below {@code target/images}, or where the property says that the docs' pictures are. */
    void picture(String name) throws IOException {
        Path folder = Path.of(System.getProperty("bitstack.images", "target/images"));
        Files.createDirectories(folder);
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
        context.close();
    }
}
