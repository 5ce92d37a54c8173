package io.bitstack.standalone.platform;

import io.bitstack.inference.InferenceApplication;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** An inference node in a JVM of its own, with the class path of this one, which can be killed. */
public final class NodeProcess implements AutoCloseable {
    private static final List<String> JVM_FLAGS = List.of(
            "--add-modules=jdk.incubator.vector",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-Xmx256m");
    private static final String LAUNCHER = "org.springframework.boot.loader.launch.PropertiesLauncher";
    private static final long PATIENCE_SECONDS = 120;

    private final Process process;

    private NodeProcess(Process process) {
        this.process = process;
    }

    /**
     * Starts a node; it is not awaited.
     *
     * @param log where its output goes
     * @param options further ones of its JVM, which come after the usual ones
     * @param settings {@code --name=value}, those of the node that differ from their defaults
     */
    public static NodeProcess start(Path log, List<String> options, List<String> settings) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(JVM_FLAGS);
        command.addAll(List.of("-cp", System.getProperty("java.class.path")));
        command.addAll(options);
        if (System.getProperty("loader.main") == null) {
            command.add(InferenceApplication.class.getName());
        } else {
            // The libraries are inside of the executable jar.
            command.addAll(List.of("-Dloader.main=" + InferenceApplication.class.getName(), LAUNCHER));
        }
        command.addAll(settings);
        command.addAll(List.of(
                "--server.address=127.0.0.1",
                "--server.port=0",
                "--management.server.address=127.0.0.1",
                "--management.server.port=0",
                "--spring.main.banner-mode=off",
                "--spring.main.web-application-type=servlet",
                "--spring.autoconfigure.exclude=" + Platform.NO_DATABASE));
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        builder.environment().keySet().removeIf(variable -> variable.startsWith("BITSTACK_"));
        return new NodeProcess(builder.start());
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /** As {@code kill -9} does: nothing is finished, nothing is told. */
    public void kill() throws IOException {
        process.destroyForcibly();
        await();
    }

    /** Asks the node to go: it tells the registry, and finishes what it is at. */
    @Override
    public void close() throws IOException {
        process.destroy();
        await();
    }

    private void await() throws IOException {
        try {
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IOException("a node's process did not end within %d s".formatted(PATIENCE_SECONDS));
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
