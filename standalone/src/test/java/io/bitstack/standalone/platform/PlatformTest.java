package io.bitstack.standalone.platform;

import static org.assertj.core.api.Assertions.assertThat;

import io.bitstack.standalone.cli.BitstackCommand;
import io.bitstack.standalone.client.ApiClient;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;

/** The one-JVM form through the command line: the good way once, and every bad input with its one line. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class PlatformTest {
    private static final long BUDGET_BYTES = 64_000_000;

    @TempDir
    static Path directory;

    private static Platform platform;

    @BeforeAll
    static void start() throws IOException {
        Files.createDirectories(directory.resolve("models"));
        platform = Platform.start(
                new PlatformOptions(
                        directory.resolve("data"),
                        0,
                        List.of(directory.resolve("models"), TinyModel.demo()),
                        List.of(new PlatformOptions.NodeOptions("edge", BUDGET_BYTES))),
                stage -> {});
    }

    @AfterAll
    static void stop() throws IOException {
        platform.close();
    }

    /** What a command printed, and its exit status. */
    private record Run(int status, String out, String err) {}

    private static Run bitstack(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine line =
                BitstackCommand.commandLine().setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true));
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--url", platform.gatewayUrl().toString(), "--key", platform.adminKey()));
        return new Run(line.execute(all.toArray(String[]::new)), out.toString(), err.toString());
    }

    /** One line that begins with the code, and a status that scripts see. */
    private static void assertRefused(Run run, String code) {
        assertThat(run.err().lines().filter(line -> line.startsWith("bitstack: ")))
                .as(run.toString())
                .singleElement()
                .asString()
                .contains(code + ": ");
        assertThat(run.err()).doesNotContain("\tat ");
        assertThat(run.status()).isEqualTo(1);
        assertThat(run.out()).isEmpty();
    }

    @Test
    @Order(1)
    void compressesPlansDeploysAndChats() throws Exception {
        Path model = TinyModel.write(directory.resolve("models/good"), false);
        assertThat(bitstack("model", "register", "tiny").status()).isZero();
        Run compressed = bitstack(
                "compress",
                "tiny",
                model.toString(),
                "--calibration",
                TinyModel.demo().resolve("text/calibration.txt").toString(),
                "--param",
                "calibrationWindows=2",
                "--param",
                "evaluationWindows=2",
                "--context",
                "64");
        assertThat(compressed.status()).as(compressed.toString()).isZero();
        assertThat(compressed.out()).contains("tiny version 1, stack sha256:");
        assertThat(bitstack("model", "list").out()).contains("tiny");
        assertThat(bitstack("model", "show", "tiny").out()).contains("nested");
        assertThat(bitstack("job", "list").out()).contains("done");
        Run plan = bitstack("plan", "tiny@1", "--budget", Long.toString(BUDGET_BYTES), "--context", "128", "--json");
        assertThat(plan.out()).contains("\"blocks\":");
        assertThat(bitstack("deploy", "tiny@1", "--context", "128").status()).isZero();
        awaitReady();
        // Of a machine that stops for a few seconds it may be said that the node's word is late.
        assertThat(bitstack("node", "list").out()).contains("edge").containsPattern("ready|stale");
        Run chat = bitstack("chat", "tiny", "hello", "--max-tokens", "8");
        assertThat(chat.status()).as(chat.toString()).isZero();
    }

    @Test
    @Order(2)
    void exportsVerifiesAndImportsFiles() throws Exception {
        ApiClient api = new ApiClient(platform.gatewayUrl(), platform.adminKey());
        Path file = directory.resolve("tiny.bitstack");
        Run exported = bitstack("export", "tiny@1", file.toString());
        assertThat(exported.status()).as(exported.toString()).isZero();
        String key = api.get("/api/v1/signing-keys").get(0).path("publicKey").asString();
        Run verified = verify(file, key);
        assertThat(verified.status()).as(verified.toString()).isZero();
        assertThat(verified.out()).contains("all whole");
        assertThat(bitstack("model", "register", "again").status()).isZero();
        byte[] whole = Files.readAllBytes(file);
        Path cut = Files.write(directory.resolve("cut.bitstack"), Arrays.copyOf(whole, whole.length - 1));
        Run imported = bitstack("import", cut.toString(), "again");
        assertThat(imported.status()).as(imported.toString()).isZero();
        assertThat(imported.out()).contains("again version 1").contains("the file was cut");
        Run all = bitstack("import", file.toString(), "again");
        assertThat(all.out()).contains("again version 2").doesNotContain("cut");

        byte[] spoiled = whole.clone();
        spoiled[spoiled.length - 1] ^= 1;
        Path bad = Files.write(directory.resolve("bad.bitstack"), spoiled);
        assertRefused(verify(bad, key), "STACK_FILE_INVALID");
        assertRefused(
                verify(file, "MCowBQYDK2VwAyEAA6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg="), "STACK_FILE_INVALID");
        assertRefused(bitstack("import", bad.toString(), "again", "--public-key", key), "STACK_FILE_INVALID");
        assertRefused(
                bitstack(
                        "import",
                        file.toString(),
                        "again",
                        "--public-key",
                        "MCowBQYDK2VwAyEAA6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg="),
                "STACK_FILE_INVALID");
        assertThat(bitstack("import", file.toString(), "again", "--public-key", key)
                        .status())
                .isZero();
        assertRefused(bitstack("export", "tiny@1", file.toString()), "PARAMETER_INVALID");
    }

    /** Verification is told of no platform. */
    private static Run verify(Path file, String key) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int status = BitstackCommand.commandLine()
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute("verify", file.toString(), "--public-key", key);
        return new Run(status, out.toString(), err.toString());
    }

    private static void awaitReady() throws Exception {
        ApiClient api = new ApiClient(platform.gatewayUrl(), platform.adminKey());
        JsonNode node = api.get("/api/v1/nodes/edge");
        for (int i = 0; i < 3000 && !node.path("state").asString().equals("ready"); i++) {
            Thread.sleep(100);
            node = api.get("/api/v1/nodes/edge");
        }
        assertThat(node.path("state").asString()).as(node.toString()).isEqualTo("ready");
    }

    @Test
    @Order(3)
    void refusesWhatCannotBe() throws Exception {
        assertRefused(bitstack("model", "register", "tiny"), "MODEL_EXISTS");
        assertRefused(bitstack("model", "register", "Not A Name"), "NAME_INVALID");
        assertRefused(bitstack("model", "show", "nothing"), "MODEL_NOT_FOUND");
        assertRefused(bitstack("plan", "tiny", "--budget", "1"), "PARAMETER_INVALID");
        Run small = bitstack("plan", "tiny@1", "--budget", "1000");
        assertRefused(small, "BUDGET_TOO_SMALL");
        assertThat(small.err()).containsPattern("[0-9]+ bytes short");
        assertRefused(bitstack("chat", "nothing", "hello"), "model_not_found");
        assertRefused(
                bitstack("compress", "nothing", directory.resolve("models/good").toString()), "MODEL_NOT_FOUND");
        assertRefused(bitstack("compress", "tiny", "/etc"), "SOURCE_FORBIDDEN");
        assertRefused(bitstack("job", "cancel", "00000000-0000-0000-0000-000000000000"), "JOB_NOT_FOUND");
    }

    @Test
    @Order(4)
    void refusesBadModelsAndLeavesNothing() throws Exception {
        assertThat(bitstack("model", "register", "bad").status()).isZero();
        Path empty = Files.createDirectories(directory.resolve("models/empty"));
        assertRefused(bitstack("compress", "bad", empty.toString()), "MODEL_CONFIG_MISSING");

        Path cut = TinyModel.write(directory.resolve("models/cut"), false);
        byte[] whole = Files.readAllBytes(cut.resolve("model.safetensors"));
        Files.write(cut.resolve("model.safetensors"), Arrays.copyOf(whole, whole.length / 2));
        assertRefused(bitstack("compress", "bad", cut.toString()), "WEIGHTS_INVALID");

        Path unknown = TinyModel.write(directory.resolve("models/unknown"), false);
        String config = Files.readString(unknown.resolve("config.json"));
        Files.writeString(
                unknown.resolve("config.json"), config.replace("Llama", "Mamba").replace("llama", "mamba"));
        Run unsupported = bitstack("compress", "bad", unknown.toString());
        assertRefused(unsupported, "ARCHITECTURE_UNSUPPORTED");
        assertThat(unsupported.err()).contains("MambaForCausalLM").contains("LlamaForCausalLM");

        Path poisoned = TinyModel.write(directory.resolve("models/poisoned"), true);
        Run nan = bitstack("compress", "bad", poisoned.toString());
        assertThat(nan.status()).as(nan.toString()).isEqualTo(1);
        assertThat(nan.err())
                .contains("WEIGHTS_NOT_FINITE")
                .contains("down_proj")
                .contains("77");

        JsonNode bad = new ApiClient(platform.gatewayUrl(), platform.adminKey()).get("/api/v1/models/bad");
        assertThat(bad.has("newest")).as("no version was made").isFalse();
    }

    @Test
    @Order(5)
    void uploadsAModelGoesOnWithOneThatBrokeOffAndCompressesIt() throws Exception {
        Path model = TinyModel.write(directory.resolve("elsewhere"), false);
        Run whole = bitstack("upload", model.toString());
        assertThat(whole.status()).as(whole.toString()).isZero();
        assertThat(whole.out()).contains("bitstack compress MODEL --upload ");

        ApiClient api = new ApiClient(platform.gatewayUrl(), platform.adminKey());
        List<Map<String, Object>> files = new ArrayList<>();
        api.get("/api/v1/uploads")
                .path("items")
                .get(0)
                .path("files")
                .forEach(file -> files.add(Map.of(
                        "name",
                        file.path("name").asString(),
                        "sizeBytes",
                        file.path("sizeBytes").asLong())));
        // Any file of a model that is split over several stands for all of them.
        Path split = Files.createDirectories(directory.resolve("split"));
        for (int part = 1; part <= 3; part++) {
            String name = "split-0000%d-of-00003.gguf".formatted(part);
            try (InputStream content =
                    Objects.requireNonNull(PlatformTest.class.getResourceAsStream("/gguf/" + name), name)) {
                Files.copy(content, split.resolve(name));
            }
        }
        Run parts =
                bitstack("upload", split.resolve("split-00002-of-00003.gguf").toString());
        assertThat(parts.status()).as(parts.toString()).isZero();

        String begun =
                api.post("/api/v1/uploads", Map.of("files", files)).path("id").asString();
        byte[] weights = Files.readAllBytes(model.resolve("model.safetensors"));
        api.sendPiece(
                "/api/v1/uploads/%s/files/model.safetensors".formatted(begun),
                0,
                Arrays.copyOf(weights, weights.length / 3));
        assertThat(bitstack("upload", model.toString(), "--resume", begun).status())
                .isZero();
        assertThat(bitstack("model", "register", "uploaded").status()).isZero();
        Run compressed = bitstack(
                "compress",
                "uploaded",
                "--upload",
                begun,
                "--built-in-calibration",
                "--param",
                "calibrationWindows=2",
                "--param",
                "evaluationWindows=2",
                "--context",
                "64");
        assertThat(compressed.status()).as(compressed.toString()).isZero();
        assertThat(compressed.out()).contains("uploaded version 1, stack sha256:");
        assertRefused(bitstack("compress", "uploaded"), "PARAMETER_INVALID");
        assertRefused(bitstack("upload", directory.resolve("nothing").toString()), "IO");
        String audited = api.get("/api/v1/audit-events?limit=200").toString();
        assertThat(audited).contains("POST /api/v1/uploads").doesNotContain("PATCH /api/v1/uploads");
    }

    @Test
    @Order(6)
    void letsNobodyInWithoutAKey() throws Exception {
        try (HttpClient client = HttpClient.newHttpClient()) {
            for (String path : List.of("/api/v1/models", "/v1/models", "/api/v1/internal/nodes")) {
                HttpResponse<String> answer = client.send(
                        HttpRequest.newBuilder(URI.create(platform.gatewayUrl() + path))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
                assertThat(answer.statusCode()).as(path + ": " + answer.body()).isIn(401, 404);
            }
            HttpResponse<String> page = client.send(
                    HttpRequest.newBuilder(platform.gatewayUrl()).build(), HttpResponse.BodyHandlers.ofString());
            assertThat(page.statusCode()).isEqualTo(200);
            assertThat(page.body()).contains("<div id=\"root\">");
        }
        assertThat(Files.getPosixFilePermissions(directory.resolve("data/secrets.json")))
                .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    }

    @Test
    @Order(Integer.MAX_VALUE)
    void lookAfterTheFleet() {
        Run made = bitstack("node", "join-token", "create", "edges", "--reusable", "--label", "pool=edge");
        assertThat(made.status()).as(made.toString()).isZero();
        String token = made.out().strip();
        assertThat(token).startsWith("bsj_");
        Run listed = bitstack("node", "join-token", "list");
        assertThat(listed.out()).contains("edges").doesNotContain(token);
        assertRefused(bitstack("node", "join-token", "revoke", "nothing"), "JOIN_TOKEN_NOT_FOUND");
        assertThat(bitstack("node", "label", "edge", "pool=edge").out()).contains("pool");
        assertRefused(bitstack("node", "budget", "edge"), "PARAMETER_INVALID");
        assertRefused(bitstack("node", "budget", "edge", "0"), "REQUEST_INVALID");
        assertRefused(bitstack("node", "budget", "edge", "9000000000000000"), "BUDGET_TOO_LARGE");
        assertThat(bitstack("node", "budget", "edge", "--share", "0.9").status())
                .isZero();
        assertThat(bitstack("node", "budget", "edge", "--own").status()).isZero();
        assertRefused(bitstack("rollout", "show", "999999"), "ROLLOUT_NOT_FOUND");
        assertRefused(bitstack("rollout", "start", "999999", "--to", "2"), "DEPLOYMENT_NOT_FOUND");
        assertThat(bitstack("rollout", "list").out()).contains("ROLLOUT");
        assertRefused(bitstack("node", "remove", "unheard"), "NODE_NOT_FOUND");
    }
}
