package io.bitstack.standalone.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bitstack.core.stack.ManifestJson;
import io.bitstack.core.stack.ManifestSignature;
import io.bitstack.standalone.client.ApiClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.util.Base64;
import java.util.Map;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import org.mlflow.tracking.MlflowClient;
import org.mlflow.tracking.MlflowClientException;
import org.mlflow.tracking.creds.BasicMlflowHostCreds;
import tools.jackson.databind.JsonNode;

/** The whole platform, a node in it, and somebody who has the database: what he did not sign, or forged, is not served. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class SignedStacksTest {
    @TempDir
    static Path directory;

    private static PublishedPlatform published;
    private static Platform platform;
    private static ApiClient api;

    @BeforeAll
    static void start() throws IOException {
        published = PublishedPlatform.start(directory);
        platform = published.platform();
        api = published.api();
        api.post("/api/v1/models", Map.of("name", "signed"));
    }

    @AfterAll
    static void stop() throws IOException {
        platform.close();
    }

    /** Another stack of the same blobs. @return its digest */
    private static String publish(String tool) throws IOException {
        return api.sendBytes("POST", "/api/v1/models/signed/versions", published.manifest(tool))
                .path("stackDigest")
                .asString();
    }

    /** As somebody who got hold of the database. */
    private static void execute(String sql) throws Exception {
        published.execute(sql);
    }

    private static String signaturesOf(String stack) {
        return "stack_id = (select id from registry.stacks where digest = '" + stack + "')";
    }

    private static JsonNode awaitNode(Predicate<JsonNode> wanted, String what) throws Exception {
        published.awaitNode();
        JsonNode node = api.get("/api/v1/nodes/edge");
        for (int i = 0; i < 3000 && !wanted.test(node); i++) {
            Thread.sleep(100);
            node = api.get("/api/v1/nodes/edge");
        }
        assertThat(wanted.test(node)).as(what + ": " + node).isTrue();
        return node;
    }

    private static void awaitServed(String stack) throws Exception {
        awaitNode(
                node -> node.path("state").asString().equals("ready")
                        && node.path("stackDigest").asString().equals(stack)
                        && !node.hasNonNull("problem"),
                "the node serves " + stack);
    }

    private static void deploy(int version) throws IOException {
        api.post("/api/v1/deployments", Map.of("model", "signed", "version", version, "contextTokens", 64));
    }

    @Test
    @Order(1)
    void aSignedStackIsServedAndAForgedOneIsNot() throws Exception {
        String first = publish("first");
        deploy(1);
        awaitServed(first);
        Path trust = directory.resolve("data/nodes/edge/trust/signing-keys.json");
        assertThat(Files.readString(trust))
                .contains(
                        api.get("/api/v1/signing-keys").get(0).path("publicKey").asString());

        String second = publish("second");
        execute("update registry.stack_signatures set signature = '" + "A".repeat(86) + "==' where "
                + signaturesOf(second));
        deploy(2);
        JsonNode node = awaitNode(
                seen -> seen.path("problem").asString("").contains("none of the 1 keys"), "the forgery is refused");
        assertThat(node.path("stackDigest").asString()).as("it goes on serving").isEqualTo(first);

        execute("delete from registry.stack_signatures where " + signaturesOf(second));
        awaitNode(seen -> seen.path("problem").asString("").contains("is not signed"), "the unsigned is refused");

        api.post("/api/v1/stacks/%s/signatures".formatted(second), Map.of());
        awaitServed(second);
    }

    @Test
    @Order(2)
    void aNewKeyIsTrustedAndAStrangersIsNot() throws Exception {
        JsonNode rotated = api.post("/api/v1/signing-keys", Map.of());
        assertThat(rotated.path("endorsedBy").asString()).isNotBlank();
        String third = publish("third");
        deploy(3);
        awaitServed(third);

        String fourth = publish("fourth");
        KeyPair stranger =
                KeyPairGenerator.getInstance(ManifestSignature.ALGORITHM).generateKeyPair();
        byte[] manifest =
                api.download("/api/v1/stacks/%s/manifest".formatted(fourth), 0).readAllBytes();
        Base64.Encoder base64 = Base64.getEncoder();
        execute("insert into registry.signing_keys (id, public_key, private_key, state) values ('stranger-0000001', '"
                + base64.encodeToString(stranger.getPublic().getEncoded()) + "', '', 'retired')");
        execute("delete from registry.stack_signatures where " + signaturesOf(fourth));
        execute("insert into registry.stack_signatures (stack_id, key_id, signature) select id, 'stranger-0000001', '"
                + base64.encodeToString(ManifestSignature.sign(manifest, stranger.getPrivate()))
                + "' from registry.stacks where digest = '" + fourth + "'");
        deploy(4);
        JsonNode node = awaitNode(
                seen -> seen.path("problem").asString("").contains("signed by stranger-0000001"),
                "the stranger's is refused");
        assertThat(node.path("stackDigest").asString()).isEqualTo(third);
    }

    /** MLflow's stock client through the gateway, with API keys and their scopes. */
    @Test
    @Order(3)
    void mlflowsClientGoesThroughTheGateway() throws Exception {
        String publisher = api.post("/api/v1/keys", Map.of("name", "pipeline", "scope", "publisher"))
                .path("key")
                .asString();
        String viewer = api.post("/api/v1/keys", Map.of("name", "board", "scope", "viewer"))
                .path("key")
                .asString();
        String stack =
                api.get("/api/v1/models/signed/versions/1").path("stackDigest").asString();
        try (MlflowClient client = mlflow(publisher);
                MlflowClient reader = mlflow(viewer);
                MlflowClient nobody = mlflow("bsk_nobody")) {
            client.sendPost("registered-models/create", "{\"name\":\"by-mlflow\"}");
            client.sendPost(
                    "model-versions/create", "{\"name\":\"by-mlflow\",\"source\":\"bitstack:%s\"}".formatted(stack));
            client.sendPost(
                    "model-versions/transition-stage",
                    "{\"name\":\"by-mlflow\",\"version\":\"1\",\"stage\":\"Staging\"}");
            assertThat(reader.getModelVersion("by-mlflow", "1").getCurrentStage())
                    .isEqualTo("Staging");
            assertThat(reader.searchModelVersions("name = 'by-mlflow'").getItems())
                    .hasSize(1);
            assertThatThrownBy(() -> reader.sendPost("registered-models/create", "{\"name\":\"forbidden\"}"))
                    .isInstanceOf(MlflowClientException.class)
                    .hasMessageContaining("PERMISSION_DENIED");
            assertThatThrownBy(() -> nobody.getRegisteredModel("by-mlflow"))
                    .isInstanceOf(MlflowClientException.class)
                    .hasMessageContaining("UNAUTHENTICATED");
            assertThatThrownBy(() -> reader.getRegisteredModel("missing"))
                    .isInstanceOf(MlflowClientException.class)
                    .hasMessageContaining("RESOURCE_DOES_NOT_EXIST");
        }
        ApiClient pipeline = new ApiClient(platform.gatewayUrl(), viewer);
        JsonNode listed = pipeline.get("/api/2.0/mlflow-artifacts/artifacts?path=models/by-mlflow/1");
        assertThat(listed.toString()).contains("manifest.json").contains("blobs");
        byte[] manifest = pipeline.download("/api/2.0/mlflow-artifacts/artifacts/models/by-mlflow/1/manifest.json", 0)
                .readAllBytes();
        assertThat(ManifestJson.read(manifest).lineage().tool()).isEqualTo("first");
    }

    private static MlflowClient mlflow(String key) {
        return new MlflowClient(new BasicMlflowHostCreds(platform.gatewayUrl().toString(), key));
    }
}
