package io.bitstack.standalone.split;

import io.bitstack.standalone.platform.FreePorts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** One service as users start it: its executable jar in a JVM of its own, told by environment variables what differs. */
final class ServiceProcess implements AutoCloseable {
    private static final Duration START_LIMIT = Duration.ofMinutes(8);
    /** What computes with tensors has to be compiled with care; the code of these, which live for a minute, in haste: that is much of what their start costs. */
    private static final Set<String> IN_HASTE = Set.of("registry-service", "gateway");

    private final String name;
    private final Process process;
    private final Path log;
    private final int port;
    private final int managementPort;

    private ServiceProcess(String name, Process process, Path log, int port, int managementPort) {
        this.name = name;
        this.process = process;
        this.log = log;
        this.port = port;
        this.managementPort = managementPort;
    }

    static Path repository() {
        return Path.of(System.getProperty("bitstack.repository", ".."));
    }

    /** The executable jar of a module, which {@code mvnw package} makes; empty before that. */
    static Stream<Path> jar(String module) {
        Path target = repository().resolve(module).resolve("target");
        if (!Files.isDirectory(target)) {
            return Stream.empty();
        }
        try (Stream<Path> files = Files.list(target)) {
            return files.filter(file -> file.toString().endsWith("-exec.jar")).toList().stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Starts a service; it is not awaited. */
    static ServiceProcess start(String name, String module, Path directory, Map<String, String> environment)
            throws IOException {
        Path jar = jar(module).findFirst().orElseThrow();
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(System.getProperty("bitstack.jvm.flags", "").split(" ")));
        if (IN_HASTE.contains(module)) {
            command.add("-XX:TieredStopAtLevel=1");
        }
        command.addAll(List.of("-Xmx1g", "-jar", jar.toAbsolutePath().toString()));
        int port = FreePorts.next();
        int managementPort = FreePorts.next();
        Path log = directory.resolve(name + ".log");
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
        builder.directory(directory.toFile());
        builder.environment().keySet().removeIf(variable -> variable.startsWith("BITSTACK_"));
        builder.environment().putAll(environment);
        builder.environment().put("SERVER_PORT", Integer.toString(port));
        builder.environment().put("SERVER_ADDRESS", "127.0.0.1");
        builder.environment().put("MANAGEMENT_SERVER_PORT", Integer.toString(managementPort));
        return new ServiceProcess(name, builder.start(), log, port, managementPort);
    }

    URI url() {
        return URI.create("http://127.0.0.1:" + port);
    }

    String log() throws IOException {
        return Files.readString(log);
    }

    /** Waits until the process says of itself that it lives; a node is ready only once it has a model. */
    void awaitLive() throws IOException, InterruptedException {
        URI health = URI.create("http://127.0.0.1:" + managementPort + "/actuator/health/liveness");
        long deadline = System.nanoTime() + START_LIMIT.toNanos();
        try (HttpClient client = HttpClient.newHttpClient()) {
            while (true) {
                try {
                    if (client.send(HttpRequest.newBuilder(health).build(), HttpResponse.BodyHandlers.discarding())
                                    .statusCode()
                            == 200) {
                        return;
                    }
                } catch (IOException e) {
                    if (!process.isAlive()) {
                        throw new IOException("%s did not start:%n%s".formatted(name, log()), e);
                    }
                }
                if (System.nanoTime() > deadline) {
                    throw new IOException("%s does not answer:%n%s".formatted(name, log()));
                }
                Thread.sleep(200);
            }
        }
    }

    @Override
    public void close() throws IOException {
        process.destroy();
        try {
            if (!process.waitFor(120, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
                throw new IOException("%s did not stop within 120 seconds:%n%s".formatted(name, log()));
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
