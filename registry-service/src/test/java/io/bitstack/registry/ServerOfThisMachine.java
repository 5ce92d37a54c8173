package io.bitstack.registry;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** A PostgreSQL that is installed here with its tools: the one of the tests comes without {@code pg_dump}, which takes no newer server's data. */
final class ServerOfThisMachine implements AutoCloseable {
    private static final List<Path> PLACES =
            List.of(Path.of("/usr/lib/postgresql"), Path.of("/usr/pgsql"), Path.of("/opt/homebrew/opt"));

    private final Path tools;
    private final Path directory;
    private final int port;

    private ServerOfThisMachine(Path tools, Path directory, int port) {
        this.tools = tools;
        this.directory = directory;
        this.port = port;
    }

    /** Where server and tools are, of the newest version; {@code -Dbitstack.postgres} names another place. */
    static Optional<Path> find() throws IOException {
        String set = System.getProperty("bitstack.postgres");
        List<Path> found = new ArrayList<>(set == null ? List.of() : List.of(Path.of(set)));
        for (Path place : PLACES) {
            if (Files.isDirectory(place)) {
                try (Stream<Path> versions = Files.list(place)) {
                    versions.sorted(Comparator.reverseOrder())
                            .map(version -> version.resolve("bin"))
                            .forEach(found::add);
                }
            }
        }
        return found.stream()
                .filter(bin -> Stream.of("initdb", "pg_ctl", "postgres", "pg_dump", "pg_restore", "createdb")
                        .allMatch(tool -> Files.isExecutable(bin.resolve(tool))))
                .findFirst();
    }

    /** @param directory an empty one for its data */
    static ServerOfThisMachine start(Path tools, Path directory) throws Exception {
        for (int left = 5; ; left--) {
            try {
                return startAtAFreePort(tools, Files.createTempDirectory(directory, "server"));
            } catch (IllegalStateException e) {
                // The port may have been taken by somebody in the meantime.
                if (left == 0) {
                    throw e;
                }
            }
        }
    }

    private static ServerOfThisMachine startAtAFreePort(Path tools, Path directory) throws Exception {
        int port;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
        ServerOfThisMachine server = new ServerOfThisMachine(tools, directory, port);
        server.asNobody("initdb", "-D", server.data(), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C");
        server.asNobody(
                "pg_ctl",
                "-D",
                server.data(),
                "-w",
                "-t",
                "120",
                "-l",
                server.log(),
                "-o",
                "-c listen_addresses=127.0.0.1 -c port=%d -c unix_socket_directories=''".formatted(port),
                "start");
        return server;
    }

    String url(String database) {
        return "jdbc:postgresql://127.0.0.1:%d/%s".formatted(port, database);
    }

    /** Runs a client with the options that say which server. */
    void run(String tool, String... arguments) throws Exception {
        List<String> all = new ArrayList<>(List.of("-h", "127.0.0.1", "-p", Integer.toString(port), "-U", "postgres"));
        all.addAll(List.of(arguments));
        run(List.of(), tool, all);
    }

    private String data() {
        return directory.resolve("data").toString();
    }

    private String log() {
        return directory.resolve("log").toString();
    }

    /** The server refuses to run as root; in a user namespace of its own it does not see that it does. */
    private void asNobody(String tool, String... arguments) throws IOException, InterruptedException {
        boolean isRoot = "root".equals(System.getProperty("user.name"));
        run(isRoot ? List.of("unshare", "-U") : List.of(), tool, List.of(arguments));
    }

    private void run(List<String> before, String tool, List<String> arguments)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(before);
        command.add(tools.resolve(tool).toString());
        command.addAll(arguments);
        Path output = Files.createTempFile(directory, tool, ".out");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        if (process.waitFor() != 0) {
            throw new IllegalStateException(command + " failed: " + Files.readString(output));
        }
    }

    @Override
    public void close() throws IOException {
        try {
            asNobody("pg_ctl", "-D", data(), "-m", "fast", "-w", "stop");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }
}
