package io.bitstack.standalone.web;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The top of the page on a phone: one row, and what has no room in it is behind one button, for hands, keyboards and screen readers. */
@ExtendWith(WebPlatform.Shared.class)
class PhoneTest {
    private static final int WIDTH = 390;
    private static final int HEIGHT = 800;
    /** A button, and the space around it. */
    private static final double MOST_OF_A_ROW = 80;

    private static Browser browser;
    private static WebPlatform platform;

    @BeforeAll
    static void start() throws Exception {
        browser = Browser.get();
        platform = WebPlatform.get();
    }

    @Test
    void theTopIsOneRowWithOneMenu() throws IOException {
        List<String> found = new ArrayList<>();
        try (AdminPage admin = new AdminPage(browser.newContext(WIDTH, HEIGHT), platform.url())) {
            admin.open("/");
            admin.expectHeading("Log in");
            assertOneRow(admin);
            admin.enter(platform.adminKey());
            admin.expectHeading("Overview");
            admin.settle();
            assertOneRow(admin);
            assertThat(admin.button("Log out")).isHidden();
            admin.picture("page-phone");
            Locator menu = admin.button("Theme and session");
            assertThat(menu).hasAttribute("aria-expanded", "false");
            menu.focus();
            admin.page.keyboard().press("Enter");
            assertThat(menu).hasAttribute("aria-expanded", "true");
            admin.page.keyboard().press("Tab");
            assertThat(admin.button("As the system")).isFocused();
            for (String theme : List.of("Light", "Dark")) {
                admin.theme(theme);
                assertThat(admin.button(theme)).hasAttribute("aria-pressed", "true");
                admin.axe().forEach(violation -> found.add(theme + " " + violation));
                assertOneRow(admin);
            }
            admin.picture("page-phone-menu");
            admin.page.keyboard().press("Escape");
            assertThat(menu).isFocused();
            assertThat(admin.button("Log out")).isHidden();
            menu.click();
            admin.page.mouse().click(WIDTH / 2.0, HEIGHT - 20.0);
            assertThat(admin.button("Log out")).isHidden();
            admin.button("Navigation").click();
            admin.go("Jobs");
            admin.expectHeading("Jobs");
            assertThat(admin.button("Navigation")).hasAttribute("aria-expanded", "false");
            menu.click();
            assertThat(admin.page.locator(".tools")).containsText(Pattern.compile("admin"));
            admin.button("Log out").click();
            admin.expectHeading("Log in");
            admin.expectNoComplaints();
        }
        assertThat(found).isEmpty();
    }

    private static void assertOneRow(AdminPage admin) {
        assertThat(admin.page.locator("header").first().boundingBox().height).isLessThan(MOST_OF_A_ROW);
    }
}
