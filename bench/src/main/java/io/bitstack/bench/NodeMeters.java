package io.bitstack.bench;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Metrics;
import io.micrometer.core.instrument.Timer;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/** Reads the meters of the node that runs in this JVM. */
final class NodeMeters {
    private static final String PREFIX = "bitstack.inference.";

    private NodeMeters() {}

    /** Milliseconds that a timer has counted so far. */
    static double millis(String timer) {
        return node().get(PREFIX + timer).timer().totalTime(TimeUnit.MILLISECONDS);
    }

    /** How often a timer has counted so far. */
    static long times(String timer) {
        return node().get(PREFIX + timer).timer().count();
    }

    static double count(String counter, String... tags) {
        return node().get(PREFIX + counter).tags(tags).counter().count();
    }

    /** How many requests have ended, by how. */
    static Map<String, Long> outcomes() {
        Map<String, Long> outcomes = new TreeMap<>();
        for (Counter counter : node().find(PREFIX + "requests").counters()) {
            outcomes.put(Objects.requireNonNull(counter.getId().getTag("outcome")), (long) counter.count());
        }
        return outcomes;
    }

    private static MeterRegistry node() {
        for (MeterRegistry registry : Metrics.globalRegistry.getRegistries()) {
            Timer resizes = registry.find(PREFIX + "resize.time").timer();
            if (resizes != null) {
                return registry;
            }
        }
        throw new IllegalStateException("no node runs in this JVM");
    }
}
