package io.bitstack.gateway.upstream;

import jakarta.annotation.PostConstruct;
import jakarta.annotation.PreDestroy;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** Looks now and then whether the clients are still there that wait for an answer to begin; the threads that have their requests are blocked meanwhile. */
@Component
class ClientWatch {
    private static final Logger LOG = LoggerFactory.getLogger(ClientWatch.class);
    private static final Duration EVERY = Duration.ofMillis(20);

    private final Set<Wait> waits = ConcurrentHashMap.newKeySet();
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("client-watch").daemon().factory());

    private @Nullable ScheduledFuture<?> rounds;

    /** Ends the watching when it is closed. */
    interface Watched extends AutoCloseable {
        @Override
        void close();
    }

    @PostConstruct
    void start() {
        rounds = thread.scheduleWithFixedDelay(this::look, EVERY.toNanos(), EVERY.toNanos(), TimeUnit.NANOSECONDS);
    }

    @PreDestroy
    void stop() {
        if (rounds != null) {
            rounds.cancel(true);
        }
        thread.shutdownNow();
    }

    /** Looks after the client of a wait until the answer has begun. */
    Watched watch(Wait wait) {
        wait.watched(true);
        waits.add(wait);
        return () -> {
            waits.remove(wait);
            wait.watched(false);
        };
    }

    private void look() {
        waits.forEach(this::look);
    }

    private void look(Wait wait) {
        try {
            wait.look();
        } catch (RuntimeException e) {
            // One client that cannot be looked at must not leave the others unwatched.
            LOG.warn("a client cannot be watched", e);
            wait.watched(false);
        }
    }
}
