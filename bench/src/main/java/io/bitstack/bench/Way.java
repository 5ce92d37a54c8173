package io.bitstack.bench;

import io.bitstack.bench.Passage.Point;
import java.net.URI;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.DoubleStream;

/** One way to a node, and what was measured on it. */
final class Way {
    private final URI url;
    private final Queue<Passage> passages = new ConcurrentLinkedQueue<>();
    private final Queue<Long> eventNanos = new ConcurrentLinkedQueue<>();

    Way(URI url) {
        this.url = url;
    }

    /** Milliseconds. */
    record Row(double median, double p99, double most) {
        private static Row of(DoubleStream millis) {
            double[] sorted = millis.sorted().toArray();
            return new Row(at(sorted, .5), at(sorted, .99), at(sorted, 1));
        }

        private static double at(double[] sorted, double quantile) {
            return sorted.length == 0
                    ? Double.NaN
                    : sorted[Math.min(sorted.length - 1, (int) Math.floor(quantile * sorted.length))];
        }

        Row minus(Row other) {
            return new Row(median - other.median, p99 - other.p99, most - other.most);
        }
    }

    URI url() {
        return url;
    }

    /** The first event of a stream is here. */
    void began(Passage passage) {
        passages.add(passage);
    }

    void event(long ageNanos) {
        eventNanos.add(ageNanos);
    }

    int streams() {
        return passages.size();
    }

    Row firstEvents() {
        return between(Point.DUE, Point.ARRIVED);
    }

    Row events() {
        return Row.of(eventNanos.stream().mapToDouble(nanos -> nanos / 1e6));
    }

    /** Times between two points that the requests passed. */
    Row between(Point from, Point to) {
        return Row.of(passages.stream().mapToDouble(passage -> passage.millis(from, to)));
    }
}
