package io.bitstack.standalone.split;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.bitstack.core.model.ModelConfig;
import io.bitstack.core.stack.BlobStore;
import io.bitstack.core.stack.BlobStores;
import io.bitstack.core.stack.Digest;
import io.bitstack.core.stack.S3Server;
import io.bitstack.service.net.PortForLater;
import io.bitstack.standalone.client.ApiClient;
import io.bitstack.standalone.demo.DemoBudgets;
import io.bitstack.standalone.demo.DemoResult;
import io.bitstack.standalone.demo.DemoScenario;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * The services as processes of their own, on a real PostgreSQL and a real S3 server, through the scenario of the demo; after which every kind of secret is used,
 * rightly and wrongly, and none is in any log.
 */
class SplitFormTest {
    private static final List<String> MODULES =
            List.of("registry-service", "compression-service", "gateway", "inference-service");
    static final String TOKEN = "internal-token-of-the-split-form";
    static final String ADMIN_KEY = "bsk_an-admin-key-of-the-split-form-0123456789";
    private static final String NODE_KEY = "bsk_a-node-key-of-the-split-form-0123456789";
    static final String ACCESS_TOKEN = "access-token-of-a-node-0123456789";
    static final String JOIN_TOKEN = "bsj_a-join-token-of-the-split-form-0123456789";
    private static final String PASSWORD = "database-password-of-the-split-form";
    private static final int CONTEXT_TOKENS = 1024;
    private static final int TEXT_CHARS = 8_000;

    @TempDir
    Path directory;

    @Test
    void runsTheScenarioOfTheDemo() throws Exception {
        assumeTrue(
                MODULES.stream()
                        .allMatch(module -> ServiceProcess.jar(module).findAny().isPresent()),
                "the services' executable jars are not there; 'mvnw verify' packages them before this test");
        Path demo = ServiceProcess.repository().toAbsolutePath().normalize().resolve("demo");
        ModelConfig config = ModelConfig.read(demo.resolve("model"));
        DemoBudgets budgets = DemoBudgets.of(config, CONTEXT_TOKENS);
        try (EmbeddedPostgres database = EmbeddedPostgres.builder()
                        .setServerConfig("synchronous_commit", "on")
                        .setPort(PortForLater.find())
                        .setPGStartupWait(Duration.ofMinutes(2))
                        .start();
                S3Server s3 = S3Server.start();
                SecretPeers peers = new SecretPeers()) {
            Map<String, String> common = Map.of(
                    "BITSTACK_INTERNAL_TOKEN",
                    TOKEN,
                    "BITSTACK_DATABASE_URL",
                    database.getJdbcUrl("postgres", "postgres"),
                    "BITSTACK_DATABASE_USER",
                    "postgres",
                    "BITSTACK_DATABASE_PASSWORD",
                    PASSWORD,
                    "BITSTACK_BLOBS_TYPE",
                    "s3",
                    "BITSTACK_BLOBS_ENDPOINT",
                    s3.endpoint().toString(),
                    "BITSTACK_BLOBS_BUCKET",
                    "stacks",
                    "BITSTACK_BLOBS_ACCESS_KEY",
                    s3.accessKey(),
                    "BITSTACK_BLOBS_SECRET_KEY",
                    s3.secretKey());
            try (ServiceProcess registry = start(
                            "registry",
                            "registry-service",
                            common,
                            Map.of(
                                    "BITSTACK_REGISTRY_BOOTSTRAP_ADMIN_KEY", ADMIN_KEY,
                                    "BITSTACK_REGISTRY_BOOTSTRAP_NODE_KEY", NODE_KEY,
                                    "BITSTACK_REGISTRY_BOOTSTRAP_JOIN_TOKEN", JOIN_TOKEN,
                                    "BITSTACK_REGISTRY_WEBHOOK_HOSTS", "127.0.0.1"));
                    ServiceProcess compression = start(
                            "compression",
                            "compression-service",
                            common,
                            Map.of(
                                    "BITSTACK_REGISTRY_URL",
                                    registry.url().toString(),
                                    "BITSTACK_COMPRESSION_ALLOWED_DIRECTORIES",
                                    demo + "," + directory,
                                    "BITSTACK_COMPRESSION_HUB_URL",
                                    peers.url().toString(),
                                    "BITSTACK_COMPRESSION_HUB_TOKEN",
                                    SecretPeers.HUB_TOKEN,
                                    "BITSTACK_COMPRESSION_ALLOWED_HOSTS",
                                    "127.0.0.1",
                                    "BITSTACK_COMPRESSION_S3_PREFIXES",
                                    "models"));
                    ServiceProcess gateway = start(
                            "gateway",
                            "gateway",
                            Map.of("BITSTACK_INTERNAL_TOKEN", TOKEN),
                            Map.of(
                                    "BITSTACK_GATEWAY_REGISTRY_URL",
                                    registry.url().toString(),
                                    "BITSTACK_GATEWAY_COMPRESSION_URL",
                                    compression.url().toString(),
                                    // Where browsers come back to; the answer is handed on by the test.
                                    "BITSTACK_GATEWAY_PUBLIC_URL",
                                    "http://127.0.0.1:1",
                                    "BITSTACK_GATEWAY_OIDC_ISSUER",
                                    peers.issuer(),
                                    "BITSTACK_GATEWAY_OIDC_CLIENT_ID",
                                    SecretPeers.CLIENT,
                                    "BITSTACK_GATEWAY_OIDC_CLIENT_SECRET",
                                    SecretPeers.CLIENT_SECRET));
                    ServiceProcess small = node(
                            "small",
                            gateway,
                            budgets.smallBytes(),
                            Map.of("BITSTACK_NODE_API_KEY", NODE_KEY, "BITSTACK_NODE_ACCESS_TOKEN", ACCESS_TOKEN));
                    ServiceProcess large = node(
                            "large", gateway, budgets.largeBytes(), Map.of("BITSTACK_NODE_JOIN_TOKEN", JOIN_TOKEN))) {
                for (ServiceProcess service : List.of(registry, compression, gateway)) {
                    service.awaitReady();
                }
                for (ServiceProcess node : List.of(small, large)) {
                    node.awaitLive();
                }
                ApiClient api = new ApiClient(gateway.url(), ADMIN_KEY);
                DemoScenario.Shown shown = new DemoScenario(
                                api,
                                new SilentTeller(),
                                new DemoScenario.Subject(
                                        "prose",
                                        demo.resolve("model"),
                                        beginning(demo.resolve("text/calibration.txt")),
                                        beginning(demo.resolve("text/heldout.txt")),
                                        CONTEXT_TOKENS,
                                        config.eosTokens(),
                                        "small",
                                        "large"))
                        .run();
                assertShown(shown);
                assertBlobsAreInS3(api, BlobStores.open(s3.settings("stacks")));
                UsedSecrets secrets = new UsedSecrets();
                secrets.add("secret key of the bucket", s3.secretKey());
                secrets.add("internal token", TOKEN);
                secrets.add("first admin key", ADMIN_KEY);
                secrets.add("first node key", NODE_KEY);
                secrets.add("first join token", JOIN_TOKEN);
                secrets.add("access token of a node", ACCESS_TOKEN);
                secrets.add("password of the database", PASSWORD);
                new SecretSearch(directory, List.of(registry, compression, gateway, small, large), secrets)
                        .run(
                                peers,
                                token -> node(
                                        "stranger", gateway, 1_000_000_000, Map.of("BITSTACK_NODE_JOIN_TOKEN", token)));
            }
        }
    }

    /** Enough of a text to compress with: how good that is, is measured elsewhere. */
    private Path beginning(Path text) throws IOException {
        return Files.writeString(
                directory.resolve(text.getFileName()), Files.readString(text).substring(0, TEXT_CHARS));
    }

    private ServiceProcess node(String name, ServiceProcess gateway, long budgetBytes, Map<String, String> credentials)
            throws Exception {
        return start(
                name,
                "inference-service",
                credentials,
                Map.of(
                        "BITSTACK_NODE_NAME", name,
                        "BITSTACK_NODE_GATEWAY_URL", gateway.url().toString(),
                        "BITSTACK_NODE_BUDGET_BYTES", Long.toString(budgetBytes),
                        "BITSTACK_NODE_CACHE_DIRECTORY",
                                directory.resolve("cache-" + name).toString()));
    }

    private ServiceProcess start(String name, String module, Map<String, String> common, Map<String, String> further)
            throws Exception {
        Map<String, String> environment = new HashMap<>(common);
        environment.putAll(further);
        return ServiceProcess.start(name, module, directory, environment);
    }

    private static void assertShown(DemoScenario.Shown shown) {
        DemoResult.NodeResult small = shown.nodes().getFirst();
        DemoResult.NodeResult large = shown.nodes().getLast();
        assertThat(small.blocks()).isLessThan(large.blocks());
        assertThat(small.heldBytes()).isLessThan(large.heldBytes());
        // On so little text sizes that are almost as good as the whole may change places.
        assertThat(large.expectedPerplexity()).isLessThan(1.01 * small.expectedPerplexity());
        assertThat(Stream.of(small, large).map(node -> node.answer().strip())).noneMatch(String::isEmpty);
        assertThat(shown.resize().requestCompleted()).isTrue();
        assertThat(shown.resize().afterBytes())
                .isLessThan(shown.resize().beforeBytes())
                .isEqualTo(small.heldBytes());
    }

    private static void assertBlobsAreInS3(ApiClient api, BlobStore store) throws Exception {
        String stack =
                api.get("/api/v1/models/prose/versions/1").path("stackDigest").asString();
        assertThat(store.sizeBytes(Digest.parse(stack))).isPresent();
        JsonNode blocks =
                api.get("/api/v1/stacks/" + stack + "/blocks?limit=1000").path("items");
        assertThat(blocks.size()).isGreaterThan(100);
        for (JsonNode block : blocks) {
            assertThat(store.sizeBytes(Digest.parse(block.path("digest").asString())))
                    .hasValue(block.path("sizeBytes").asLong());
        }
    }
}
