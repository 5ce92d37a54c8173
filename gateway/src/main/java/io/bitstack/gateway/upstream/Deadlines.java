package io.bitstack.gateway.upstream;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks now and then whether something has waited for longer than it may, or for a client that has left, and ends that. A socket's own timeout would wake the thread that keeps the times of
 * virtual threads twice for each read, which for a stream is each token.
 */
final class Deadlines implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Deadlines.class);
    private static final Duration EVERY = Duration.ofMillis(50);

    private final Set<Bounded> underWay = ConcurrentHashMap.newKeySet();
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("deadlines").daemon().factory());

    Deadlines() {
        var _ = thread.scheduleWithFixedDelay(this::look, EVERY.toNanos(), EVERY.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** What waits at times, and neither for ever nor for nobody. */
    interface Bounded {
        /** Ends itself if it has waited for too long, or nobody waits for it any more. */
        void look(long nowNanos);
    }

    void add(Bounded bounded) {
        underWay.add(bounded);
    }

    void remove(Bounded bounded) {
        underWay.remove(bounded);
    }

    private void look() {
        long now = System.nanoTime();
        for (Bounded bounded : underWay) {
            try {
                bounded.look(now);
            } catch (RuntimeException e) {
                // One that cannot be ended must not leave the others without an end.
                LOG.warn("what waits for too long cannot be ended", e);
                remove(bounded);
            }
        }
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
