package io.bitstack.standalone.web;

import com.microsoft.playwright.Browser.NewContextOptions;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import io.bitstack.standalone.platform.FreePorts;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;

/**
 * A real browser: Debian's Chromium, found on the PATH, driven by the Playwright of the web admin's npm packages. Tests are skipped
 * where there is none. Test classes share it; it ends with the last of them.
 */
final class Browser {
    private static final int WIDTH = 1400;
    private static final int HEIGHT = 1000;

    private static @Nullable Browser shared;

    private final Playwright playwright;
    private final com.microsoft.playwright.Browser browser;

    private Browser(Playwright playwright, com.microsoft.playwright.Browser browser) {
        this.playwright = playwright;
        this.browser = browser;
    }

    static Path repository() {
        return Path.of(System.getProperty("bitstack.repository", ".."));
    }

    /** The browser of all test classes, which is started where there is none yet; skips the test where the machine has none. */
    static synchronized Browser get() throws IOException {
        Browser there = shared;
        if (there == null || !there.browser.isConnected()) {
            there = start();
            shared = there;
        }
        return there;
    }

    static synchronized void end() {
        if (shared != null) {
            shared.close();
            shared = null;
        }
    }

    private static Browser start() throws IOException {
        Optional<Path> chromium = onPath("chromium").or(() -> onPath("chromium-browser"));
        Optional<Path> node = onPath("node");
        Path packages = repository().resolve("admin-web/node_modules/playwright-core");
        Assumptions.assumeTrue(
                chromium.isPresent() && node.isPresent() && Files.isDirectory(packages),
                "needs chromium and node on the PATH (apt-get install chromium) and the web admin's npm packages");
        System.setProperty("playwright.cli.dir", driver(packages).toString());
        PlaywrightAssertions.setDefaultAssertionTimeout(AdminPage.PATIENCE_MILLIS);
        Playwright playwright = Playwright.create(new Playwright.CreateOptions()
                .setEnv(Map.of("PLAYWRIGHT_NODEJS_PATH", node.get().toString())));
        return new Browser(
                playwright,
                playwright
                        .chromium()
                        .launch(new BrowserType.LaunchOptions()
                                .setExecutablePath(chromium.get())
                                .setTimeout(2 * AdminPage.PATIENCE_MILLIS)
                                // Tests may run as root, and containers have little shared memory.
                                .setArgs(List.of("--no-sandbox", "--disable-dev-shm-usage"))));
    }

    /** A folder as Playwright's own driver has it: its package below {@code package}. Other JVMs with tests make it at the same time. */
    private static Path driver(Path library) throws IOException {
        Path driver = Files.createDirectories(Path.of("target", "playwright", "fork-" + FreePorts.FORK))
                .toAbsolutePath();
        Path link = driver.resolve("package");
        Files.deleteIfExists(link);
        Files.createSymbolicLink(link, library.toRealPath());
        return driver;
    }

    private static Optional<Path> onPath(String program) {
        return Arrays.stream(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                .map(directory -> Path.of(directory, program))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /** A browser without cookies, storage or history, of a usual size. */
    BrowserContext newContext() {
        return newContext(WIDTH, HEIGHT);
    }

    BrowserContext newContext(int width, int height) {
        return browser.newContext(new NewContextOptions()
                .setViewportSize(width, height)
                .setLocale("en-GB")
                .setTimezoneId("Europe/Berlin")
                .setPermissions(List.of("clipboard-read", "clipboard-write")));
    }

    private void close() {
        playwright.close();
    }
}
