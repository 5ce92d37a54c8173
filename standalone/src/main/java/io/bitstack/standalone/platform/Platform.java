package io.bitstack.standalone.platform;

import io.bitstack.compression.CompressionApplication;
import io.bitstack.gateway.GatewayApplication;
import io.bitstack.inference.InferenceApplication;
import io.bitstack.registry.RegistryApplication;
import io.bitstack.service.net.PortForLater;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.slf4j.bridge.SLF4JBridgeHandler;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * The whole platform in one JVM: every service in a context of its own, as it runs alone, on an embedded PostgreSQL and a file
 * store. Only loopback addresses are used.
 */
public final class Platform implements AutoCloseable {
    private static final String LOOPBACK = "127.0.0.1";
    // What other services bring to the class path and a service has no use for.
    private static final String NO_JPA =
            "org.springframework.boot.hibernate.autoconfigure.HibernateJpaAutoConfiguration,"
                    + "org.springframework.boot.data.jpa.autoconfigure.DataJpaRepositoriesAutoConfiguration";

    /** The library of the services that have a document would describe the routes of nodes as well, at a path that is none of theirs. */
    private static final String NO_API_DOCUMENT = "--springdoc.api-docs.enabled=false";

    private static final String NO_SCHEDULER =
            "com.github.kagkarlsson.scheduler.boot.autoconfigure.DbSchedulerAutoConfiguration,"
                    + "com.github.kagkarlsson.scheduler.boot.autoconfigure.DbSchedulerMetricsAutoConfiguration,"
                    + "com.github.kagkarlsson.scheduler.boot.autoconfigure.DbSchedulerActuatorAutoConfiguration";
    static final String NO_DATABASE = NO_JPA + "," + NO_SCHEDULER
            + ",org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration"
            + ",org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration"
            + ",org.springframework.boot.jdbc.autoconfigure.JdbcTemplateAutoConfiguration"
            + ",org.springframework.boot.flyway.autoconfigure.FlywayAutoConfiguration";

    /** Spring's setting of what sets up logging when a service starts. */
    private static final String LOGGING = "org.springframework.boot.logging.LoggingSystem";

    private final PlatformOptions options;
    private final Secrets secrets;
    private final Consumer<String> stages;
    private final Deque<AutoCloseable> started = new ArrayDeque<>();
    private URI gatewayUrl = URI.create("http://" + LOOPBACK);

    private Platform(PlatformOptions options, Secrets secrets, Consumer<String> stages) {
        this.options = options;
        this.secrets = secrets;
        this.stages = stages;
    }

    /**
     * Sends the services' logs to a file instead of the terminal. To be called before anything logs.
     *
     * @return the file
     */
    public static Path logToFile(Path dataDirectory) throws IOException {
        Path log =
                Files.createDirectories(dataDirectory).resolve("bitstack.log").toAbsolutePath();
        System.setProperty("bitstack.log", log.toString());
        System.setProperty("logback.configurationFile", "logback-platform.xml");
        System.setProperty(LOGGING, "none");
        SLF4JBridgeHandler.removeHandlersForRootLogger();
        SLF4JBridgeHandler.install();
        return log;
    }

    /**
     * Starts everything, or nothing.
     *
     * @param stages is told each stage in a few words
     */
    public static Platform start(PlatformOptions options, Consumer<String> stages) throws IOException {
        Files.createDirectories(options.dataDirectory());
        Platform platform = new Platform(options, Secrets.readOrMake(options.dataDirectory()), stages);
        try {
            platform.startAll();
            return platform;
        } catch (IOException | RuntimeException e) {
            platform.close();
            throw e;
        }
    }

    public URI gatewayUrl() {
        return gatewayUrl;
    }

    public String adminKey() {
        return secrets.adminKey();
    }

    /** The services that run, each in its own context; for tests that look at what runs. */
    List<ConfigurableApplicationContext> contexts() {
        synchronized (started) {
            return started.stream()
                    .filter(ConfigurableApplicationContext.class::isInstance)
                    .map(ConfigurableApplicationContext.class::cast)
                    .toList();
        }
    }

    /** What a service of this platform signs requests with; for tests that are one. */
    Secrets secrets() {
        return secrets;
    }

    private void startAll() throws IOException {
        stages.accept("PostgreSQL");
        Path data = options.dataDirectory().toAbsolutePath();
        EmbeddedPostgres postgres = EmbeddedPostgres.builder()
                .setDataDirectory(data.resolve("postgres"))
                .setCleanDataDirectory(false)
                .setPort(PortForLater.find())
                .setServerConfig("synchronous_commit", "on")
                // Its default of ten seconds is too little for a busy machine, or for one that was switched off.
                .setPGStartupWait(Duration.ofMinutes(2))
                .start();
        started.push(postgres);
        List<String> database = List.of(
                "--spring.datasource.url=" + postgres.getJdbcUrl("postgres", "postgres"),
                "--spring.datasource.username=postgres");
        String blobs = "--bitstack.blobs.directory=" + data.resolve("blobs");

        stages.accept("registry");
        URI registry = start(
                RegistryApplication.class,
                RegistryApplication.CONFIG_NAME,
                0,
                database,
                List.of(
                        blobs,
                        "--bitstack.registry.bootstrap-admin-key=" + secrets.adminKey(),
                        "--bitstack.registry.bootstrap-node-key=" + secrets.nodeKey(),
                        "--spring.autoconfigure.exclude=" + NO_SCHEDULER));
        stages.accept("compression");
        URI compression = start(
                CompressionApplication.class,
                CompressionApplication.CONFIG_NAME,
                0,
                database,
                List.of(
                        blobs,
                        "--bitstack.registry-url=" + registry,
                        "--bitstack.compression.allowed-directories="
                                + options.allowedDirectories().stream()
                                        .map(directory ->
                                                directory.toAbsolutePath().toString())
                                        .collect(Collectors.joining(",")),
                        "--spring.autoconfigure.exclude=" + NO_JPA));
        stages.accept("gateway");
        gatewayUrl = start(
                GatewayApplication.class,
                GatewayApplication.CONFIG_NAME,
                options.port(),
                List.of(
                        "--bitstack.gateway.registry-url=" + registry,
                        "--bitstack.gateway.compression-url=" + compression),
                List.of());
        // There is one logging for all, which each of them would set up anew, beside each other.
        String logging = System.setProperty(LOGGING, "none");
        try {
            startNodes(data);
        } finally {
            if (logging == null) {
                System.clearProperty(LOGGING);
            } else {
                System.setProperty(LOGGING, logging);
            }
        }
    }

    private void startNodes(Path data) {
        stages.accept(options.nodes().size() == 1 ? "one node" : options.nodes().size() + " nodes");
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<URI>> starting = new ArrayList<>();
            for (PlatformOptions.NodeOptions node : options.nodes()) {
                starting.add(threads.submit(() -> start(
                        InferenceApplication.class,
                        InferenceApplication.CONFIG_NAME,
                        0,
                        List.of(
                                "--bitstack.node.name=" + node.name(),
                                "--bitstack.node.gateway-url=" + gatewayUrl,
                                "--bitstack.node.api-key=" + secrets.nodeKey(),
                                "--bitstack.node.budget-bytes=" + node.budgetBytes(),
                                // The gateway goes right after the nodes.
                                "--bitstack.node.drain-delay=0s",
                                "--bitstack.node.cache-directory="
                                        + data.resolve("nodes").resolve(node.name())),
                        List.of(NO_API_DOCUMENT, "--spring.autoconfigure.exclude=" + NO_DATABASE))));
            }
            for (Future<URI> node : starting) {
                node.get();
            }
        } catch (ExecutionException e) {
            throw new IllegalStateException("a node did not start: " + e.getCause(), e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while starting nodes", e);
        }
    }

    private URI start(Class<?> application, String configName, int port, List<String> settings, List<String> further) {
        List<String> arguments = new ArrayList<>(settings);
        arguments.addAll(further);
        arguments.addAll(List.of(
                "--server.address=" + LOOPBACK,
                "--server.port=" + port,
                "--management.server.address=" + LOOPBACK,
                "--management.server.port=0",
                "--spring.main.banner-mode=off",
                "--spring.jmx.enabled=false",
                "--bitstack.internal-token=" + secrets.internalToken()));
        ConfigurableApplicationContext context = new SpringApplicationBuilder(application)
                .web(WebApplicationType.SERVLET)
                .registerShutdownHook(false)
                .properties("spring.config.name=" + configName)
                .run(arguments.toArray(String[]::new));
        synchronized (started) {
            started.push(context);
        }
        return URI.create(
                "http://%s:%s".formatted(LOOPBACK, context.getEnvironment().getRequiredProperty("local.server.port")));
    }

    /** Stops everything, the last started first. */
    @Override
    public void close() throws IOException {
        List<Exception> failures = new ArrayList<>();
        synchronized (started) {
            while (!started.isEmpty()) {
                try {
                    started.pop().close();
                } catch (Exception e) {
                    failures.add(e);
                }
            }
        }
        if (!failures.isEmpty()) {
            IOException failure = new IOException("a service did not stop as it should: " + failures.getFirst());
            failures.forEach(failure::addSuppressed);
            throw failure;
        }
    }
}
