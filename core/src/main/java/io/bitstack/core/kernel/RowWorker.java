package io.bitstack.core.kernel;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A thread of a {@link FixedRowPool}. Between calls it looks out for the next one for some ten microseconds, about as long as the
 * work between two loops of a forward pass takes, before it goes to sleep: waking a sleeping thread takes longer than most loops.
 */
final class RowWorker {
    private static final int IDLE = 0;
    private static final int CALLED = 1;
    private static final int WORKING = 2;
    private static final int CLOSED = 3;

    /** With a single processor a thread that spins keeps the one from running that it waits for. */
    private static final int SPINS = Runtime.getRuntime().availableProcessors() > 1 ? 2_000 : 0;

    private final AtomicInteger state = new AtomicInteger(IDLE);
    private final Thread thread;
    private volatile boolean asleep;
    // Handed over by the writes and reads of the state.
    private @Nullable FixedRowPool pool;
    private @Nullable RuntimeException failure;

    RowWorker(String name) {
        thread = Thread.ofPlatform().daemon().name(name).unstarted(this::run);
        thread.start();
    }

    /** Has it work for {@code pool}; it must be idle. */
    void call(FixedRowPool pool) {
        this.pool = pool;
        failure = null;
        if (!state.compareAndSet(IDLE, CALLED)) {
            throw new IllegalStateException("the pool is closed");
        }
        if (asleep) {
            LockSupport.unpark(thread);
        }
    }

    /** Calls it off if it has not begun, waits for its end if it has. @return what went wrong, or null */
    @Nullable
    @SuppressWarnings(
            "ThreadPriorityCheck") // to yield is a courtesy to the thread that is waited for, nothing relies on it
    RuntimeException await() {
        if (state.compareAndSet(CALLED, IDLE)) {
            return null;
        }
        for (int spins = 0; state.get() == WORKING; spins++) {
            if (spins < SPINS) {
                Thread.onSpinWait();
            } else {
                Thread.yield();
            }
        }
        return failure;
    }

    /** Ends the thread. */
    void close() {
        // Its pool closes it when no loop runs, so it is idle.
        state.set(CLOSED);
        LockSupport.unpark(thread);
    }

    private void run() {
        while (true) {
            int now = state.get();
            for (int spins = 0; now == IDLE && spins < SPINS; spins++) {
                Thread.onSpinWait();
                now = state.get();
            }
            if (now == IDLE) {
                sleep();
            }
            if (now == CLOSED) {
                return;
            }
            if (now == CALLED && state.compareAndSet(CALLED, WORKING)) {
                work();
                state.compareAndSet(WORKING, IDLE);
            }
        }
    }

    /**
     * Until it is called, or a little longer or less. Whoever wakes it has often done the work by then and calls it off; it looks out
     * again before it sleeps on, since more loops are likely to follow.
     */
    private void sleep() {
        asleep = true;
        // A caller changes the state before it looks whether to wake anyone: one of the two sees what the other has
        // written.
        if (state.get() == IDLE) {
            LockSupport.park(this);
        }
        asleep = false;
    }

    private void work() {
        try {
            FixedRowPool caller = pool;
            if (caller != null) {
                caller.work();
            }
        } catch (RuntimeException e) {
            failure = e;
        } catch (Throwable e) {
            failure = new IllegalStateException("a part of a loop failed", e);
        }
    }
}
