package io.bitstack.standalone.platform;

import static org.assertj.core.api.Assertions.assertThat;

import io.bitstack.core.model.TestStack;
import io.bitstack.core.stack.FileBlobStore;
import io.bitstack.core.stack.ManifestJson;
import io.bitstack.core.stack.StackManifest;
import io.bitstack.standalone.client.ApiClient;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** A platform with one node, and with the blobs of a small stack of random weights in its store. */
final class PublishedPlatform {
    static final String NODE = "edge";
    private static final int CONTEXT_TOKENS = 256;
    private static final long BUDGET_BYTES = 64_000_000;

    private final Path data;
    private final Platform platform;
    private final ApiClient api;
    private final StackManifest manifest;

    private PublishedPlatform(Path data, Platform platform, StackManifest manifest) {
        this.data = data;
        this.platform = platform;
        this.api = new ApiClient(platform.gatewayUrl(), platform.adminKey());
        this.manifest = manifest;
    }

    static PublishedPlatform start(Path directory) throws IOException {
        Path data = directory.resolve("data");
        StackManifest manifest = storedStack(CONTEXT_TOKENS, data);
        Platform platform = Platform.start(
                new PlatformOptions(
                        data, 0, List.of(directory), List.of(new PlatformOptions.NodeOptions(NODE, BUDGET_BYTES))),
                stage -> {});
        return new PublishedPlatform(data, platform, manifest);
    }

    /** Puts the blobs of a stack of random weights, which chats with the demo model's tokenizer, where a platform with this data directory keeps its blobs. */
    static StackManifest storedStack(int contextTokens, Path data) throws IOException {
        TestStack stack = TestStack.random(
                """
                {"architectures":["LlamaForCausalLM"],"hidden_act":"silu","hidden_size":64,"intermediate_size":128,
                 "num_hidden_layers":2,"num_attention_heads":4,"num_key_value_heads":2,"vocab_size":4096,
                 "max_position_embeddings":%d,"tie_word_embeddings":true,"bos_token_id":0,"eos_token_id":2}
                """.formatted(contextTokens),
                Map.of(
                        "tokenizer.json",
                        Files.readString(TinyModel.demo().resolve("model/tokenizer.json")),
                        "tokenizer_config.json",
                        "{\"chat_template\":\"{% for m in messages %}{{ m.content }}{% endfor %}\"}"));
        FileBlobStore blobs = new FileBlobStore(data.resolve("blobs"));
        for (byte[] content : stack.contents().values()) {
            blobs.put(ByteBuffer.wrap(content));
        }
        return stack.manifest();
    }

    Platform platform() {
        return platform;
    }

    ApiClient api() {
        return api;
    }

    /** Stacks of the same blobs, each by another name of the tool that made it. */
    byte[] manifest(String tool) {
        StackManifest m = manifest;
        return ManifestJson.write(new StackManifest(
                m.format(),
                m.model(),
                m.codec(),
                m.files(),
                m.tensors(),
                m.inputs(),
                m.matrices(),
                m.blocks(),
                m.minimalBlocks(),
                m.curve(),
                m.full(),
                new StackManifest.Lineage(
                        m.lineage().source(), null, null, tool, m.lineage().parameters())));
    }

    /** Changes the database as time that passes would, or somebody who got hold of it. */
    void execute(String sql) throws IOException, SQLException {
        String port = Files.readAllLines(data.resolve("postgres/postmaster.pid"))
                .get(3)
                .strip();
        try (Connection connection = DriverManager.getConnection(
                        "jdbc:postgresql://127.0.0.1:%s/postgres".formatted(port), "postgres", "");
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** Waits until the registry has heard of the node, which joins beside what a test does. */
    void awaitNode() throws IOException, InterruptedException {
        for (int i = 0; i < 3000 && api.get("/api/v1/nodes").path("items").isEmpty(); i++) {
            Thread.sleep(100);
        }
    }

    /** Registers a model, publishes and deploys it, and waits until the node serves it. */
    void serve(String model) throws IOException, InterruptedException {
        api.post("/api/v1/models", Map.of("name", model));
        api.sendBytes("POST", "/api/v1/models/" + model + "/versions", manifest("test"));
        api.post("/api/v1/deployments", Map.of("model", model, "version", 1, "contextTokens", 128));
        awaitNode();
        JsonNode node = api.get("/api/v1/nodes/" + NODE);
        for (int i = 0; i < 3000 && !node.path("state").asString().equals("ready"); i++) {
            Thread.sleep(100);
            node = api.get("/api/v1/nodes/" + NODE);
        }
        assertThat(node.path("state").asString()).as(node.toString()).isEqualTo("ready");
    }
}
