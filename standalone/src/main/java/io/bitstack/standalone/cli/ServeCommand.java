package io.bitstack.standalone.cli;

import io.bitstack.standalone.platform.Platform;
import io.bitstack.standalone.platform.PlatformOptions;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Runs the whole platform in this process until it is told to stop. */
@Command(
        name = "serve",
        description = "Run the platform on this machine: all services, a database, a file store and nodes.",
        mixinStandardHelpOptions = true)
final class ServeCommand implements Callable<Integer> {
    @Option(names = "--data", description = "where everything is kept; default: $BITSTACK_DATA or ~/.bitstack")
    Path data = PlatformOptions.defaultDataDirectory();

    @Option(names = "--port", description = "of the gateway (default: ${DEFAULT-VALUE})")
    int port = PlatformOptions.DEFAULT_PORT;

    @Option(
            names = "--allow",
            description = "a directory below which models and texts may be read; may be repeated; default: here")
    List<Path> allowed = List.of(Path.of(""));

    @Option(
            names = "--node",
            paramLabel = "NAME=BYTES",
            description = "a node and its memory budget, 0 for half of the memory; may be repeated")
    Map<String, Long> nodes = Map.of("local", 0L);

    @Spec
    @Nullable
    CommandSpec spec;

    @Override
    public Integer call() throws IOException, InterruptedException {
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        Path log = Platform.logToFile(data);
        Platform platform = Platform.start(
                new PlatformOptions(
                        data,
                        port,
                        allowed,
                        nodes.entrySet().stream()
                                .map(node -> new PlatformOptions.NodeOptions(node.getKey(), node.getValue()))
                                .toList()),
                stage -> {
                    out.println("starting " + stage);
                    out.flush();
                });
        new RunningPlatform(platform, log, () -> {}).describe(out);
        RunningPlatform.serve();
        return 0;
    }
}
