package io.bitstack.standalone.web;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.options.AriaRole;
import io.bitstack.standalone.platform.FreePorts;
import io.bitstack.standalone.platform.Platform;
import io.bitstack.standalone.platform.PlatformOptions;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Who is let in, for how long, and what a session sees when the server goes away and comes back. */
@ExtendWith(WebPlatform.Shared.class)
class SessionTest {
    private static Browser browser;
    private static WebPlatform platform;

    @BeforeAll
    static void start() throws Exception {
        browser = Browser.get();
        platform = WebPlatform.get();
    }

    @Test
    void aWrongKeyIsRefusedAndALogoutEndsTheSession() {
        try (AdminPage admin = new AdminPage(browser.newContext(), platform.url())) {
            admin.open("/models/tiny");
            admin.enter("bsk_" + "x".repeat(43));
            admin.expectText("UNAUTHORIZED");
            admin.enter(platform.adminKey());
            admin.expectHeading("tiny");
            admin.page.reload();
            admin.expectHeading("tiny");
            admin.button("Log out").click();
            admin.expectHeading("Log in");
            admin.page.reload();
            admin.expectHeading("Log in");
            assertThat((String) admin.page.evaluate("() => JSON.stringify({ ...sessionStorage, ...localStorage })"))
                    .doesNotContain("bsk_");
        }
    }

    @Test
    void aViewerIsShownWhatHeMaySeeAndToldWhatHeMayNot() {
        try (AdminPage admin = new AdminPage(browser.newContext(), platform.url())) {
            admin.login(platform.viewerKey);
            admin.open("/models/tiny/versions/1");
            admin.expectText("What do I get at a budget of");
            admin.open("/access");
            admin.expectText("You may not see the keys");
            admin.open("/access?tab=webhooks");
            admin.expectText("You may not see the webhooks");
            assertThat(admin.page.getByRole(
                            AriaRole.TEXTBOX, new com.microsoft.playwright.Page.GetByRoleOptions().setName("Address")))
                    .isHidden();
            admin.expectNoComplaints();
        }
    }

    @Test
    void aSessionThatEndsLeadsBackToTheSamePage() throws Exception {
        JsonNode key = platform.api.post("/api/v1/keys", Map.of("name", "short", "scope", "publisher"));
        try (AdminPage admin = new AdminPage(browser.newContext(), platform.url())) {
            admin.login(key.path("key").asString());
            admin.open("/nodes?q=edge");
            admin.expectText("edge-a");
            platform.delete("/api/v1/keys/" + key.path("id").asString());
            admin.expectHeading("Log in");
            admin.expectText("Your session ended");
            admin.enter(platform.adminKey());
            admin.expectHeading("Nodes");
            admin.expectAddress("/nodes\\?q=edge");
            admin.expectText("edge-a");
        }
    }

    @Test
    void aServerThatWasRestartedIsNoticed(@TempDir Path directory) throws Exception {
        int port = FreePorts.next();
        Platform first = Platform.start(new PlatformOptions(directory, port, List.of(), List.of()), stage -> {});
        try (AdminPage admin = new AdminPage(browser.newContext(), first.gatewayUrl())) {
            try {
                admin.login(first.adminKey());
                admin.open("/nodes");
                admin.expectText("No nodes yet");
            } finally {
                first.close();
            }
            admin.expectText("The server does not answer");
            try (Platform second =
                    Platform.start(new PlatformOptions(directory, port, List.of(), List.of()), stage -> {})) {
                admin.expectSaid("The server answers again");
                admin.expectHeading("Nodes");
                admin.expectText("No nodes yet");
                assertThat(second.gatewayUrl()).isEqualTo(first.gatewayUrl());
                anEmptyPlatformLeadsToWhatComesFirst(admin);
            }
        }
    }

    /** Wherever there is nothing yet, a button leads to the page where it is made. */
    private static void anEmptyPlatformLeadsToWhatComesFirst(AdminPage admin) {
        admin.link("Make a join token").click();
        admin.expectAddress("/access\\?tab=join");
        admin.open("/");
        admin.link("Register a model").click();
        admin.expectHeading("Register & compress");
        admin.open("/deployments?new=1");
        admin.expectText("Nothing to deploy yet");
        admin.link("Register or compress").click();
        admin.expectHeading("Register & compress");
        admin.open("/playground");
        admin.expectText("No node is ready");
        admin.link("Deploy a model").click();
        admin.expectAddress("/deployments\\?new=1");
    }
}
