package io.bitstack.core.stack;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A real S3 server (S3Proxy on a temporary directory) in a JVM of its own, since its libraries are not those of our services. */
public final class S3Server implements AutoCloseable {
    private static final Duration START_LIMIT = Duration.ofMinutes(3);
    private static final Pattern LISTENS =
            Pattern.compile("Started \\S*ServerConnector\\S*.*\\{127\\.0\\.0\\.1:(\\d+)}");

    private final Process process;
    private final Path directory;
    private URI endpoint = URI.create("http://127.0.0.1:0");
    private final String accessKey;
    private final String secretKey;
    private final Thread killer;

    private S3Server(Process process, Path directory, String accessKey, String secretKey) {
        this.process = process;
        this.directory = directory;
        this.accessKey = accessKey;
        this.secretKey = secretKey;
        this.killer = new Thread(process::destroyForcibly);
        Runtime.getRuntime().addShutdownHook(killer);
    }

    /** Starts a server without any bucket and waits until it answers. */
    public static S3Server start() throws IOException, InterruptedException {
        Path jar = Path.of(System.getProperty("bitstack.repository", ".."), "core", "target", "s3proxy", "s3proxy.jar");
        if (!Files.exists(jar)) {
            throw new IllegalStateException(
                    jar + " is missing: the build of core puts it there before its tests (mvn -pl core -am test)");
        }
        Path directory = Files.createTempDirectory("bitstack-s3");
        Path blobs = Files.createDirectory(directory.resolve("blobs"));
        String accessKey = randomHex();
        String secretKey = randomHex();
        Path settings = directory.resolve("s3proxy.properties");
        Files.write(
                settings,
                List.of(
                        // A port of its own choice: one that is free now may be taken when it has started.
                        "s3proxy.endpoint=http://127.0.0.1:0",
                        "s3proxy.authorization=aws-v2-or-v4",
                        "s3proxy.identity=" + accessKey,
                        "s3proxy.credential=" + secretKey,
                        "jclouds.provider=filesystem-nio2",
                        "jclouds.filesystem.basedir=" + blobs));
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(SharedClasses.options("s3proxy"));
        // It lives for seconds, and most of what it costs is its start.
        command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx512m"));
        command.addAll(List.of("-jar", jar.toString(), "--properties", settings.toString()));
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("log").toFile())
                .start();
        S3Server server = new S3Server(process, directory, accessKey, secretKey);
        server.awaitAnswer();
        return server;
    }

    /** Where it keeps its buckets, each a directory. */
    public Path buckets() {
        return directory.resolve("blobs");
    }

    public URI endpoint() {
        return endpoint;
    }

    public String accessKey() {
        return accessKey;
    }

    public String secretKey() {
        return secretKey;
    }

    /** Settings for a bucket of this server, which the store makes. */
    public BlobStoreSettings settings(String bucket) {
        return new BlobStoreSettings("s3", null, endpoint, null, bucket, accessKey, secretKey, null);
    }

    @Override
    public void close() throws IOException {
        process.destroy();
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
        Runtime.getRuntime().removeShutdownHook(killer);
        try (var files = Files.walk(directory)) {
            files.sorted(Comparator.reverseOrder()).forEach(S3Server::delete);
        }
    }

    private void awaitAnswer() throws IOException, InterruptedException {
        long deadline = System.nanoTime() + START_LIMIT.toNanos();
        while (true) {
            String log = Files.readString(directory.resolve("log"));
            Matcher listens = LISTENS.matcher(log);
            if (listens.find()) {
                endpoint = URI.create("http://127.0.0.1:" + listens.group(1));
                return;
            }
            if (!process.isAlive() || System.nanoTime() - deadline > 0) {
                close();
                throw new IOException("the S3 server did not start:\n" + log);
            }
            Thread.sleep(20);
        }
    }

    private static String randomHex() {
        byte[] bytes = new byte[16];
        new Random().nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    private static void delete(Path path) {
        try {
            Files.delete(path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
