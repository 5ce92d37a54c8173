package io.bitstack.standalone.split;

import io.bitstack.standalone.platform.FreePorts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** One service as its image starts it: its executable jar, unpacked, in a JVM of its own, told by environment variables what differs. */
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

    /** The jar of a module without the jars inside it: the locks of these can bring virtual threads to a stand that load classes (spring-boot issue 51463). */
    private static Path unpacked(String module, Path directory) throws IOException, InterruptedException {
        Path jar = jar(module).findFirst().orElseThrow().toAbsolutePath();
        Path unpacked = directory.resolve("unpacked-" + module);
        if (!Files.exists(unpacked)) {
            List<String> command = List.of(java(), "-Djarmode=tools", "-jar", jar.toString());
            List<String> extract = List.of("extract", "--destination", unpacked.toString());
            Process process = new ProcessBuilder(
                            Stream.concat(command.stream(), extract.stream()).toList())
                    .redirectErrorStream(true)
                    .start();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new IOException("%s cannot be unpacked:%n%s".formatted(jar, said));
            }
        }
        return unpacked.resolve(Objects.requireNonNull(jar.getFileName()));
    }

    private static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    /** Starts a service; it is not awaited. */
    static ServiceProcess start(String name, String module, Path directory, Map<String, String> environment)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(java());
        command.addAll(List.of(System.getProperty("bitstack.jvm.flags", "").split(" ")));
        if (IN_HASTE.contains(module)) {
            command.add("-XX:TieredStopAtLevel=1");
        }
        command.addAll(List.of("-Xmx1g", "-jar", unpacked(module, directory).toString()));
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
        // All that there is to read of it.
        builder.environment().put("LOGGING_LEVEL_IO_BITSTACK", "DEBUG");
        builder.environment().put("SERVER_TOMCAT_ACCESSLOG_ENABLED", "true");
        builder.environment().put("SERVER_TOMCAT_ACCESSLOG_BUFFERED", "false");
        builder.environment()
                .put("SERVER_TOMCAT_BASEDIR", requests(directory, name).toString());
        return new ServiceProcess(name, builder.start(), log, port, managementPort);
    }

    URI url() {
        return URI.create("http://127.0.0.1:" + port);
    }

    String log() throws IOException {
        return Files.readString(log);
    }

    private static Path requests(Path directory, String name) {
        return directory.resolve("requests-" + name);
    }

    /** What its web server wrote of each request. */
    String requestLog() throws IOException {
        StringBuilder all = new StringBuilder();
        Path logs = requests(Objects.requireNonNull(log.getParent()), name).resolve("logs");
        try (Stream<Path> files = Files.list(logs)) {
            for (Path file : files.toList()) {
                all.append(Files.readString(file, StandardCharsets.ISO_8859_1));
            }
        }
        return all.toString();
    }

    String metrics() throws IOException, InterruptedException {
        URI metrics = URI.create("http://127.0.0.1:" + managementPort + "/actuator/prometheus");
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(HttpRequest.newBuilder(metrics).build(), HttpResponse.BodyHandlers.ofString())
                    .body();
        }
    }

    /** Waits until it has said something. */
    void awaitLog(String words, Duration limit) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + limit.toNanos();
        while (!log().contains(words)) {
            if (System.nanoTime() > deadline) {
                throw new IOException("%s does not say '%s':%n%s".formatted(name, words, log()));
            }
            Thread.sleep(100);
        }
    }

    @Override
    public String toString() {
        return name;
    }

    /** Waits until the process says of itself that it lives; it may have things to do before it serves. */
    void awaitLive() throws IOException, InterruptedException {
        awaitHealth("liveness");
    }

    /** Waits until the process says of itself that it serves; which a node does only once it has a model. */
    void awaitReady() throws IOException, InterruptedException {
        awaitHealth("readiness");
    }

    private void awaitHealth(String group) throws IOException, InterruptedException {
        URI health = URI.create("http://127.0.0.1:" + managementPort + "/actuator/health/" + group);
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
