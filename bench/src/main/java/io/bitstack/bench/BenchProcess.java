package io.bitstack.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A server of a benchmark in a JVM of its own, so that what others compile, collect and keep in caches is not counted as its own. It ends with the process that started it. */
final class BenchProcess implements AutoCloseable {
    private static final String LAUNCHER = "org.springframework.boot.loader.launch.PropertiesLauncher";
    private static final String LISTENING = "listening at ";
    private static final int PATIENCE_SECONDS = 30;

    private final Process process;
    private final URI url;

    private BenchProcess(Process process, URI url) {
        this.process = process;
        this.url = url;
    }

    /**
     * Starts a server and waits until it listens.
     *
     * @param jar an executable jar of the gateway, whose classes it runs with
     * @param flags of its JVM
     * @param main its main class, which calls {@link #listening} when it does
     */
    static BenchProcess start(Path jar, List<String> flags, Class<?> main, List<String> arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(flags);
        command.addAll(List.of("-cp", jar.toString(), "-Dloader.main=" + main.getName()));
        command.addAll(List.of("-Dloader.path=" + System.getProperty("loader.path"), LAUNCHER));
        command.addAll(arguments);
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        BufferedReader lines =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (line.startsWith(LISTENING)) {
                Thread.ofVirtual().start(() -> lines.lines().forEach(System.out::println));
                return new BenchProcess(process, URI.create(line.substring(LISTENING.length())));
            }
            System.out.println(line);
        }
        throw new IOException(main.getSimpleName() + " ended before it listened");
    }

    /** The gateway as it is shipped. */
    static Path gatewayJar() {
        return repository().resolve(Path.of("gateway", "target", "bitstack-gateway-0.1.0-SNAPSHOT-exec.jar"));
    }

    /** The flags with which the gateway's image starts it. */
    static List<String> gatewayFlags() throws IOException {
        return Stream.concat(
                        flags(repository().resolve("pom.xml"), "jvm.flags").stream(),
                        flags(repository().resolve(Path.of("gateway", "pom.xml")), "service.jvm.flags").stream())
                .toList();
    }

    /** The flags of every JVM of the platform. */
    static List<String> commonFlags() throws IOException {
        return flags(repository().resolve("pom.xml"), "jvm.flags");
    }

    private static List<String> flags(Path pom, String property) throws IOException {
        Matcher flags =
                Pattern.compile("<" + Pattern.quote(property) + ">([^<]+)</").matcher(Files.readString(pom));
        if (!flags.find()) {
            throw new IOException(pom + " says nothing of " + property);
        }
        return List.of(flags.group(1).split(" "));
    }

    private static Path repository() {
        String repository = System.getProperty("bitstack.repository");
        if (repository == null || System.getProperty("loader.path") == null) {
            throw new IllegalStateException("run this by scripts/bench.sh, which says where what it needs is");
        }
        return Path.of(repository);
    }

    /** Said by a server that is ready: tells where, and stays until the process that started it is gone or has closed it. */
    static void listening(int port) {
        System.out.println(LISTENING + "http://127.0.0.1:" + port);
        try {
            while (System.in.read() >= 0) {
                // Nothing is said to it but that it is over.
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    URI url() {
        return url;
    }

    @Override
    public void close() {
        try {
            process.getOutputStream().close();
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (IOException e) {
            process.destroyForcibly();
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
