package io.bitstack.inference.channel;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps connections open to one gateway: always a few without a request, so many altogether and no more. */
final class GatewayChannel {
    private static final Logger LOG = LoggerFactory.getLogger(GatewayChannel.class);
    private static final Duration LOOK_EVERY = Duration.ofSeconds(5);
    /** A gateway that lets in and closes at once is not dialled without a pause. */
    private static final Duration SHORTEST_LIFE = Duration.ofSeconds(1);

    private final GatewayDialer dialer;
    private final ChannelSettings settings;
    private final DialPause pause;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Set<WorkConnection> idle = new HashSet<>();
    private final Set<WorkConnection> busy = new HashSet<>();
    private int dialling;
    private boolean isStopped;
    private boolean isDown;

    GatewayChannel(GatewayDialer dialer, ChannelSettings settings) {
        this.dialer = dialer;
        this.settings = settings;
        this.pause = new DialPause(settings.longestPause());
    }

    void start() {
        Thread.ofVirtual().name("channel-keeper").start(this::keep);
    }

    private void keep() {
        try {
            while (awaitNeed()) {
                dialer.dial(this, this::dialled);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Waits until another connection has to be opened; false when none has to be any more. */
    private boolean awaitNeed() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (!isStopped) {
                closeSilent();
                long pauseNanos = pause.leftNanos();
                boolean isNeeded = idle.size() + dialling < settings.spareConnections()
                        && idle.size() + busy.size() + dialling < settings.maxConnections();
                if (isNeeded && pauseNanos <= 0) {
                    dialling++;
                    return true;
                }
                long waitNanos = isNeeded ? Math.min(pauseNanos, LOOK_EVERY.toNanos()) : LOOK_EVERY.toNanos();
                var _ = changed.await(waitNanos, TimeUnit.NANOSECONDS);
            }
            return false;
        } finally {
            lock.unlock();
        }
    }

    private void closeSilent() {
        List<WorkConnection> silent = Stream.concat(idle.stream(), busy.stream())
                .filter(connection -> connection.isSilentFor(settings.silence()))
                .toList();
        silent.forEach(connection -> Thread.ofVirtual()
                .name("channel-abort")
                .start(() -> connection.abort("no sign of the gateway for " + settings.silence())));
    }

    private void dialled(@Nullable Throwable failure) {
        locked(() -> {
            // One that was opened is counted where it says so: between the two it would be missing.
            if (failure == null) {
                pause.succeeded();
            } else {
                dialling--;
                pause.failed();
                if (idle.isEmpty() && busy.isEmpty()) {
                    down(GatewayDialer.reason(failure));
                }
            }
        });
    }

    /** Said once, until it is up again. */
    private void down(String why) {
        if (!isDown && !isStopped) {
            LOG.warn(
                    "the gateway at {} cannot ask this node, no connection is open ({}); opening one is tried again",
                    dialer.gateway(),
                    why);
            isDown = true;
        }
    }

    void opened(WorkConnection connection) {
        locked(() -> {
            dialling--;
            if (isStopped) {
                Thread.ofVirtual().name("channel-close").start(connection::close);
                return;
            }
            if (isDown || (idle.isEmpty() && busy.isEmpty())) {
                LOG.info("the gateway at {} can ask this node over connections that it keeps open", dialer.gateway());
            }
            isDown = false;
            idle.add(connection);
        });
    }

    void busy(WorkConnection connection) {
        locked(() -> {
            if (idle.remove(connection)) {
                busy.add(connection);
            }
        });
    }

    void free(WorkConnection connection) {
        locked(() -> {
            if (busy.remove(connection)) {
                idle.add(connection);
            }
        });
    }

    /** A connection is closed; may be told more than once. */
    void closed(WorkConnection connection, String why) {
        locked(() -> {
            if (idle.remove(connection) || busy.remove(connection)) {
                if (connection.age().compareTo(SHORTEST_LIFE) < 0) {
                    pause.failed();
                }
                if (idle.isEmpty() && busy.isEmpty()) {
                    down(why);
                }
            }
        });
    }

    /** Whether connections are to be closed when their requests have ended. */
    boolean isStopped() {
        lock.lock();
        try {
            return isStopped;
        } finally {
            lock.unlock();
        }
    }

    int connections() {
        lock.lock();
        try {
            return idle.size() + busy.size();
        } finally {
            lock.unlock();
        }
    }

    int requests() {
        lock.lock();
        try {
            return busy.size();
        } finally {
            lock.unlock();
        }
    }

    /** Closes what has no request, and opens nothing any more; what has one ends it. */
    void stop() {
        List<WorkConnection> unused;
        lock.lock();
        try {
            isStopped = true;
            unused = List.copyOf(idle);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        unused.forEach(WorkConnection::close);
    }

    /** Waits until requests have ended, and gives up those that have not in time. */
    void awaitEnd(Duration patience) {
        List<WorkConnection> left;
        lock.lock();
        try {
            long nanos = patience.toNanos();
            while (!busy.isEmpty() && nanos > 0) {
                nanos = changed.awaitNanos(nanos);
            }
            left = Stream.concat(idle.stream(), busy.stream()).toList();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            left = List.of();
        } finally {
            lock.unlock();
        }
        left.forEach(connection -> connection.abort("the node has stopped"));
    }

    private void locked(Runnable change) {
        lock.lock();
        try {
            change.run();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
