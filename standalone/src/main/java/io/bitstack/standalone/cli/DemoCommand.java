package io.bitstack.standalone.cli;

import io.bitstack.core.model.ModelConfig;
import io.bitstack.standalone.client.ApiClient;
import io.bitstack.standalone.demo.DemoBudgets;
import io.bitstack.standalone.demo.DemoResult;
import io.bitstack.standalone.demo.DemoScenario;
import io.bitstack.standalone.platform.Platform;
import io.bitstack.standalone.platform.PlatformOptions;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.databind.json.JsonMapper;

/** Shows everything working on this machine. */
@Command(
        name = "demo",
        description =
                "Start the platform, compress a model once, serve it at two sizes, chat, and shrink a node under load.",
        mixinStandardHelpOptions = true)
final class DemoCommand implements Callable<Integer> {
    private static final String MODEL_NAME = "demo";
    private static final String SMALL_NODE = "edge-small";
    private static final String LARGE_NODE = "edge-large";
    /** Tokens that each node has KV cache for, where the model can see as many. */
    private static final int CONTEXT_TOKENS = 1024;

    @Option(names = "--exit", description = "stop the platform at the end")
    boolean exit;

    @Option(names = "--model", description = "another model directory; it calibrates itself unless a text is given")
    @Nullable
    Path model;

    @Option(names = "--calibration", description = "text to calibrate with")
    @Nullable
    Path calibration;

    @Option(names = "--evaluation", description = "held-out text that the quality curve is measured on")
    @Nullable
    Path evaluation;

    @Option(names = "--json", description = "print one JSON object as the last line")
    boolean json;

    @Option(names = "--port", description = "of the gateway; default: 8080, or a free one if that is taken")
    @Nullable
    Integer port;

    @Option(names = "--repository", hidden = true, description = "where the demo model is")
    Path repository = Path.of(System.getProperty("bitstack.repository", "."));

    @Spec
    @Nullable
    CommandSpec spec;

    @Override
    public Integer call() throws IOException, InterruptedException {
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        Path directory = model == null ? repository.resolve("demo/model") : model;
        Path calibrationText =
                model == null && calibration == null ? repository.resolve("demo/text/calibration.txt") : calibration;
        Path evaluationText =
                model == null && evaluation == null ? repository.resolve("demo/text/heldout.txt") : evaluation;
        ModelConfig config = ModelConfig.read(directory);
        int contextTokens = Math.min(CONTEXT_TOKENS, config.contextTokens());
        DemoBudgets budgets = DemoBudgets.of(config, contextTokens);

        Path data = Files.createTempDirectory("bitstack-demo");
        Path log = Platform.logToFile(data);
        DemoScreen screen = new DemoScreen(out);
        Platform platform = Platform.start(
                new PlatformOptions(
                        data,
                        chosenPort(),
                        List.of(directory, parent(calibrationText, directory), parent(evaluationText, directory)),
                        List.of(
                                new PlatformOptions.NodeOptions(SMALL_NODE, budgets.smallBytes()),
                                new PlatformOptions.NodeOptions(LARGE_NODE, budgets.largeBytes()))),
                stage -> screen.stage("start " + stage));
        RunningPlatform running = new RunningPlatform(platform, log, () -> Directories.delete(data));
        DemoScenario scenario = new DemoScenario(
                new ApiClient(platform.gatewayUrl(), platform.adminKey()),
                screen,
                new DemoScenario.Subject(
                        MODEL_NAME,
                        directory,
                        calibrationText,
                        evaluationText,
                        contextTokens,
                        config.eosTokens(),
                        SMALL_NODE,
                        LARGE_NODE));
        try {
            DemoScenario.Shown shown = scenario.run();
            double seconds = secondsSinceStart();
            screen.stage(String.format(Locale.ROOT, "all shown %.1f s after the start", seconds));
            if (!exit) {
                running.describe(out);
            }
            if (json) {
                out.println(JsonMapper.shared()
                        .writeValueAsString(new DemoResult(
                                shown.nodes(),
                                shown.resize(),
                                shown.compressSeconds(),
                                seconds,
                                platform.gatewayUrl(),
                                platform.adminKey(),
                                MODEL_NAME)));
            }
            out.flush();
            if (!exit) {
                RunningPlatform.serve();
            }
        } catch (IOException | RuntimeException e) {
            // What the services logged is kept for whoever wants to know why.
            platform.close();
            throw new IOException("%s (the services' log is %s)".formatted(e.getMessage(), log), e);
        }
        return running.stop() ? 0 : 1;
    }

    private static double secondsSinceStart() {
        return (System.currentTimeMillis()
                        - ManagementFactory.getRuntimeMXBean().getStartTime())
                / 1000.0;
    }

    private static Path parent(@Nullable Path text, Path otherwise) {
        Path parent = text == null ? null : text.toAbsolutePath().getParent();
        return parent == null ? otherwise : parent;
    }

    private int chosenPort() {
        if (port != null) {
            return port;
        }
        try (ServerSocket probe = new ServerSocket(PlatformOptions.DEFAULT_PORT, 1, InetAddress.getLoopbackAddress())) {
            return probe.getLocalPort();
        } catch (IOException e) {
            return 0; // another program has it, so any free one is taken
        }
    }
}
