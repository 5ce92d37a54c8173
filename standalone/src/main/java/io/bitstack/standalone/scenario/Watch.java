package io.bitstack.standalone.scenario;

import io.bitstack.standalone.client.ApiClient;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** Looks all the time whether a node is on its way to another size or version, or at another size than the gateway takes it for. */
final class Watch implements AutoCloseable {
    private static final long EVERY_MILLIS = 50;
    /** What happened between two looks that are further apart is not known: this machine was busy. */
    private static final long BLIND_NANOS = 500_000_000L;

    private final ApiClient api;
    private final String path;
    private final Answers answers;
    private final Thread thread;
    private volatile boolean over;

    Watch(ApiClient api, long deployment, Answers answers) {
        this.api = api;
        this.path = "/api/v1/deployments/%d/nodes".formatted(deployment);
        this.answers = answers;
        this.thread = Thread.ofVirtual().start(this::run);
    }

    private void run() {
        Map<String, String> before = new HashMap<>();
        long lastNanos = System.nanoTime();
        while (!over) {
            long beginNanos = System.nanoTime();
            try {
                boolean changing = false;
                Map<String, Double> seen = seenByGateway();
                for (JsonNode node : api.get(path).path("items")) {
                    String now = "%s %s %s"
                            .formatted(
                                    node.path("blocks"),
                                    node.path("wish").path("version"),
                                    node.path("state").asString());
                    changing |= !Fleet.isSettled(node)
                            || !now.equals(before.put(node.path("name").asString(), now));
                    double bpw = node.path("bpw").asDouble(0);
                    changing |= seen.getOrDefault(node.path("name").asString(), bpw) != bpw;
                }
                long endNanos = System.nanoTime();
                if (changing || endNanos - lastNanos > BLIND_NANOS) {
                    answers.changing(lastNanos, endNanos);
                }
                lastNanos = beginNanos;
                Thread.sleep(EVERY_MILLIS);
            } catch (IOException e) {
                answers.changing(); // nothing is known of this moment
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    /** The bits per weight of ready nodes in the list by which the gateway routes, and which it tells with answers. */
    private Map<String, Double> seenByGateway() throws IOException {
        Map<String, Double> seen = new HashMap<>();
        for (JsonNode model : api.get("/v1/models").path("data")) {
            for (JsonNode node : model.path("bitstack").path("nodes")) {
                seen.put(node.path("node").asString(), node.path("bpw").asDouble());
            }
        }
        return seen;
    }

    @Override
    public void close() {
        over = true;
        thread.interrupt();
    }
}
