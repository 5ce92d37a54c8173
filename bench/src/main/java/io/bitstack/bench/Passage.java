package io.bitstack.bench;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** When one request passed where; all processes share the machine's clock. A point that a way does not have stays 0. */
final class Passage {
    private static final Map<String, Passage> UNDER_WAY = new ConcurrentHashMap<>();
    private static final AtomicLong NUMBERS = new AtomicLong();

    /** The points, in the order in which a request passes them. */
    enum Point {
        /** The client was to send it. */
        DUE,
        /** The gateway's web server has read its head, and its first filter begins. */
        FILTERS,
        /** The last filter has let it through. */
        ROUTE,
        /** The node has read its head. */
        NODE,
        /** The node has written its first event. */
        SENT,
        /** The client has read the first event. */
        ARRIVED
    }

    private final String id = Long.toString(NUMBERS.incrementAndGet());
    private final Map<Point, Long> nanos = new ConcurrentHashMap<>();

    private Passage() {}

    /** One that {@link #mark} finds until it is over. */
    static Passage begin(long dueNanos) {
        Passage passage = new Passage();
        passage.at(Point.DUE, dueNanos);
        UNDER_WAY.put(passage.id, passage);
        return passage;
    }

    /** Writes the time down; does nothing for a request that is none of the benchmark's. */
    static void mark(@Nullable String id, Point point) {
        Passage passage = id == null ? null : UNDER_WAY.get(id);
        if (passage != null) {
            passage.at(point, System.nanoTime());
        }
    }

    void at(Point point, long atNanos) {
        nanos.put(point, atNanos);
    }

    void over() {
        UNDER_WAY.remove(id);
    }

    /** What a request says in its header {@code X-Request-Id}. */
    String id() {
        return id;
    }

    /** Milliseconds between two points. */
    double millis(Point from, Point to) {
        return (nanos.getOrDefault(to, 0L) - nanos.getOrDefault(from, 0L)) / 1e6;
    }
}
