package io.bitstack.standalone.deployment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.bitstack.core.stack.S3Server;
import io.bitstack.standalone.client.ApiClient;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
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
 * commands, entry points, environments, secrets from the script's files, health checks; and a job, so that there is something to measure.
 */
class ComposeRunTest {
    @TempDir
    Path directory;

    private final ComposeFile compose;
    private final Dockerfile dockerfile;
    private final Map<String, ImageFiles> images = new HashMap<>();
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
            assumeTrue(hasJar(module), "no executable jar of " + module + "; 'mvnw verify' packages it before this test");
        }
        Map<String, String> secrets = SecretFiles.make(directory.resolve("secrets"));
        try (EmbeddedPostgres database = EmbeddedPostgres.start();
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
                startAll(mapping, secrets);
                Path models = Source.file("demo");
                compress(secrets.get("BITSTACK_REGISTRY_BOOTSTRAP_ADMIN_KEY"), models);
                assertMetrics();
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
            int replicas = compose.service(service).path("deploy").path("replicas").asInt(1);
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
            images.put(module, ImageFiles.build(dockerfile, module, directory.resolve("image-" + module)));
        }
        Path own = Files.createDirectories(directory.resolve(name));
        Path files = Files.createDirectories(own.resolve("secrets"));
        for (Map.Entry<String, String> secret : compose.secrets(service).entrySet()) {
            Files.writeString(files.resolve(secret.getKey()), secrets.get(secret.getValue()));
        }
        Map<String, String> mapping = new LinkedHashMap<>(addresses);
        mapping.put("/run/secrets/", files + "/");
        mapping.put("/opt/bitstack", images.get(module).at("/opt/bitstack").toString());
        mapping.put("/var/lib/bitstack", Files.createDirectories(own.resolve("var")).toString());
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
                        Source.strings(compose.service(service).path("healthcheck").path("test"))
                                .subList(1, 3),
                        environment,
                        mapping),
                free,
                own);
    }

    /** Through the gateway with the key of the script: both nodes report, and a job is done. */
    private void compress(String key, Path models) throws Exception {
        URI gateway = URI.create("http://127.0.0.1:" + ports.get("gateway").service());
        ApiClient api = new ApiClient(gateway, key);
        api.post("/api/v1/models", Map.of("name", "prose"));
        JsonNode job = api.post(
                "/api/v1/jobs",
                Map.of(
                        "model",
                        "prose",
                        "source",
                        Map.of("path", models.resolve("model").toString()),
                        "calibrationPath",
                        models.resolve("text/calibration.txt").toString()));
        String path = "/api/v1/jobs/" + job.path("id").asString();
        while (!Set.of("done", "failed", "cancelled").contains(job.path("state").asString())) {
            Thread.sleep(500);
            job = api.get(path);
        }
        assertThat(job.path("state").asString()).as(job.toString()).isEqualTo("done");
        Set<String> nodes = new TreeSet<>();
        while (nodes.size() < 2) {
            for (JsonNode node : api.get("/api/v1/nodes").path("items")) {
                nodes.add(node.path("name").asString());
            }
            Thread.sleep(200);
        }
        assertThat(nodes).containsExactly("node-large", "node-small");
    }

    /** Prometheus finds every service where its configuration says, and the dashboard asks for nothing else. */
    private void assertMetrics() throws Exception {
        Map<String, Set<String>> known = new TreeMap<>();
        Set<String> labels = new TreeSet<>(Set.of("job", "instance"));
        known.put("up", Set.of());
        Set<String> scraped = new TreeSet<>();
        for (JsonNode config : Source.tree(
                        Source.yaml(Source.text("docker/prometheus.yml")).getFirst())
                .path("scrape_configs")) {
            for (String target : targets(config)) {
                String service = target.substring(0, target.indexOf(':'));
                assertThat(target)
                        .isEqualTo(service + ":" + ServiceCode.of(compose.module(service)).managementPort());
                scraped.add(service);
                String text =
                        running.get(service).metrics(config.path("metrics_path").asString());
                Metrics.answered(text).forEach((name, its) -> known.computeIfAbsent(name, any -> new TreeSet<>())
                        .addAll(its));
            }
            for (JsonNode group : config.path("static_configs")) {
                labels.addAll(group.path("labels").propertyNames());
            }
        }
        assertThat(scraped).containsExactlyInAnyOrderElementsOf(compose.ours());
        List<Metrics.Query> queries =
                Metrics.queries(Source.JSON.readTree(Source.text("docker/grafana/dashboards/bitstack.json")));
        assertThat(queries).hasSizeGreaterThan(15);
        for (Metrics.Query query : queries) {
            assertThat(query.metrics()).as(query.text()).isNotEmpty();
            assertThat(known.keySet()).as(query.text()).containsAll(query.metrics());
            Set<String> allowed = new TreeSet<>(labels);
            query.metrics().forEach(metric -> allowed.addAll(known.get(metric)));
            assertThat(allowed).as(query.text()).containsAll(query.labels());
        }
    }

    private static List<String> targets(JsonNode config) {
        List<String> targets = new ArrayList<>();
        for (JsonNode group : config.path("static_configs")) {
            targets.addAll(Source.strings(group.path("targets")));
        }
        for (JsonNode group : config.path("dns_sd_configs")) {
            for (String name : Source.strings(group.path("names"))) {
                targets.add(name + ":" + group.path("port").asInt());
            }
        }
        return targets;
    }
}
