package io.bitstack.standalone.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.bitstack.compression.encode.CompressionRequest;
import io.bitstack.compression.encode.OrderMode;
import io.bitstack.compression.encode.Progress;
import io.bitstack.compression.encode.StackCompressor;
import io.bitstack.core.codec.PlainLinearAlgebra;
import io.bitstack.core.stack.Digest;
import io.bitstack.core.stack.ManifestJson;
import io.bitstack.core.stack.StackManifest;
import io.bitstack.core.stack.StackPlanner;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The command {@code eval} on a stack of the demo model, as a user runs it. */
class EvalCommandTest {
    private static final Path DEMO =
            Path.of(System.getProperty("bitstack.repository", "..")).resolve("demo");

    @TempDir
    static Path stack;

    private static StackManifest manifest;

    @BeforeAll
    static void compress() throws IOException {
        manifest = new StackCompressor(new PlainLinearAlgebra(), 2)
                .compress(
                        new CompressionRequest(
                                DEMO.resolve("model"),
                                "nested",
                                Map.of("levels", "4", "calibrationWindows", "1", "evaluationWindows", "1"),
                                Files.readString(DEMO.resolve("text/calibration.txt")),
                                null,
                                64,
                                OrderMode.PROXY),
                        EvalSubject.blobs(stack),
                        Progress.none(),
                        () -> false);
        EvalSubject.writeManifest(stack, manifest);
    }

    private record Result(int status, String out, String error) {}

    private static Result eval(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter error = new StringWriter();
        CommandLine line =
                BitstackCommand.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(error));
        String[] all = new String[arguments.length + 4];
        all[0] = "eval";
        all[1] = stack.toString();
        all[2] = "--text";
        all[3] = DEMO.resolve("text/heldout.txt").toString();
        System.arraycopy(arguments, 0, all, 4, arguments.length);
        int status = line.execute(all);
        return new Result(status, out.toString(), error.toString());
    }

    @Test
    void printsEverythingAPrefixNeedsAndEveryMeasure() throws IOException {
        Path tasks = stack.resolve("tasks.jsonl");
        Files.write(tasks, Files.readAllLines(DEMO.resolve("text/tasks.jsonl")).subList(0, 8));
        StackPlanner planner = new StackPlanner(manifest);
        long manifestBytes = ManifestJson.write(manifest).length;
        long least = planner.storedBytes(manifest.minimalBlocks()) + manifestBytes;
        long most = planner.storedBytes(manifest.blocks().size()) + manifestBytes;
        Result result = eval(
                "--reference",
                DEMO.resolve("model").toString(),
                "--context",
                "64",
                "--windows",
                "3",
                "--tasks",
                tasks.toString(),
                "--budget",
                Long.toString(least),
                "--budget",
                Long.toString(most),
                "--json");
        assertThat(result.status).as(result.error).isZero();
        JsonNode rows = JsonMapper.shared().readTree(result.out);
        assertThat(rows.valueStream().map(row -> row.path("name").asString()))
                .containsExactly(
                        "full",
                        Integer.toString(manifest.minimalBlocks()),
                        Integer.toString(manifest.blocks().size()));
        assertThat(rows.get(0).propertyNames())
                .containsExactly(
                        "name",
                        "bytes",
                        "bpw",
                        "perplexity",
                        "klDivergence",
                        "tokens",
                        "topTokenChanged",
                        "bitsPerByte",
                        "tasks",
                        "accuracy",
                        "normalisedAccuracy");
        assertThat(rows.get(0).path("klDivergence").asDouble()).isZero();
        assertThat(rows.get(1).path("bytes").asLong()).isEqualTo(least);
        assertThat(rows.get(2).path("bytes").asLong()).isEqualTo(most);
        assertThat(rows.get(1).path("tokens").asInt()).isEqualTo(3 * 63);
        for (String measure : List.of("klDivergence", "topTokenChanged")) {
            assertThat(rows.get(1).path(measure).asDouble())
                    .isGreaterThan(rows.get(2).path(measure).asDouble());
        }
        for (JsonNode row : rows) {
            assertThat(row.path("tasks").asInt()).isEqualTo(8);
            assertThat(row.path("bitsPerByte").asDouble()).isBetween(0.5, 4.0);
            assertThat(row.path("accuracy").asDouble()).isBetween(0.0, 1.0);
        }
    }

    @Test
    void badArgumentsAreNamedInOneLine() {
        assertThat(eval("--windows", "0").error).contains("--windows must be 1");
        assertThat(eval("--order", "best").error).contains("kl, proxy, perplexity, index or random");
        assertThat(eval("--tasks", stack.resolve("manifest.json").toString()).error)
                .contains("line 1 of the tasks");
        assertThat(eval("--budget", "1000").status).isNotZero();
    }

    @Test
    void compressesAndMeasuresAGgufFile(@TempDir Path directory) throws IOException {
        Path gguf = directory.resolve("tiny.gguf");
        try (InputStream content =
                Objects.requireNonNull(EvalCommandTest.class.getResourceAsStream("/gguf/llama.gguf"))) {
            Files.copy(content, gguf);
        }
        Path text = Files.writeString(directory.resolve("text.txt"), "The hat on the tent is an ant's. ".repeat(60));
        Path calibration =
                Files.writeString(directory.resolve("calibration.txt"), "An ant's tent is on the hat. ".repeat(60));
        Path kept = directory.resolve("kept");
        StringWriter out = new StringWriter();
        assertThat(evalGguf(gguf, text, text, kept, out))
                .as("one text to calibrate and to measure with")
                .isNotZero();
        int status = evalGguf(gguf, text, calibration, kept, out);
        assertThat(status).as(out.toString()).isZero();
        JsonNode rows = JsonMapper.shared().readTree(out.toString());
        assertThat(rows.get(0).path("bytes").asLong()).isEqualTo(Files.size(gguf));
        double least = rows.get(1).path("klDivergence").asDouble();
        double most = rows.get(rows.size() - 1).path("klDivergence").asDouble();
        assertThat(most).isLessThan(least / 10).isLessThan(0.01);
        StackManifest manifest = ManifestJson.read(Files.readAllBytes(kept.resolve("manifest.json")));
        assertThat(manifest.files().stream().map(StackManifest.File::path))
                .containsExactly("config.json", "tokenizer.json", "tokenizer_config.json");
        assertThat(manifest.lineage().source()).isEqualTo(Digest.of(Files.readAllBytes(gguf)));
    }

    private static int evalGguf(Path gguf, Path text, Path calibration, Path kept, StringWriter out) {
        return BitstackCommand.commandLine()
                .setOut(new PrintWriter(out))
                .execute(
                        "eval",
                        gguf.toString(),
                        "--text",
                        text.toString(),
                        "--calibration",
                        calibration.toString(),
                        "--context",
                        "64",
                        "--windows",
                        "4",
                        "--order",
                        "proxy",
                        "--keep",
                        kept.toString(),
                        "--json");
    }
}
