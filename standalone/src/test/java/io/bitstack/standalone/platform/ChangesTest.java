package io.bitstack.standalone.platform;

import static org.assertj.core.api.Assertions.assertThat;

import io.bitstack.service.access.PlatformService;
import io.bitstack.service.access.RouteTable;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.http.server.PathContainer;
import org.springframework.web.util.pattern.PathPatternParser;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Makes a change by every route that makes one, and looks each time for the audit event that says who made it. */
class ChangesTest {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final String MLFLOW = "/api/2.0/mlflow/";

    /** What stock clients ask that is not there is answered with an error in MLflow's shape; the same lines of the table stand for changes. */
    private static final List<String> NOT_THERE =
            List.of("POST /api/2.0/mlflow/**", "POST /api/2.0/mlflow-artifacts/**", "POST /api/3.0/mlflow/**");

    @TempDir
    static Path directory;

    private static PublishedPlatform published;
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final List<String[]> made = new ArrayList<>();

    @BeforeAll
    static void start() throws IOException {
        published = PublishedPlatform.start(directory);
    }

    @AfterAll
    static void stop() throws IOException {
        published.platform().close();
    }

    @Test
    void everyChangeIsWrittenDown() throws Exception {
        models();
        String stack = versions();
        imports(stack);
        signing(stack);
        fleet();
        keysAndSessions();
        webhooks();
        jobs();
        uploads();
        mlflow();
        change("DELETE", "/api/v1/models/m/versions/3", "");
        change("POST", "/api/v1/storage/collect", "{\"dryRun\":false,\"graceSeconds\":0}");
        assertThat(unmade()).as("changing routes that this test leaves out").isEmpty();
    }

    /** Changing routes that run, and by which nothing was changed here. */
    private Set<String> unmade() {
        Set<String> unmade = new TreeSet<>();
        for (ConfigurableApplicationContext context : published.platform().contexts()) {
            String service = context.getEnvironment().getRequiredProperty("spring.application.name");
            if (PlatformService.of(service) == PlatformService.NODE) {
                continue;
            }
            for (RunningRoutes.Mapped route : RunningRoutes.of(context)) {
                String name = route.method() + " " + route.pattern();
                boolean isInternal = route.pattern().startsWith("/api/v1/internal/");
                if (isAudited(service, route) && !isInternal && !NOT_THERE.contains(name) && !isMade(route)) {
                    unmade.add(service + " " + name);
                }
            }
        }
        return unmade;
    }

    /** By the table, which the gateway goes by too. */
    private static boolean isAudited(String service, RunningRoutes.Mapped route) {
        return RouteTable.find(PlatformService.of(service), route.method(), route.examplePath())
                .orElseThrow(() -> new AssertionError("no line for " + route))
                .isAudited();
    }

    private boolean isMade(RunningRoutes.Mapped route) {
        var pattern = PathPatternParser.defaultInstance.parse(route.pattern());
        return made.stream()
                .anyMatch(change ->
                        change[0].equals(route.method()) && pattern.matches(PathContainer.parsePath(change[1])));
    }

    private void models() throws Exception {
        change("POST", "/api/v1/models", "{\"name\":\"m\"}");
        change("PATCH", "/api/v1/models/m", "{\"description\":\"d\"}");
        change("PATCH", "/api/v1/models/m/tags", "{\"a\":\"b\"}");
        change("DELETE", "/api/v1/models/m/tags?key=a", "");
        change("POST", "/api/v1/models", "{\"name\":\"gone\"}");
        change("DELETE", "/api/v1/models/gone", "");
        change("POST", "/api/v1/models/gone/restore", "");
    }

    private String versions() throws Exception {
        String stack = "";
        for (String tool : List.of("one", "two", "three")) {
            String manifest = new String(published.manifest(tool), StandardCharsets.UTF_8);
            stack = change("POST", "/api/v1/models/m/versions", manifest)
                    .path("stackDigest")
                    .asString();
        }
        change("PATCH", "/api/v1/models/m/versions/1", "{\"description\":\"d\"}");
        change("PATCH", "/api/v1/models/m/versions/1/tags", "{\"a\":\"b\"}");
        change("DELETE", "/api/v1/models/m/versions/1/tags?key=a", "");
        change("PUT", "/api/v1/models/m/versions/2/lineage", "{\"derivedFrom\":[{\"model\":\"m\",\"version\":1}]}");
        change("PUT", "/api/v1/models/m/aliases/prod", "{\"version\":1}");
        change("DELETE", "/api/v1/models/m/aliases/prod", "");
        return stack;
    }

    private void imports(String stack) throws Exception {
        byte[] file = published
                .api()
                .download("/api/v1/stacks/" + stack + "/export", 0)
                .readAllBytes();
        published.api().sendBytes("POST", "/api/v1/imports", file);
        change(
                "POST",
                "/api/v1/models/gone/imports",
                "{\"stackDigest\":\"%s\",\"fileBytes\":%d}".formatted(stack, file.length));
    }

    private void signing(String stack) throws Exception {
        String old =
                published.api().get("/api/v1/signing-keys").get(0).path("id").asString();
        change("POST", "/api/v1/signing-keys", "");
        change("POST", "/api/v1/stacks/" + stack + "/signatures", "");
        change("DELETE", "/api/v1/signing-keys/" + old, "");
    }

    private void fleet() throws Exception {
        published.awaitNode();
        change("PATCH", "/api/v1/nodes/edge", "{\"budgetBytes\":60000000}");
        change("PUT", "/api/v1/nodes/edge/labels", "{\"labels\":{\"pool\":\"edge\"}}");
        JsonNode token = change("POST", "/api/v1/join-tokens", "{\"name\":\"t\"}");
        change(token.path("token").asString(), "POST", "/api/v1/join", "{\"name\":\"other\"}");
        change("POST", "/api/v1/nodes/other/drain", "");
        change("POST", "/api/v1/nodes/other/undrain", "");
        change("POST", "/api/v1/nodes/other/revoke", "");
        change("DELETE", "/api/v1/nodes/other", "");
        JsonNode unused = change("POST", "/api/v1/join-tokens", "{\"name\":\"u\"}");
        change("DELETE", "/api/v1/join-tokens/" + unused.path("id").asString(), "");
        String deployment = change("POST", "/api/v1/deployments", "{\"model\":\"m\",\"version\":1}")
                .path("id")
                .asString();
        String rollout = change(
                        "POST",
                        "/api/v1/deployments/" + deployment + "/rollouts",
                        "{\"version\":2,\"gate\":{\"soakSeconds\":3600,\"timeoutSeconds\":7200}}")
                .path("id")
                .asString();
        change("POST", "/api/v1/rollouts/" + rollout + "/pause", "");
        change("POST", "/api/v1/rollouts/" + rollout + "/resume", "");
        change("POST", "/api/v1/rollouts/" + rollout + "/abort", "");
        change("DELETE", "/api/v1/deployments/" + deployment, "");
    }

    private void keysAndSessions() throws Exception {
        JsonNode key = change("POST", "/api/v1/keys", "{\"name\":\"k\",\"scope\":\"viewer\"}");
        String id = key.path("id").asString();
        String shown = "{\"key\":\"" + key.path("key").asString() + "\"}";
        change("PATCH", "/api/v1/keys/" + id, "{\"name\":\"l\"}");
        JsonNode rotated = change("POST", "/api/v1/keys/" + id + "/rotate", "{\"overlapSeconds\":600}");
        JsonNode session = change("POST", "/api/v1/session", shown);
        change("DELETE", "/api/v1/sessions/" + session.path("id").asString(), "");
        HttpResponse<String> opened = send("", "POST", "/api/v1/session", shown);
        String cookie = opened.headers().firstValue("Set-Cookie").orElseThrow();
        change(
                "",
                "DELETE",
                "/api/v1/session",
                "",
                "Cookie",
                cookie.substring(0, cookie.indexOf(';')),
                "BitStack-Csrf",
                JSON.readTree(opened.body()).path("csrfToken").asString());
        change("DELETE", "/api/v1/keys/" + rotated.path("id").asString(), "");
    }

    private void webhooks() throws Exception {
        String hook = change(
                        "POST",
                        "/api/v1/webhooks",
                        "{\"url\":\"https://127.0.0.1:1/\",\"events\":[\"io.bitstack.job.failed\"]}")
                .path("id")
                .asString();
        String delivery = change("POST", "/api/v1/webhooks/" + hook + "/test", "")
                .path("id")
                .asString();
        change("PATCH", "/api/v1/webhooks/" + hook, "{\"enabled\":false}");
        published.execute(
                "update registry.webhook_deliveries set state = 'failed', token = token + 1 where id = " + delivery);
        change("POST", "/api/v1/webhooks/%s/deliveries/%s/redeliver".formatted(hook, delivery), "");
        change("DELETE", "/api/v1/webhooks/" + hook, "");
    }

    private void jobs() throws Exception {
        // Its model writes more text than any machine reads before this test is over: it can always be paused, resumed
        // and cancelled.
        Path model = TinyModel.write(directory.resolve("model"), false);
        String job = "/api/v1/jobs/"
                + change(
                                "POST",
                                "/api/v1/jobs",
                                "{\"model\":\"m\",\"source\":{\"path\":\"%s\"},\"parameters\":{\"calibrationWindows\":\"4096\"}}"
                                        .formatted(model))
                        .path("id")
                        .asString();
        change("POST", job + "/pause", "");
        change("POST", job + "/resume", "");
        change("POST", job + "/cancel", "");
        awaitCancelled(job);
        change("POST", job + "/retry", "");
        change("POST", job + "/cancel", "");
        awaitCancelled(job);
    }

    private static void awaitCancelled(String job) throws IOException, InterruptedException {
        JsonNode last = published.api().get(job);
        for (int i = 0; i < 3000 && !last.path("state").asString().equals("cancelled"); i++) {
            Thread.sleep(100);
            last = published.api().get(job);
        }
        assertThat(last.path("state").asString()).as(last.toString()).isEqualTo("cancelled");
    }

    private void uploads() throws Exception {
        String upload = "/api/v1/uploads/"
                + change("POST", "/api/v1/uploads", "{\"files\":[{\"name\":\"notes.txt\",\"sizeBytes\":3}]}")
                        .path("id")
                        .asString();
        String file = upload + "/files/notes.txt";
        change("DELETE", file, "");
        HttpResponse<String> piece = sendTyped(
                published.platform().adminKey(),
                "PATCH",
                file,
                "abc",
                "application/offset+octet-stream",
                "Upload-Offset",
                "0");
        assertThat(piece.statusCode()).as(piece.body()).isEqualTo(204);
        change("POST", upload + "/complete", "");
        change("DELETE", upload, "");
    }

    private void mlflow() throws Exception {
        String models = MLFLOW + "registered-models/";
        String versions = MLFLOW + "model-versions/";
        change("POST", models + "create", "{\"name\":\"f\"}");
        change("POST", models + "rename", "{\"name\":\"f\",\"new_name\":\"g\"}");
        change("PATCH", models + "update", "{\"name\":\"g\",\"description\":\"d\"}");
        change("POST", models + "set-tag", "{\"name\":\"g\",\"key\":\"a\",\"value\":\"b\"}");
        change("DELETE", models + "delete-tag", "{\"name\":\"g\",\"key\":\"a\"}");
        change("POST", versions + "create", "{\"name\":\"g\",\"source\":\"s3://bucket/model\"}");
        change("PATCH", versions + "update", "{\"name\":\"g\",\"version\":\"1\",\"description\":\"d\"}");
        change("POST", versions + "transition-stage", "{\"name\":\"g\",\"version\":\"1\",\"stage\":\"Staging\"}");
        change("POST", versions + "set-tag", "{\"name\":\"g\",\"version\":\"1\",\"key\":\"a\",\"value\":\"b\"}");
        change("DELETE", versions + "delete-tag", "{\"name\":\"g\",\"version\":\"1\",\"key\":\"a\"}");
        change("POST", models + "alias", "{\"name\":\"m\",\"alias\":\"live\",\"version\":\"1\"}");
        change("DELETE", models + "alias", "{\"name\":\"m\",\"alias\":\"live\"}");
        change("DELETE", versions + "delete", "{\"name\":\"g\",\"version\":\"1\"}");
        change("DELETE", models + "delete", "{\"name\":\"g\"}");
    }

    private JsonNode change(String method, String path, String body) throws Exception {
        return change(published.platform().adminKey(), method, path, body);
    }

    /** Sends a request that changes something, and looks for the event of it. @return its answer */
    private JsonNode change(String key, String method, String path, String body, String... headers) throws Exception {
        long before = events().findFirst().orElseThrow().path("id").asLong();
        HttpResponse<String> answer = send(key, method, path, body, headers);
        assertThat(answer.statusCode() / 100)
                .as("%s %s: %d %s", method, path, answer.statusCode(), answer.body())
                .isEqualTo(2);
        // A node that runs beside this is written down by its own name.
        List<JsonNode> after = events().filter(event -> event.path("id").asLong() > before)
                .filter(event -> !event.path("principal").asString().endsWith(";node"))
                .toList();
        assertThat(after).as("events of %s %s", method, path).isNotEmpty();
        assertThat(after.stream()
                        .map(event -> event.path("principal").asString())
                        .collect(Collectors.toSet()))
                .as("who did %s %s", method, path)
                .allMatch(principal -> principal.matches("(?!gateway;).+;(admin|viewer|join|service)"));
        made.add(new String[] {method, path.contains("?") ? path.substring(0, path.indexOf('?')) : path});
        return answer.body().isEmpty() ? JSON.createObjectNode() : JSON.readTree(answer.body());
    }

    /** The latest audit events, newest first. */
    private Stream<JsonNode> events() throws Exception {
        List<JsonNode> events = new ArrayList<>();
        published.api().get("/api/v1/audit-events?limit=100").path("items").forEach(events::add);
        return events.stream();
    }

    private HttpResponse<String> send(String key, String method, String path, String body, String... headers)
            throws Exception {
        return sendTyped(key, method, path, body, "application/json", headers);
    }

    private HttpResponse<String> sendTyped(
            String key, String method, String path, String body, String type, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        URI.create(published.platform().gatewayUrl() + path))
                .header("Content-Type", type)
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        if (!key.isEmpty()) {
            request.header("Authorization", "Bearer " + key);
        }
        return client.send(request.build(), BodyHandlers.ofString());
    }
}
