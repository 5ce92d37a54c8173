package io.bitstack.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.bitstack.core.stack.Digest;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mlflow.api.proto.ModelRegistry.ModelVersion;
import org.mlflow.api.proto.ModelRegistry.RegisteredModel;
import org.mlflow.tracking.MlflowClient;
import org.mlflow.tracking.MlflowClientException;
import org.mlflow.tracking.creds.BasicMlflowHostCreds;

/**
 * The registry with MLflow's own clients, unmodified: the Java one, and the Python one where {@code -Dbitstack.python} or the
 * {@code python3} of the path has the package {@code mlflow}.
 */
class MlflowClientsTest {
    private static final String PYTHON = System.getProperty("bitstack.python", "python3");

    @TempDir
    static Path directory;

    private static TestStacks stacks;
    private static RegistryFixture registry;
    private static SigningDoor door;

    @BeforeAll
    static void start() throws Exception {
        SharedRegistry shared = SharedRegistry.get();
        stacks = shared.stacks;
        registry = shared.http;
        door = new SigningDoor(shared.http.url().toString(), RegistryFixture.TOKEN);
        shared.register("published");
        assertThat(shared.publish("published", stacks.manifest()).status()).isEqualTo(201);
    }

    @AfterAll
    static void stop() {
        door.close();
    }

    @Test
    void thePythonClientIsContent() throws Exception {
        assumeTrue(
                hasClient(), "'" + PYTHON + "' with the package mlflow is not installed; -Dbitstack.python names one");
        Path script = directory.resolve("contract.py");
        try (var in = MlflowClientsTest.class.getResourceAsStream("/mlflow-contract.py")) {
            Files.write(script, Objects.requireNonNull(in).readAllBytes());
        }
        Path output = directory.resolve("output");
        ProcessBuilder python = new ProcessBuilder(
                        PYTHON,
                        script.toString(),
                        door.url(),
                        "python",
                        stacks.digest().toString())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        python.environment().put("MLFLOW_TRACKING_TOKEN", RegistryFixture.TOKEN);
        python.environment().put("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false");
        Process process = python.start();
        try {
            assertThat(process.waitFor(3, TimeUnit.MINUTES))
                    .as("the script ends")
                    .isTrue();
        } finally {
            process.destroyForcibly();
        }
        assertThat(process.exitValue())
                .as(Files.readString(output, StandardCharsets.UTF_8))
                .isZero();
    }

    @Test
    void theJavaClientIsContent() throws Exception {
        MlflowClient client = new MlflowClient(new BasicMlflowHostCreds(door.url(), RegistryFixture.TOKEN));
        client.sendPost("registered-models/create", "{\"name\":\"java\",\"tags\":[{\"key\":\"a\",\"value\":\"b\"}]}");
        client.sendPost(
                "model-versions/create", "{\"name\":\"java\",\"source\":\"bitstack:%s\"}".formatted(stacks.digest()));
        client.sendPost("model-versions/create", "{\"name\":\"java\",\"source\":\"s3://elsewhere\",\"run_id\":\"r1\"}");
        client.sendPost(
                "model-versions/transition-stage", "{\"name\":\"java\",\"version\":\"1\",\"stage\":\"Production\"}");

        RegisteredModel model = client.getRegisteredModel("java");
        assertThat(model.getTags(0).getKey()).isEqualTo("a");
        ModelVersion version = client.getModelVersion("java", "1");
        assertThat(version.getSource()).isEqualTo("bitstack:" + stacks.digest());
        assertThat(version.getCurrentStage()).isEqualTo("Production");
        assertThat(client.getLatestVersions("java", List.of("Production")))
                .singleElement()
                .isEqualTo(version);
        assertThat(client.searchModelVersions("name = 'java' and run_id = 'r1'").getItems())
                .extracting(ModelVersion::getVersion)
                .containsExactly("2");
        assertThat(client.searchModelVersions("name = 'java'", 1, List.of("version_number ASC"))
                        .hasNextPage())
                .isTrue();
        client.sendPost("registered-models/set-tag", "{\"name\":\"java\",\"key\":\"c\",\"value\":\"d\"}");
        client.sendPost(
                "model-versions/set-tag", "{\"name\":\"java\",\"version\":\"2\",\"key\":\"e\",\"value\":\"f\"}");
        client.sendPatch("registered-models/update", "{\"name\":\"java\",\"description\":\"described\"}");
        RegisteredModel changed = client.getRegisteredModel("java");
        assertThat(changed.getDescription()).isEqualTo("described");
        assertThat(changed.getTagsList()).hasSize(2);
        assertThat(client.searchModelVersions("name = 'java' and tags.e = 'f'").getItems())
                .extracting(ModelVersion::getVersion)
                .containsExactly("2");
        client.sendPost("registered-models/alias", "{\"name\":\"java\",\"alias\":\"champion\",\"version\":\"1\"}");
        assertThat(client.sendGet("registered-models/alias?name=java&alias=champion"))
                .contains("\"version\":\"1\"");
        assertThat(client.getModelVersion("java", "1").getAliasesList()).containsExactly("champion");
        assertThatThrownBy(() -> client.sendPost("registered-models/create", "{\"name\":\"java\"}"))
                .isInstanceOf(MlflowClientException.class)
                .hasMessageContaining("RESOURCE_ALREADY_EXISTS");
        assertThat(client.getModelVersionDownloadUri("java", "1")).isEqualTo("mlflow-artifacts:/models/java/1");
        assertThatThrownBy(() -> client.getRegisteredModel("nobody"))
                .isInstanceOf(MlflowClientException.class)
                .hasMessageContaining("RESOURCE_DOES_NOT_EXIST");
        client.close();
    }

    @Test
    void errorsAreMlflows() throws Exception {
        URI root = registry.url();
        RegistryFixture.Answer unknown =
                registry.getAbsolute(root.resolve("/api/2.0/mlflow/experiments/get?experiment_id=0"));
        assertThat(unknown.status()).isEqualTo(404);
        assertThat(unknown.body().path("error_code").asString()).isEqualTo("ENDPOINT_NOT_FOUND");
        RegistryFixture.Answer missing = registry.getAbsolute(root.resolve("/api/2.0/mlflow/registered-models/get"));
        assertThat(missing.status()).isEqualTo(400);
        assertThat(missing.body().path("error_code").asString()).isEqualTo("INVALID_PARAMETER_VALUE");
        RegistryFixture.Answer info = registry.getAbsolute(root.resolve("/api/3.0/mlflow/server-info"));
        assertThat(info.body().path("store_type").asString()).isEqualTo("SqlStore");
        for (String path :
                List.of("models/published/1/..%2F..%2Fx", "models/published/1/blobs/" + "0".repeat(64), "nothing")) {
            RegistryFixture.Answer artifact =
                    registry.getAbsolute(root.resolve("/api/2.0/mlflow-artifacts/artifacts/" + path));
            assertThat(artifact.status()).as(path).isIn(400, 404);
        }
        Digest first = stacks.manifest().blocks().getFirst().digest();
        assertThat(Digest.of(registry.getAbsolute(root.resolve(
                                "/api/2.0/mlflow-artifacts/artifacts/models/published/1/blobs/" + first.hex()))
                        .bytes()))
                .isEqualTo(first);
    }

    private static boolean hasClient() throws InterruptedException {
        boolean isThere = Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, PYTHON)));
        try {
            return (isThere || Files.isExecutable(Path.of(PYTHON)))
                    && new ProcessBuilder(PYTHON, "-c", "import mlflow")
                                    .redirectErrorStream(true)
                                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                                    .start()
                                    .waitFor()
                            == 0;
        } catch (IOException e) {
            throw new IllegalStateException(PYTHON + " cannot be started", e);
        }
    }
}
