package io.bitstack.standalone.platform;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.context.ConfigurableApplicationContext;

/** What an operator sees of a platform that serves: the trace of a chat, the metrics that {@code docs/METRICS.md} lists, health. */
class WatchingTest {
    private static final String TRACES = "management.opentelemetry.tracing.export.otlp.endpoint";
    private static final String TRACES_DELAY = "management.opentelemetry.tracing.export.schedule-delay";
    private static final TraceCollector COLLECTOR = new TraceCollector();
    private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4737";
    private static final Pattern EXPOSED = Pattern.compile("(?m)^# TYPE (bitstack_[a-z_]+) ");
    private static final Pattern SECTION = Pattern.compile("(?m)^## ([a-z-]+)$");
    private static final Pattern LISTED = Pattern.compile("`(bitstack_[a-z_]+)`");

    @TempDir
    static Path directory;

    private static Platform platform;
    private static final HttpClient CLIENT =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    @BeforeAll
    static void start() throws Exception {
        System.setProperty(TRACES, COLLECTOR.url());
        System.setProperty(TRACES_DELAY, "100ms");
        PublishedPlatform published = PublishedPlatform.start(directory);
        platform = published.platform();
        published.serve("watched");
        HttpRequest chat = HttpRequest.newBuilder(URI.create(platform.gatewayUrl() + "/v1/chat/completions"))
                .header("Authorization", "Bearer " + platform.adminKey())
                .header("traceparent", "00-" + TRACE + "-00f067aa0ba902b7-01")
                .POST(
                        BodyPublishers.ofString(
                                "{\"model\":\"watched\",\"stream\":true,\"max_tokens\":8,\"messages\":[{\"role\":\"user\",\"content\":\"Once\"}]}"))
                .build();
        HttpResponse<String> answer = CLIENT.send(chat, BodyHandlers.ofString());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(answer.body()).contains("data: [DONE]");
    }

    @AfterAll
    static void stop() throws IOException {
        platform.close();
        System.clearProperty(TRACES);
        System.clearProperty(TRACES_DELAY);
        COLLECTOR.close();
    }

    @Test
    void oneTraceGoesFromTheClientThroughGatewayAndNode() throws Exception {
        COLLECTOR.awaitServices(TRACE, "gateway", "inference-service");
    }

    /** What is exposed and nowhere listed is of no use to anybody, and what is listed has to be there. */
    @Test
    void everyServiceShowsTheMetricsThatAreListed() throws Exception {
        Map<String, Set<String>> listed = listed();
        for (ConfigurableApplicationContext context : platform.contexts()) {
            String service = name(context);
            Set<String> names = listed.getOrDefault(service, Set.of());
            Set<String> needed = needed(service, names);
            Set<String> exposed = exposed(context);
            // Some are counted after the client's last byte, and some in the background.
            for (int i = 0; i < 1200 && !exposed.containsAll(needed); i++) {
                Thread.sleep(100);
                exposed = exposed(context);
            }
            assertThat(names).as("listed for " + service).containsAll(exposed);
            assertThat(exposed).as("shown by " + service).containsAll(needed);
        }
    }

    private static Set<String> exposed(ConfigurableApplicationContext context) throws Exception {
        Set<String> exposed = new TreeSet<>();
        Matcher line =
                EXPOSED.matcher(management(context, "/actuator/prometheus").body());
        while (line.find()) {
            exposed.add(line.group(1).replaceAll("_max$", ""));
        }
        return exposed;
    }

    /** Of a node those that nobody can do without: others are there once it has done what they count. */
    private static Set<String> needed(String service, Set<String> listed) {
        return switch (service) {
            case "inference-service" ->
                Set.of(
                        "bitstack_inference_time_to_first_token_seconds",
                        "bitstack_inference_inter_token_time_seconds",
                        "bitstack_inference_queue_time_seconds",
                        "bitstack_inference_requests_active_requests",
                        "bitstack_inference_requests_queued_requests",
                        "bitstack_inference_kv_held_bytes",
                        "bitstack_inference_kv_reserved_pages",
                        "bitstack_inference_kv_cached_pages",
                        "bitstack_inference_blocks",
                        "bitstack_inference_bpw",
                        "bitstack_inference_pulled_bytes_total",
                        "bitstack_inference_budget_bytes",
                        "bitstack_inference_ledger_bytes");
            default -> listed;
        };
    }

    private static Map<String, Set<String>> listed() throws IOException {
        String page = Files.readString(
                Path.of(System.getProperty("bitstack.repository", "..")).resolve("docs/METRICS.md"));
        Map<String, Set<String>> listed = new HashMap<>();
        String[] sections = page.split("(?m)^(?=## )");
        for (String section : sections) {
            Matcher heading = SECTION.matcher(section);
            if (heading.find()) {
                Set<String> names = new HashSet<>();
                Matcher name = LISTED.matcher(section);
                while (name.find()) {
                    names.add(name.group(1));
                }
                listed.put(heading.group(1), names);
            }
        }
        assertThat(listed).hasSize(4);
        return listed;
    }

    @Test
    void everyServiceSaysThatItLivesAndIsReadyOnItsManagementPortAlone() throws Exception {
        for (ConfigurableApplicationContext context : platform.contexts()) {
            for (String path : new String[] {"/actuator/health/liveness", "/actuator/health/readiness"}) {
                HttpResponse<String> health = management(context, path);
                // On a machine that stopped for a while a service has first to hear of another again.
                for (int i = 0; i < 1200 && health.statusCode() != 200; i++) {
                    Thread.sleep(100);
                    health = management(context, path);
                }
                assertThat(health.statusCode())
                        .as("%s %s %s", name(context), path, health.body())
                        .isEqualTo(200);
                assertThat(get(context, "local.server.port", path).statusCode())
                        .as("%s on its own port: %s", name(context), path)
                        .isIn(401, 404);
            }
            assertThat(get(context, "local.server.port", "/actuator/prometheus").statusCode())
                    .isIn(401, 404);
            assertThat(management(context, "/actuator/env").statusCode())
                    .as("nothing but health and metrics")
                    .isEqualTo(404);
        }
    }

    private static String name(ConfigurableApplicationContext context) {
        return context.getEnvironment().getRequiredProperty("spring.application.name");
    }

    private static HttpResponse<String> management(ConfigurableApplicationContext context, String path)
            throws Exception {
        return get(context, "local.management.port", path);
    }

    private static HttpResponse<String> get(ConfigurableApplicationContext context, String port, String path)
            throws Exception {
        String base = "http://127.0.0.1:" + context.getEnvironment().getRequiredProperty(port);
        return CLIENT.send(HttpRequest.newBuilder(URI.create(base + path)).build(), BodyHandlers.ofString());
    }
}
