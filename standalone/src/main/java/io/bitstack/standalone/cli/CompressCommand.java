package io.bitstack.standalone.cli;

import io.bitstack.compression.encode.OrderMode;
import io.bitstack.standalone.client.ApiClient;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** Starts a compression job and follows it. */
@Command(
        name = "compress",
        description = "Compress a model directory or GGUF file into a new version of a registered model.",
        mixinStandardHelpOptions = true)
final class CompressCommand extends ClientCommand {
    @Parameters(index = "0", paramLabel = "MODEL", description = "a registered model's name")
    String model = "";

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "PATH",
            description =
                    "model directory or GGUF file, as the compression service sees it, below an allowed directory")
    @Nullable
    Path path;

    @Option(names = "--upload", paramLabel = "ID", description = "an upload ('bitstack upload') in place of PATH")
    @Nullable
    String upload;

    @Option(names = "--codec", description = "nested (default) or iabd")
    @Nullable
    String codec;

    @Option(names = "--param", description = "codec parameter, name=value; may be repeated")
    Map<String, String> parameters = Map.of();

    @Option(names = "--calibration", description = "text to calibrate with; without one the model writes its own")
    @Nullable
    Path calibration;

    @Option(names = "--built-in-calibration", description = "calibrate with the text that comes with the service")
    boolean builtIn;

    @Option(
            names = "--evaluation",
            description =
                    "held-out text that the quality curve is measured on; without one a text that comes with the service")
    @Nullable
    Path evaluation;

    @Option(
            names = "--tasks",
            description =
                    "multiple-choice tasks (JSONL) that model and prefixes are scored on; the version's tags keep the results")
    @Nullable
    Path tasks;

    @Option(names = "--context", description = "tokens of a window")
    @Nullable
    Integer contextTokens;

    @Option(names = "--order", description = OrderMode.NAMES + " (default: perplexity for the codec iabd, else kl)")
    @Nullable
    String order;

    @Option(names = "--priority", description = "-100 to 100; of the jobs that wait, the highest run first")
    @Nullable
    Integer priority;

    @Option(names = "--no-wait", description = "return as soon as the job is accepted")
    boolean noWait;

    @Override
    JsonNode ask(ApiClient api) throws IOException, InterruptedException {
        Map<String, Object> request = new LinkedHashMap<>();
        request.put("model", model);
        request.put("source", source());
        request.put("codec", codec);
        request.put("parameters", parameters);
        request.put("calibrationPath", absolute(calibration));
        request.put("calibrationChoice", builtIn ? "built-in" : null);
        request.put("evaluationPath", absolute(evaluation));
        request.put("tasksPath", absolute(tasks));
        request.put("contextTokens", contextTokens);
        request.put("order", order == null ? null : OrderMode.named(order).lowerCaseName());
        request.put("priority", priority);
        request.values().removeIf(Objects::isNull);
        JsonNode job = api.post("/api/v1/jobs", request);
        return noWait ? job : JobWatch.untilFinished(api, job.path("id").asString(), new ProgressLine(err()));
    }

    private Map<String, String> source() {
        if (path != null && upload == null) {
            return Map.of("path", path.toAbsolutePath().toString());
        }
        if (path == null && upload != null) {
            return Map.of("upload", upload);
        }
        throw new IllegalArgumentException("name either a PATH that the service sees, or an upload with --upload");
    }

    private static @Nullable String absolute(@Nullable Path file) {
        return file == null ? null : file.toAbsolutePath().toString();
    }

    @Override
    void print(JsonNode job) {
        out().println(noWait ? job.path("id").asString() : JobWatch.summary(job));
    }
}
