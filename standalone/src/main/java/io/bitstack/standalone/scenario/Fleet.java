package io.bitstack.standalone.scenario;

import io.bitstack.standalone.client.ApiClient;
import io.bitstack.standalone.platform.NodeProcess;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/** Nodes as processes, which joined with one token, and their caches. */
final class Fleet implements AutoCloseable {
    private final ApiClient api;
    private final Path directory;
    private final String joinToken;
    private final List<String> jvmOptions;
    private final Map<String, NodeProcess> running = new HashMap<>();
    private final Map<String, List<String>> settings = new HashMap<>();

    Fleet(ApiClient api, Path directory, String joinToken, List<String> jvmOptions) {
        this.api = api;
        this.directory = directory;
        this.joinToken = joinToken;
        this.jvmOptions = List.copyOf(jvmOptions);
    }

    /**
     * Starts a node that the gateway dials.
     *
     * @param labels as the node's setting has them
     */
    void start(String name, String labels, long budgetBytes) throws IOException {
        start(name, labels, budgetBytes, "direct");
    }

    /** The same for a node that opens the connections itself over which it is asked. */
    void startDiallingOut(String name, String labels, long budgetBytes) throws IOException {
        start(name, labels, budgetBytes, "dial-out");
    }

    private void start(String name, String labels, long budgetBytes, String reachable) throws IOException {
        settings.put(
                name,
                List.of(
                        "--bitstack.node.name=" + name,
                        "--bitstack.node.gateway-url=" + api.gateway(),
                        "--bitstack.node.join-token=" + joinToken,
                        "--bitstack.node.labels=" + labels,
                        "--bitstack.node.reachable=" + reachable,
                        "--bitstack.node.budget-bytes=" + budgetBytes,
                        "--bitstack.node.cache-directory=" + cache(name),
                        "--bitstack.node.heartbeat-interval=100ms",
                        "--bitstack.node.scrub-interval=5s",
                        // One or two tokens at once are computed alike, to the last bit; more go another, faster way.
                        "--bitstack.node.max-sequences=2"));
        startAgain(name);
    }

    void startAgain(String name) throws IOException {
        List<String> known = Objects.requireNonNull(settings.get(name));
        running.put(name, NodeProcess.start(directory.resolve(name + ".log"), jvmOptions, known));
    }

    void kill(String name) throws IOException {
        Objects.requireNonNull(running.remove(name)).kill();
    }

    void stop(String name) throws IOException {
        Objects.requireNonNull(running.remove(name)).close();
    }

    private Path cache(String name) {
        return directory.resolve("cache-" + name);
    }

    /** Turns a bit of every third file of a stopped node's cache. @return how many */
    int corruptCache(String name) throws IOException {
        List<Path> blobs = new ArrayList<>();
        try (Stream<Path> files = Files.walk(cache(name), 2)) {
            files.filter(file -> file.getFileName().toString().matches("[0-9a-f]{62}"))
                    .sorted()
                    .forEach(blobs::add);
        }
        int turned = 0;
        for (int i = 0; i < blobs.size(); i += 3) {
            try (RandomAccessFile bytes = new RandomAccessFile(blobs.get(i).toFile(), "rw")) {
                long place = bytes.length() / 2;
                bytes.seek(place);
                int one = bytes.read();
                bytes.seek(place);
                bytes.write(one ^ 1);
                turned++;
            }
        }
        return turned;
    }

    void budget(String name, long budgetBytes) throws IOException {
        api.patch("/api/v1/nodes/" + name, Map.of("budgetBytes", budgetBytes));
    }

    /** The bits per weight that a node has reported last. */
    double bpw(String name) throws IOException {
        return api.get("/api/v1/nodes/" + name).path("bpw").asDouble();
    }

    /** Waits until a deployment has so many nodes and each has become what it ought to be. */
    void awaitSettled(long deployment, int nodes, int patienceSeconds) throws IOException, InterruptedException {
        JsonNode last = api.get("/api/v1/nodes");
        for (int i = 0; i < patienceSeconds * 10; i++) {
            last = api.get("/api/v1/deployments/%d/nodes".formatted(deployment)).path("items");
            int settled = 0;
            for (JsonNode node : last) {
                settled += isSettled(node) ? 1 : 0;
            }
            if (settled >= nodes) {
                return;
            }
            Thread.sleep(100);
        }
        throw new IOException(
                "after %d s not all of %d nodes are what they ought to be: %s".formatted(patienceSeconds, nodes, last));
    }

    static boolean isSettled(JsonNode node) {
        return node.path("isSettled").asBoolean(false);
    }

    @Override
    public void close() throws IOException {
        for (NodeProcess process : running.values()) {
            process.close();
        }
        running.clear();
    }
}
