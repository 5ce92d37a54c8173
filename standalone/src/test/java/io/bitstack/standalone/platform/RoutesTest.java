package io.bitstack.standalone.platform;

import static org.assertj.core.api.Assertions.assertThat;

import io.bitstack.inference.security.AccessToken;
import io.bitstack.service.access.CallerIdentity;
import io.bitstack.service.access.InternalTokens;
import io.bitstack.service.access.PlatformService;
import io.bitstack.service.access.Role;
import io.bitstack.service.access.Route;
import io.bitstack.service.access.RouteTable;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.context.ConfigurableApplicationContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Walks every route that the running services have, as every role and as nobody, at the gateway and at each service's own port, and compares what happens with the
 * table of routes. And: none of the secrets that were used on the way is in any log.
 */
class RoutesTest {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final List<Role> KEYS = List.of(Role.ADMIN, Role.PUBLISHER, Role.VIEWER, Role.NODE, Role.INFER);
    /** All that are shown at the door where a key is. */
    private static final List<Role> SHOWN =
            Stream.concat(KEYS.stream(), Stream.of(Role.JOIN)).toList();

    private static final String LEVEL = "logging.level.root";
    private static final String TRACES = "management.opentelemetry.tracing.export.otlp.endpoint";
    private static final String TRACES_DELAY = "management.opentelemetry.tracing.export.schedule-delay";
    private static final TraceCollector COLLECTOR = new TraceCollector();
    private static final ByteArrayOutputStream LOG = new ByteArrayOutputStream();
    private static final PrintStream OUT = System.out;
    private static final PrintStream ERR = System.err;

    @TempDir
    static Path directory;

    private static Platform platform;
    private static final Map<Role, String> keys = new EnumMap<>(Role.class);
    private static final Map<Role, String> keyIds = new EnumMap<>(Role.class);
    private static final List<String> secrets = new ArrayList<>();
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    @BeforeAll
    static void start() throws Exception {
        System.setProperty(LEVEL, "INFO");
        System.setProperty(TRACES, COLLECTOR.url());
        System.setProperty(TRACES_DELAY, "100ms");
        System.setOut(new PrintStream(new Both(OUT), true, StandardCharsets.UTF_8));
        System.setErr(new PrintStream(new Both(ERR), true, StandardCharsets.UTF_8));
        platform = Platform.start(
                new PlatformOptions(
                        directory.resolve("data"),
                        0,
                        List.of(directory),
                        List.of(new PlatformOptions.NodeOptions("edge", 64_000_000))),
                stage -> {});
        RoutesTest test = new RoutesTest();
        for (Role role : KEYS) {
            // A node's key of this name may write under every node's name.
            String name = role == Role.NODE ? "edge" : role.text() + "-of-the-walk";
            HttpResponse<String> made = test.send(
                    platform.adminKey(),
                    "POST",
                    platform.gatewayUrl() + "/api/v1/keys",
                    "{\"name\":\"%s\",\"scope\":\"%s\"}".formatted(name, role.text()));
            assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
            keys.put(role, JSON.readTree(made.body()).path("key").asString());
            keyIds.put(role, JSON.readTree(made.body()).path("id").asString());
        }
        HttpResponse<String> joining = test.send(
                platform.adminKey(),
                "POST",
                platform.gatewayUrl() + "/api/v1/join-tokens",
                "{\"name\":\"join-of-the-walk\",\"reusable\":true}");
        assertThat(joining.statusCode()).as(joining.body()).isEqualTo(201);
        keys.put(Role.JOIN, JSON.readTree(joining.body()).path("token").asString());
        secrets.add(platform.adminKey());
        secrets.addAll(keys.values());
        secrets.add(platform.secrets().internalToken());
        secrets.add(platform.secrets().nodeKey());
        for (ConfigurableApplicationContext context : platform.contexts()) {
            context.getBeansOfType(AccessToken.class).values().forEach(token -> secrets.add(token.value()));
        }
    }

    @AfterAll
    static void stop() throws IOException {
        platform.close();
        System.clearProperty(LEVEL);
        System.clearProperty(TRACES);
        System.clearProperty(TRACES_DELAY);
        COLLECTOR.close();
        System.setOut(OUT);
        System.setErr(ERR);
    }

    @Test
    void everyRouteThatRunsIsOpenToThoseWhomTheTableNamesAndNobodyElse() throws Exception {
        int walked = 0;
        for (ConfigurableApplicationContext context : platform.contexts()) {
            PlatformService service =
                    PlatformService.of(context.getEnvironment().getRequiredProperty("spring.application.name"));
            for (RunningRoutes.Mapped mapped : RunningRoutes.of(context)) {
                Route line = RouteTable.find(service, mapped.method(), mapped.examplePath())
                        .orElseThrow(() -> new AssertionError(
                                "%s answers %s, which no line of RouteTable names".formatted(service, mapped)));
                walked++;
                walkAtTheDoor(service, mapped, line);
                if (service != PlatformService.GATEWAY) {
                    walkAtItsOwnPort(context, service, mapped, line);
                }
            }
        }
        assertThat(walked).as("routes that were walked").isGreaterThan(100);
    }

    private void walkAtTheDoor(PlatformService service, RunningRoutes.Mapped mapped, Route line) throws Exception {
        String url = platform.gatewayUrl() + mapped.examplePath();
        Optional<Route> atTheDoor = RouteTable.findAtTheDoor(mapped.method(), mapped.examplePath());
        if (atTheDoor.isEmpty()) {
            assertThat(service == PlatformService.NODE || mapped.examplePath().startsWith("/api/v1/internal/"))
                    .as(mapped.toString())
                    .isTrue();
        }
        boolean isOpen = line.roles().contains(Role.ANYONE);
        boolean isPage = !mapped.examplePath().startsWith("/api/")
                && !mapped.examplePath().startsWith("/v1/");
        if (!isOpen && !isPage) {
            HttpResponse<String> nobody = send(null, mapped.method(), url, "{}");
            assertThat(nobody.statusCode()).as("nobody: " + mapped).isEqualTo(401);
            assertThat(send("bsk_nobodys", mapped.method(), url, "{}").statusCode())
                    .as("an unknown key: " + mapped)
                    .isEqualTo(401);
        }
        for (Role role : SHOWN) {
            HttpResponse<String> answer = send(keys.get(role), mapped.method(), url, "{}");
            String what = "%s: %s: %d %s".formatted(role, mapped, answer.statusCode(), answer.body());
            if (atTheDoor.isEmpty() && !isPage) {
                assertThat(answer.statusCode()).as(what).isEqualTo(404);
            } else if (role == Role.NODE && isOfOneNode(line)) {
                assertThat(answer.statusCode()).as("another's node: " + what).isEqualTo(403);
            } else if (atTheDoor.isPresent() && atTheDoor.get().allows(role)) {
                assertThat(answer.statusCode()).as(what).isNotEqualTo(403);
                assertThat(answer.statusCode() == 401 && !mapped.examplePath().startsWith("/api/v1/session"))
                        .as(what)
                        .isFalse();
            } else if (!isPage) {
                assertThat(answer.statusCode()).as(what).isEqualTo(403);
            }
        }
    }

    /** Whether a node may ask this of itself alone. */
    private static boolean isOfOneNode(Route line) {
        return line.pattern().getPatternString().contains("{" + RouteTable.NODE_VARIABLE + "}");
    }

    private void walkAtItsOwnPort(
            ConfigurableApplicationContext context, PlatformService service, RunningRoutes.Mapped mapped, Route line)
            throws Exception {
        String base = "http://127.0.0.1:" + context.getEnvironment().getRequiredProperty("local.server.port");
        String url = base + mapped.examplePath();
        String secret = service == PlatformService.NODE
                ? context.getBean(AccessToken.class).value()
                : platform.secrets().internalToken();
        for (String stranger : new String[] {"", secret, keys.get(Role.ADMIN)}) {
            HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url))
                    .header("BitStack-Principal", "root;admin")
                    .method(mapped.method(), BodyPublishers.ofString("{}"));
            if (!stranger.isEmpty()) {
                request.header("Authorization", "Bearer " + stranger);
            }
            assertThat(client.send(request.build(), BodyHandlers.ofString()).statusCode())
                    .as("a stranger: " + mapped)
                    .isEqualTo(401);
        }
        for (Role role : Role.values()) {
            String token = new InternalTokens(secret)
                    .header(
                            new CallerIdentity("walker", role),
                            service,
                            mapped.method(),
                            URI.create(url).getRawPath());
            HttpRequest request = HttpRequest.newBuilder(URI.create(url))
                    .header("Authorization", token)
                    .header("Content-Type", "application/json")
                    .method(mapped.method(), BodyPublishers.ofString("{}"))
                    .build();
            int status = client.send(request, BodyHandlers.discarding()).statusCode();
            if (role == Role.NODE && isOfOneNode(line)) {
                assertThat(status)
                        .as("another's node at its own port: " + mapped)
                        .isIn(400, 403);
            } else if (line.allows(role)) {
                assertThat(status).as("%s at its own port: %s", role, mapped).isNotEqualTo(403);
            } else {
                assertThat(status).as("%s at its own port: %s", role, mapped).isEqualTo(403);
            }
        }
    }

    @Test
    void noSecretIsInAnyLog() throws Exception {
        String gateway = platform.gatewayUrl().toString();
        for (Role role : KEYS) {
            HttpResponse<String> opened =
                    send(null, "POST", gateway + "/api/v1/session", "{\"key\":\"%s\"}".formatted(keys.get(role)));
            String cookie = opened.headers().firstValue("Set-Cookie").orElseThrow();
            secrets.add(cookie.substring(cookie.indexOf('=') + 1, cookie.indexOf(';')));
            secrets.add(JSON.readTree(opened.body()).path("csrfToken").asString());
        }
        HttpResponse<String> rotated =
                send(platform.adminKey(), "POST", gateway + "/api/v1/keys/" + keyIds.get(Role.INFER) + "/rotate", "{}");
        secrets.add(JSON.readTree(rotated.body()).path("key").asString());
        HttpResponse<String> joined =
                send(keys.get(Role.JOIN), "POST", gateway + "/api/v1/join", "{\"name\":\"joined\"}");
        secrets.add(JSON.readTree(joined.body()).path("key").asString());
        JsonNode webhook = JSON.readTree(send(
                        platform.adminKey(),
                        "POST",
                        gateway + "/api/v1/webhooks",
                        "{\"url\":\"https://127.0.0.1:1/\",\"events\":[\"io.bitstack.job.failed\"]}")
                .body());
        secrets.add(webhook.path("secret").asString());
        // Wrong ways to show a secret: where logs of requests and of errors would have it.
        String key = keys.get(Role.VIEWER);
        send(null, "GET", gateway + "/api/v1/models?key=" + key, "");
        send(key + "x", "GET", gateway + "/api/v1/models", "");
        send(key, "POST", gateway + "/api/v1/keys", "{\"name\":\"" + key);
        send(
                platform.adminKey(),
                "POST",
                gateway + "/api/v1/keys",
                "{\"name\":\"%s\",\"scope\":\"viewer\"}".formatted(key));
        String log = LOG.toString(StandardCharsets.UTF_8);
        assertThat(log).contains("TomcatWebServer: Tomcat started on port");
        assertThat(new TreeSet<>(secrets))
                .hasSizeGreaterThan(15)
                .noneMatch(String::isBlank)
                .noneMatch(log::contains);
    }

    /** The collector hears of a client's trace from the gateway and from the service behind it; a node is told in the same way. */
    @Test
    void oneTraceGoesThroughGatewayServiceAndNode() throws Exception {
        String trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        String parent = "00-" + trace + "-00f067aa0ba902b7-01";
        HttpRequest models = HttpRequest.newBuilder(URI.create(platform.gatewayUrl() + "/api/v1/models"))
                .header("Authorization", "Bearer " + keys.get(Role.VIEWER))
                .header("traceparent", parent)
                .build();
        assertThat(client.send(models, BodyHandlers.discarding()).statusCode()).isEqualTo(200);
        ConfigurableApplicationContext node = platform.contexts().stream()
                .filter(context -> !context.getBeansOfType(AccessToken.class).isEmpty())
                .findFirst()
                .orElseThrow();
        HttpRequest status = HttpRequest.newBuilder(URI.create("http://127.0.0.1:"
                        + node.getEnvironment().getRequiredProperty("local.server.port") + "/node/status"))
                .header(
                        "Authorization",
                        new InternalTokens(node.getBean(AccessToken.class).value())
                                .header(
                                        new CallerIdentity("walker", Role.SERVICE),
                                        PlatformService.NODE,
                                        "GET",
                                        "/node/status"))
                .header("traceparent", parent)
                .build();
        assertThat(client.send(status, BodyHandlers.discarding()).statusCode()).isEqualTo(200);
        COLLECTOR.awaitServices(trace, "gateway", "registry-service", "inference-service");
    }

    private HttpResponse<String> send(@Nullable String key, String method, String url, String body) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url))
                .header("Content-Type", "application/json")
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        if (key != null) {
            request.header("Authorization", "Bearer " + key);
        }
        return client.send(request.build(), BodyHandlers.ofString());
    }

    /** Shows what is printed, and keeps it. */
    private static final class Both extends OutputStream {
        private final OutputStream shown;

        Both(OutputStream shown) {
            this.shown = shown;
        }

        @Override
        public void write(int b) throws IOException {
            shown.write(b);
            LOG.write(b);
        }

        @Override
        public void write(byte[] bytes, int from, int count) throws IOException {
            shown.write(bytes, from, count);
            LOG.write(bytes, from, count);
        }
    }
}
