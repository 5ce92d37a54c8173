package io.bitstack.standalone.deployment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.bitstack.core.stack.S3Server;
import io.bitstack.service.net.PortForLater;
import io.bitstack.standalone.client.ApiClient;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * What the compose file says, run as processes on a real PostgreSQL and a real S3 server: images laid out by the Dockerfile's own
 * commands, its Java runtime, entry points, environments, secrets from the script's files, health checks. Nodes join with the token,
 * a model is compressed, deployed to both and asked, so that there is something to measure.
 */
class ComposeRunTest {
    @TempDir
    Path directory;

    private final ComposeFile compose;
    private final Dockerfile dockerfile;
    private final Map<String, ImageFiles> images = new HashMap<>();
    private final Map<String, Map<String, String>> laidOut = new HashMap<>();
    private final Map<String, ComposeProcess.Ports> ports = new TreeMap<>();
    private final Map<String, ComposeProcess> running = new LinkedHashMap<>();

    ComposeRunTest() throws Exception {
        this.compose = ComposeFile.read();
        this.dockerfile = Dockerfile.read();
    }

    @Test
    @Timeout(value = 30, unit = TimeUnit.MINUTES)
    void theServicesStartWithWhatTheFileGivesThemAndShowEveryMetricOfTheDashboard() throws Exception {
        for (String module : ServiceCode.modules()) {
            assumeTrue(
                    hasJar(module), "no executable jar of " + module + "; 'mvnw verify' packages it before this test");
        }
        Map<String, String> secrets = SecretFiles.make(directory.resolve("secrets"));
        try (EmbeddedPostgres database = EmbeddedPostgres.builder()
                        .setPort(PortForLater.find())
                        .setPGStartupWait(Duration.ofMinutes(2))
                        .start();
                S3Server s3 = S3Server.start()) {
            create(database, secrets.get("BITSTACK_DATABASE_PASSWORD"));
            secrets.put("BITSTACK_BLOBS_ACCESS_KEY", s3.accessKey());
            secrets.put("BITSTACK_BLOBS_SECRET_KEY", s3.secretKey());
            Map<String, String> mapping = new LinkedHashMap<>();
            mapping.put("//postgres:5432", "//127.0.0.1:" + database.getPort());
            mapping.put("http://s3:9000", s3.endpoint().toString());
            for (String service : compose.ours()) {
                ComposeProcess.Ports free = ComposeProcess.Ports.free();
                ports.put(service, free);
                int port = ServiceCode.of(compose.module(service)).port();
                mapping.put("http://%s:%d".formatted(service, port), "http://127.0.0.1:" + free.service());
            }
            try {
                mapping.put(
                        ImageFiles.runtimeInImage(dockerfile),
                        ImageFiles.runtime(dockerfile, directory).toString());
                startAll(mapping, secrets);
                URI gateway =
                        URI.create("http://127.0.0.1:" + ports.get("gateway").service());
                ApiClient api = new ApiClient(gateway, secrets.get("BITSTACK_REGISTRY_BOOTSTRAP_ADMIN_KEY"));
                assertNodesJoined(api);
                compress(api, Source.file("demo"));
                deploy(api);
                assertMetrics();
                for (Map.Entry<String, ImageFiles> image : images.entrySet()) {
                    assertThat(image.getValue().contents())
                            .as("%s: its root file system may be read-only", image.getKey())
                            .isEqualTo(laidOut.get(image.getKey()));
                }
                // The access key is a name, and part of the addresses that blobs are fetched from.
                secrets.remove("BITSTACK_BLOBS_ACCESS_KEY");
                for (ComposeProcess process : running.values()) {
                    assertThat(process.log()).doesNotContain(secrets.values());
                }
            } finally {
                for (ComposeProcess process : List.copyOf(running.values()).reversed()) {
                    process.close();
                }
            }
        }
    }

    private static boolean hasJar(String module) throws Exception {
        Path target = Source.file(module + "/target");
        if (!Files.isDirectory(target)) {
            return false;
        }
        try (Stream<Path> files = Files.list(target)) {
            return files.anyMatch(file -> file.toString().endsWith("-exec.jar"));
        }
    }

    /** What the image of PostgreSQL does with its variables. */
    private void create(EmbeddedPostgres database, String password) throws Exception {
        Map<String, String> environment = compose.environment("postgres");
        try (Connection connection = database.getPostgresDatabase().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE ROLE %s SUPERUSER LOGIN PASSWORD '%s'"
                    .formatted(environment.get("POSTGRES_USER"), password));
            statement.execute("CREATE DATABASE %s OWNER %s"
                    .formatted(environment.get("POSTGRES_DB"), environment.get("POSTGRES_USER")));
        }
    }

    private void startAll(Map<String, String> addresses, Map<String, String> secrets) throws Exception {
        for (String service : compose.ours()) {
            int replicas =
                    compose.service(service).path("deploy").path("replicas").asInt(1);
            for (int i = 1; i <= replicas; i++) {
                // The first one has the service's name, as the mapping of addresses leads there.
                String name = i == 1 ? service : service + "-" + i;
                ComposeProcess.Ports free = i == 1 ? ports.get(service) : ComposeProcess.Ports.free();
                running.put(name, start(service, name, free, addresses, secrets));
            }
        }
        for (ComposeProcess process : running.values()) {
            process.awaitHealthy();
        }
    }

    private ComposeProcess start(
            String service,
            String name,
            ComposeProcess.Ports free,
            Map<String, String> addresses,
            Map<String, String> secrets)
            throws Exception {
        String module = compose.module(service);
        if (!images.containsKey(module)) {
            ImageFiles image = ImageFiles.build(dockerfile, module, directory.resolve("image-" + module));
            images.put(module, image);
            laidOut.put(module, image.contents());
        }
        Path own = Files.createDirectories(directory.resolve(name));
        Path files = Files.createDirectories(own.resolve("secrets"));
        for (Map.Entry<String, String> secret : compose.secrets(service).entrySet()) {
            Files.writeString(files.resolve(secret.getKey()), secrets.get(secret.getValue()));
        }
        Map<String, String> mapping = new LinkedHashMap<>(addresses);
        mapping.put("/run/secrets/", files + "/");
        mapping.put("/opt/bitstack", images.get(module).at("/opt/bitstack").toString());
        mapping.put(
                "/var/lib/bitstack", Files.createDirectories(own.resolve("var")).toString());
        for (String volume : Source.strings(compose.service(service).path("volumes"))) {
            if (volume.startsWith("./")) {
                String[] parts = volume.split(":");
                mapping.put(parts[1], Source.file(parts[0]).normalize().toString());
            }
        }
        Map<String, String> environment = new TreeMap<>(dockerfile.environment());
        environment.putAll(compose.environment(service));
        return new ComposeProcess(
                new ComposeProcess.Container(
                        name,
                        dockerfile.command("ENTRYPOINT"),
                        Source.strings(compose.service(service)
                                        .path("healthcheck")
                                        .path("test"))
                                .subList(1, 3),
                        environment,
                        dockerfile.last("WORKDIR").getLast().arguments().getFirst(),
                        compose.service(service).path("mem_limit").asString(),
                        mapping),
                free,
                own);
    }

    /** Each has a key of its own, for the token that the registry knew from the start, and follows all of its memory. */
    private void assertNodesJoined(ApiClient api) throws Exception {
        Set<String> names = new TreeSet<>();
        while (names.size() < 2) {
            for (JsonNode node : api.get("/api/v1/nodes").path("items")) {
                if (node.path("budgetBytes").asLong() > 0) {
                    names.add(node.path("name").asString());
                }
            }
            Thread.sleep(200);
        }
        assertThat(names).containsExactly("node-large", "node-small");
        JsonNode tokens = api.get("/api/v1/join-tokens").path("items");
        assertThat(tokens.size()).isEqualTo(1);
        assertThat(tokens.path(0).path("uses").asInt()).isEqualTo(2);
        for (String name : names) {
            assertThat(directory.resolve(name + "/var/cache/identity.json")).exists();
            assertThat(running.get(name).isReady())
                    .as("alive, and without a model not ready")
                    .isFalse();
        }
    }

    /** Through the gateway, with the key of the script. */
    private static void compress(ApiClient api, Path models) throws Exception {
        api.post("/api/v1/models", Map.of("name", "prose"));
        JsonNode job = api.post(
                "/api/v1/jobs",
                Map.of(
                        "model",
                        "prose",
                        "source",
                        Map.of("path", models.resolve("model").toString()),
                        "calibrationPath",
                        models.resolve("text/calibration.txt").toString(),
                        "contextTokens",
                        64,
                        // How good it becomes is measured elsewhere.
                        "parameters",
                        Map.of("calibrationWindows", "2", "evaluationWindows", "2")));
        String path = "/api/v1/jobs/" + job.path("id").asString();
        while (!Set.of("done", "failed", "cancelled").contains(job.path("state").asString())) {
            Thread.sleep(200);
            job = api.get(path);
        }
        assertThat(job.path("state").asString()).as(job.toString()).isEqualTo("done");
    }

    /** Both nodes accept the registry's signature, become ready, and answer. */
    private void deploy(ApiClient api) throws Exception {
        api.post("/api/v1/deployments", Map.of("model", "prose", "version", 1, "contextTokens", 256));
        for (String name : List.of("node-small", "node-large")) {
            JsonNode node = api.get("/api/v1/nodes/" + name);
            while (!node.path("state").asString().equals("ready")) {
                Thread.sleep(200);
                node = api.get("/api/v1/nodes/" + name);
            }
            for (int i = 0; i < 300 && !running.get(name).isReady(); i++) {
                Thread.sleep(200);
            }
            assertThat(running.get(name).isReady()).as(name).isTrue();
            assertThat(directory.resolve(name + "/var/cache/trust/signing-keys.json"))
                    .exists();
        }
        JsonNode answer = api.post("/v1/completions", Map.of("model", "prose", "prompt", "It was", "max_tokens", 8));
        assertThat(answer.path("usage").path("completion_tokens").asInt()).isPositive();
    }

    /** Prometheus finds every service where its configuration says, and each query of the dashboard finds what it asks for. */
    private void assertMetrics() throws Exception {
        List<Metrics.Query> queries =
                Metrics.queries(Source.JSON.readTree(Source.text("docker/grafana/dashboards/bitstack.json")));
        assertThat(queries).hasSizeGreaterThan(30);
        List<Metrics.Series> known = scrape();
        // Much is counted only after the client's last byte, and some in the background.
        for (int i = 0; i < 300 && !areAnswered(queries, known); i++) {
            Thread.sleep(200);
            known = scrape();
        }
        assertAnswered(queries, known);
        assertBudgets();
    }

    private static boolean areAnswered(List<Metrics.Query> queries, List<Metrics.Series> known) {
        return queries.stream()
                .flatMap(query -> query.selectors().stream())
                .allMatch(selector -> known.stream().anyMatch(selector::matches));
    }

    /** What Prometheus finds where its configuration says, at every process of a service. */
    private List<Metrics.Series> scrape() throws Exception {
        List<Metrics.Series> known = new ArrayList<>();
        Set<String> scraped = new TreeSet<>();
        for (JsonNode config : Source.tree(
                        Source.yaml(Source.text("docker/prometheus.yml")).getFirst())
                .path("scrape_configs")) {
            for (Map.Entry<String, Map<String, String>> target : targets(config).entrySet()) {
                String service = target.getKey().substring(0, target.getKey().indexOf(':'));
                assertThat(target.getKey())
                        .isEqualTo(service + ":"
                                + ServiceCode.of(compose.module(service)).managementPort());
                scraped.add(service);
                Map<String, String> added = new TreeMap<>(target.getValue());
                added.put("job", config.path("job_name").asString());
                added.put("instance", target.getKey());
                known.add(new Metrics.Series("up", added));
                for (Map.Entry<String, ComposeProcess> process : running.entrySet()) {
                    if (process.getKey().replaceAll("-\\d+$", "").equals(service)) {
                        known.addAll(Metrics.answered(
                                process.getValue()
                                        .metrics(config.path("metrics_path").asString()),
                                added));
                    }
                }
            }
        }
        assertThat(scraped).containsExactlyInAnyOrderElementsOf(compose.ours());
        return known;
    }

    private static void assertAnswered(List<Metrics.Query> queries, List<Metrics.Series> known) {
        for (Metrics.Query query : queries) {
            assertThat(query.selectors()).as(query.text()).isNotEmpty();
            Set<String> labels = new TreeSet<>();
            for (Metrics.Selector selector : query.selectors()) {
                List<Metrics.Series> found =
                        known.stream().filter(selector::matches).toList();
                assertThat(found).as("%s in %s", selector, query.text()).isNotEmpty();
                found.forEach(series -> labels.addAll(series.labels().keySet()));
            }
            assertThat(labels).as(query.text()).containsAll(query.grouping());
            assertThat(query.grouping().isEmpty() ? labels : query.grouping())
                    .as(query.text())
                    .containsAll(query.legend());
        }
    }

    private void assertBudgets() throws Exception {
        for (String node : List.of("node-small", "node-large")) {
            String text = running.get(node).metrics("/actuator/prometheus");
            double limit = value(text, "bitstack_inference_memory_limit_bytes");
            double budget = value(text, "bitstack_inference_budget_bytes");
            // On a machine under pressure it is squeezed, by half at most.
            assertThat(budget).as(node).isBetween(limit / 2 - 1, limit);
            assertThat(value(text, "bitstack_inference_budget_model_bytes"))
                    .as("what the JVM takes is subtracted")
                    .isLessThan(budget);
        }
    }

    private static double value(String text, String metric) {
        return text.lines()
                .filter(line -> line.startsWith(metric + " ") || line.startsWith(metric + "{"))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .findFirst()
                .orElseThrow();
    }

    /** Where Prometheus asks, with the labels that it adds there. */
    private static Map<String, Map<String, String>> targets(JsonNode config) {
        Map<String, Map<String, String>> targets = new LinkedHashMap<>();
        for (JsonNode group : config.path("static_configs")) {
            Map<String, String> labels = new TreeMap<>();
            group.path("labels")
                    .properties()
                    .forEach(
                            label -> labels.put(label.getKey(), label.getValue().asString()));
            Source.strings(group.path("targets")).forEach(target -> targets.put(target, labels));
        }
        for (JsonNode group : config.path("dns_sd_configs")) {
            for (String name : Source.strings(group.path("names"))) {
                targets.put(name + ":" + group.path("port").asInt(), Map.of());
            }
        }
        return targets;
    }
}
