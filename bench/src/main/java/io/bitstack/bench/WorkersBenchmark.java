package io.bitstack.bench;

import com.sun.net.httpserver.HttpServer;
import io.bitstack.core.stack.Digest;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * Prints how much faster two workers of one core each are at one job than one worker of one core: processes of their own, each bound to its core
 * by {@code taskset}, with a database and a file store that they share. Arguments: model directory or GGUF file (demo/model), calibration
 * text (demo/text/calibration.txt), evaluation text (demo/text/heldout.txt), then any of {@code order=NAME}, {@code workers=N} (2) and codec
 * parameters, {@code name=value}.
 */
public final class WorkersBenchmark implements AutoCloseable {
    private static final int FIRST_OPTION = 3;
    private static final String TOKEN = UUID.randomUUID().toString();

    private final Path directory = Files.createTempDirectory("bitstack-workers");
    private final EmbeddedPostgres database = EmbeddedPostgres.builder()
            .setServerConfig("synchronous_commit", "on")
            .start();
    private final HttpServer registry =
            HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);

    private WorkersBenchmark() throws IOException {
        registry.createContext("/api/v1/models/bench", exchange -> {
            Digest published = Digest.of(exchange.getRequestBody().readAllBytes());
            byte[] answer = "{\"version\":1,\"stackDigest\":\"%s\"}"
                    .formatted(published)
                    .getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        registry.start();
    }

    public static void main(String[] args) throws Exception {
        Path model = Path.of(args.length > 0 ? args[0] : "demo/model").toRealPath();
        Path calibration =
                Path.of(args.length > 1 ? args[1] : "demo/text/calibration.txt").toRealPath();
        Path evaluation =
                Path.of(args.length > 2 ? args[2] : "demo/text/heldout.txt").toRealPath();
        String order = "kl";
        int workers = 2;
        Map<String, String> parameters = new TreeMap<>();
        for (int i = FIRST_OPTION; i < args.length; i++) {
            String[] option = args[i].split("=", 2);
            if (option.length != 2) {
                throw new IllegalArgumentException("not name=value: '" + args[i] + "'");
            }
            switch (option[0]) {
                case "order" -> order = option[1];
                case "workers" -> workers = Integer.parseInt(option[1]);
                default -> parameters.put(option[0], option[1]);
            }
        }
        StringBuilder given = new StringBuilder();
        parameters.forEach((name, value) ->
                given.append(given.isEmpty() ? "" : ",").append("\"%s\":\"%s\"".formatted(name, value)));
        String request = """
                {"model":"bench","source":{"path":"%s"},"calibrationPath":"%s","evaluationPath":"%s","order":"%s","parameters":{%s}}""".formatted(model, calibration, evaluation, order, given);
        List<Path> allowed = List.of(model, calibration, evaluation);
        try (WorkersBenchmark benchmark = new WorkersBenchmark()) {
            Result one = benchmark.measure(1, request, allowed);
            Result several = benchmark.measure(workers, request, allowed);
            System.out.printf("%d workers are %.2f times as fast as one%n", workers, one.seconds / several.seconds);
            if (!one.digest.equals(several.digest)) {
                throw new IllegalStateException("the stacks differ: %s and %s".formatted(one.digest, several.digest));
            }
            System.out.println("the same stack: " + one.digest);
        }
    }

    private record Result(double seconds, String digest) {}

    private Result measure(int workers, String request, List<Path> allowed) throws Exception {
        String name = "workers-" + workers;
        List<Process> processes = new ArrayList<>();
        try {
            for (int core = 0; core < workers; core++) {
                processes.add(start(name, core, allowed));
            }
            for (int core = 0; core < workers; core++) {
                awaitReady(processes.get(core), log(name, core));
            }
            UUID job = UUID.randomUUID();
            update("delete from compression.encoded_parts");
            update("insert into compression.jobs (id, model, request, state) values ('%s', 'bench', '%s', 'queued')"
                    .formatted(job, request.replace("'", "''")));
            while (true) {
                String state = text("select state from compression.jobs where id = ?", job);
                if (state.equals("failed")) {
                    throw new IllegalStateException(
                            text("select error_detail from compression.jobs where id = ?", job));
                }
                if (state.equals("done")) {
                    break;
                }
                Thread.sleep(200);
            }
            Thread.sleep(1000); // a helper says what it has done
            System.out.printf("%d worker(s)%n", workers);
            System.out.println(text(
                    "select string_agg('  ' || message, chr(10) order by sequence) from compression.job_log where job_id = ?"
                            + " and (message like 'worker%' or message like '%, after%')",
                    job));
            double seconds = Double.parseDouble(text(
                    "select extract(epoch from finished_at - started_at)::text from compression.jobs where id = ?",
                    job));
            System.out.printf("  %.1f s%n", seconds);
            return new Result(seconds, text("select stack_digest from compression.jobs where id = ?", job));
        } finally {
            processes.forEach(Process::destroyForcibly);
        }
    }

    private Path log(String name, int core) {
        return directory.resolve("%s-%d.log".formatted(name, core));
    }

    private Process start(String name, int core, List<Path> allowed) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                "taskset",
                "-c",
                Integer.toString(core),
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules=jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path")));
        String service = "io.bitstack.compression.CompressionApplication";
        if (System.getProperty("loader.main") == null) {
            command.add(service);
        } else {
            command.add("-Dloader.main=" + service);
            command.add("org.springframework.boot.loader.launch.PropertiesLauncher");
        }
        command.addAll(List.of(
                "--spring.main.web-application-type=none",
                "--spring.main.banner-mode=off",
                "--spring.datasource.url=" + database.getJdbcUrl("postgres", "postgres"),
                "--spring.datasource.username=postgres",
                "--bitstack.internal-token=" + TOKEN,
                "--bitstack.registry-url=http://127.0.0.1:"
                        + registry.getAddress().getPort(),
                "--bitstack.compression.allowed-directories="
                        + String.join(
                                ",",
                                allowed.stream()
                                        .map(path -> String.valueOf(path.getParent()))
                                        .distinct()
                                        .toList()),
                "--bitstack.blobs.type=file",
                "--bitstack.blobs.directory=" + directory.resolve(name),
                "--db-scheduler.polling-interval=200ms"));
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log(name, core).toFile())
                .start();
    }

    private static void awaitReady(Process process, Path log) throws Exception {
        while (!Files.readString(log).contains("Started CompressionApplication")) {
            if (!process.isAlive()) {
                throw new IllegalStateException("a worker ended:\n" + Files.readString(log));
            }
            Thread.sleep(200);
        }
    }

    private void update(String sql) throws SQLException {
        try (Connection connection = database.getPostgresDatabase().getConnection();
                PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.executeUpdate();
        }
    }

    private String text(String sql, UUID job) throws SQLException {
        try (Connection connection = database.getPostgresDatabase().getConnection();
                PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setObject(1, job);
            try (ResultSet rows = statement.executeQuery()) {
                return rows.next() ? String.valueOf(rows.getString(1)) : "";
            }
        }
    }

    @Override
    public void close() throws IOException {
        registry.stop(0);
        database.close();
        try (Stream<Path> walk = Files.walk(directory)) {
            for (Path path : new ArrayList<>(walk.toList()).reversed()) {
                Files.delete(path);
            }
        }
    }
}
