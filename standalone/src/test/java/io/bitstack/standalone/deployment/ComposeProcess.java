package io.bitstack.standalone.deployment;

import io.bitstack.standalone.platform.FreePorts;
import java.io.IOException;
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
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * One container of the compose file as a process: the image's entry point with the image's and the compose file's environment, and
 * nothing else of this machine; ports and paths are mapped to free ones.
 */
final class ComposeProcess implements AutoCloseable {
    private static final Duration START_LIMIT = Duration.ofMinutes(8);
    private static final Set<String> IN_HASTE = Set.of("registry", "gateway");

    private final String service;
    private final List<String> healthCheck;
    private final Map<String, String> environment;
    private final Path log;
    private final Process process;

    /** Two ports of this machine for those of a service. */
    record Ports(int service, int management) {
        static Ports free() throws IOException {
            return new Ports(FreePorts.next(), FreePorts.next());
        }
    }

    /**
     * @param entryPoint the image's
     * @param healthCheck the compose file's
     * @param environment of the container
     * @param memory its limit
     * @param mapping of texts in all of these, longest first
     */
    record Container(
            String service,
            List<String> entryPoint,
            List<String> healthCheck,
            Map<String, String> environment,
            String workingDirectory,
            String memory,
            Map<String, String> mapping) {

        List<String> mapped(List<String> words) {
            return words.stream().map(this::mapped).toList();
        }

        String mapped(String text) {
            String result = text;
            for (Map.Entry<String, String> entry : mapping.entrySet()) {
                result = result.replace(entry.getKey(), entry.getValue());
            }
            return result;
        }
    }

    ComposeProcess(Container container, Ports ports, Path directory) throws IOException {
        this.service = container.service();
        this.healthCheck = container.mapped(container.healthCheck());
        this.environment = new TreeMap<>();
        container.environment().forEach((name, value) -> environment.put(name, container.mapped(value)));
        // The JVM's heap follows from the container's memory, which this stands for.
        String options = "-XX:MaxRAM=" + container.memory();
        // Of services that compute nothing, and live for a minute here, the code is compiled in haste.
        options += IN_HASTE.contains(service) ? " -XX:TieredStopAtLevel=1" : "";
        environment.merge("JAVA_TOOL_OPTIONS", options, (set, ours) -> set + " " + ours);
        environment.put("SERVER_PORT", Integer.toString(ports.service()));
        environment.put("SERVER_ADDRESS", "127.0.0.1");
        environment.put("MANAGEMENT_SERVER_PORT", Integer.toString(ports.management()));
        environment.putIfAbsent(
                "TMPDIR", Files.createDirectories(directory.resolve("tmp")).toString());
        this.log = directory.resolve(service + ".log");
        this.process = builder(container.mapped(container.entryPoint()))
                .directory(
                        Path.of(container.mapped(container.workingDirectory())).toFile())
                .redirectOutput(log.toFile())
                .start();
    }

    private ProcessBuilder builder(List<String> command) {
        ProcessBuilder builder = new ProcessBuilder(new ArrayList<>(command)).redirectErrorStream(true);
        builder.environment().clear();
        builder.environment().putAll(environment);
        return builder;
    }

    String log() throws IOException {
        return Files.readString(log);
    }

    /** Waits until the health check that the compose file names succeeds. */
    void awaitHealthy() throws IOException, InterruptedException {
        long deadline = System.nanoTime() + START_LIMIT.toNanos();
        while (true) {
            if (isHealthy(healthCheck)) {
                return;
            }
            if (!process.isAlive() || System.nanoTime() > deadline) {
                throw new IOException("%s is not healthy:%n%s".formatted(service, log()));
            }
            Thread.sleep(200);
        }
    }

    /** Whether the image's health check says that the service is ready; a node is, when it has a model. */
    boolean isReady() throws IOException, InterruptedException {
        return isHealthy(List.of(healthCheck.getFirst(), "readiness"));
    }

    private boolean isHealthy(List<String> command) throws IOException, InterruptedException {
        return builder(command)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start()
                        .waitFor()
                == 0;
    }

    /** What Prometheus reads here. */
    String metrics(String path) throws IOException, InterruptedException {
        URI uri = URI.create("http://127.0.0.1:" + environment.get("MANAGEMENT_SERVER_PORT") + path);
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpResponse<String> answer =
                    client.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
            if (answer.statusCode() != 200) {
                throw new IOException("%s answers %d to %s".formatted(service, answer.statusCode(), uri));
            }
            return answer.body();
        }
    }

    /** Ends it like {@code docker stop}. */
    @Override
    public void close() throws IOException {
        process.destroy();
        try {
            if (!process.waitFor(120, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
                throw new IOException("%s did not stop:%n%s".formatted(service, log()));
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
