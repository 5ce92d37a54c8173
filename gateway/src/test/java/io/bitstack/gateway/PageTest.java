package io.bitstack.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The web admin's files as a browser gets them. */
class PageTest {
    private static final Pattern SCRIPT = Pattern.compile("src=\"(/assets/[^\"]+\\.js)\"");

    private static GatewayFixture gateway;

    @BeforeAll
    static void start() throws Exception {
        gateway = new GatewayFixture();
    }

    @AfterAll
    static void stop() {
        gateway.close();
    }

    @Test
    void thePageNeedsNoKeyAndRunsOnlyItsOwnScripts() throws Exception {
        HttpResponse<String> page = gateway.get("", "/");
        assertThat(page.statusCode()).isEqualTo(200);
        assertThat(page.headers().firstValue("Content-Type"))
                .hasValueSatisfying(type -> assertThat(type).startsWith("text/html"));
        assertThat(page.headers().firstValue("Cache-Control")).hasValue("no-cache");
        String policy = page.headers().firstValue("Content-Security-Policy").orElseThrow();
        assertThat(policy).contains("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'");
        assertThat(policy).doesNotContain("unsafe");
        assertThat(page.headers().firstValue("X-Content-Type-Options")).hasValue("nosniff");
        assertThat(page.headers().firstValue("Referrer-Policy")).hasValue("no-referrer");
        assertThat(page.body()).doesNotContain("<script>", "<style", "style=", "onload=");
        String etag = page.headers().firstValue("ETag").orElseThrow();
        assertThat(gateway.send(gateway.request("", "/").header("If-None-Match", etag))
                        .statusCode())
                .isEqualTo(304);
    }

    @Test
    void assetsAreKeptForEver() throws Exception {
        Matcher script = SCRIPT.matcher(gateway.get("", "/").body());
        assertThat(script.find()).isTrue();
        HttpResponse<String> asset = gateway.get("", script.group(1));
        assertThat(asset.statusCode()).isEqualTo(200);
        assertThat(asset.headers().firstValue("Content-Type"))
                .hasValueSatisfying(type -> assertThat(type).contains("javascript"));
        assertThat(asset.headers().firstValue("Cache-Control"))
                .hasValueSatisfying(caching -> assertThat(caching).contains("immutable", "max-age=31536000"));
    }

    @Test
    void whatLooksLikeAPageIsThePageAndNothingElseIs() throws Exception {
        String page = gateway.get("", "/").body();
        HttpResponse<String> deep =
                gateway.send(gateway.request("", "/models/demo").header("Accept", "text/html,*/*;q=0.8"));
        assertThat(deep.body()).isEqualTo(page);
        assertThat(deep.headers().firstValue("Cache-Control")).hasValue("no-cache");
        String[] absent = {"/assets/none.js", "/none.png", "/gateway.yml", "/actuator/../gateway.yml", "/.env"};
        for (String path : absent) {
            assertThat(gateway.get("", path).statusCode()).as(path).isIn(400, 404);
        }
        HttpResponse<String> data =
                gateway.send(gateway.request("", "/models/demo").header("Accept", "application/json"));
        assertThat(data.statusCode()).isEqualTo(404);
        assertThat(gateway.parse(data).path("code").asString()).isEqualTo("ROUTE_NOT_FOUND");
    }

    @Test
    void healthIsOnTheManagementPortAndNotOnThisOne() throws Exception {
        assertThat(gateway.management("/actuator/health").statusCode()).isEqualTo(200);
        assertThat(gateway.management("/actuator/env").statusCode()).isEqualTo(404);
        assertThat(gateway.get(GatewayFixture.ADMIN, "/actuator/health").body()).doesNotContain("UP");
    }
}
