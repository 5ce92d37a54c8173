package io.bitstack.core.kernel;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A row pool of a fixed number of daemon threads; the caller works too. Threads take small ranges of rows as they get to them, so one
 * that is late takes fewer and is not waited for if it has not begun. A second caller at the same time works alone. Nothing is
 * allocated.
 */
public final class FixedRowPool implements RowPool, AutoCloseable {
    /** Ranges that a loop is cut into for each thread: more of them even out better, and cost more. */
    private static final int RANGES_PER_THREAD = 4;

    private final RowWorker[] workers;
    /** Held during a loop, and for ever once the workers have been told to end. */
    private final AtomicBoolean busy = new AtomicBoolean();

    private final AtomicInteger next = new AtomicInteger();
    // Written by the caller before a worker is called, read by the worker after that.
    private @Nullable Body body;
    private int rows;
    private int rangeRows;
    private volatile boolean closed;

    /** @param threads threads that work on a loop at once, the caller's included; at least 1 */
    public FixedRowPool(int threads) {
        if (threads < 1) {
            throw new IllegalArgumentException("a pool needs at least 1 thread, not " + threads);
        }
        workers = new RowWorker[threads - 1];
        for (int i = 0; i < workers.length; i++) {
            workers[i] = new RowWorker("bitstack-rows-" + i);
        }
    }

    @Override
    public void forRows(int rows, int grain, Body body) {
        int grains = (rows + grain - 1) / grain;
        int helpers = Math.min(workers.length, grains - 1);
        if (helpers <= 0 || !busy.compareAndSet(false, true)) {
            body.run(0, rows);
            return;
        }
        try {
            this.body = body;
            this.rows = rows;
            this.rangeRows = Math.max(1, grains / (RANGES_PER_THREAD * (helpers + 1))) * grain;
            next.set(0);
            for (int i = 0; i < helpers; i++) {
                workers[i].call(this);
            }
            runAll(helpers);
        } finally {
            this.body = null;
            busy.set(false);
            if (closed) {
                endWorkers();
            }
        }
    }

    /** Works, then waits for the helpers that have begun; an error of any of them is thrown when all have ended. */
    private void runAll(int helpers) {
        RuntimeException failure = null;
        try {
            work();
        } catch (RuntimeException e) {
            failure = e;
        } finally {
            for (int i = 0; i < helpers; i++) {
                RuntimeException ofHelper = workers[i].await();
                failure = failure == null ? ofHelper : failure;
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    /** Takes ranges until there are none left. */
    void work() {
        Body work = body;
        int end = rows;
        int size = rangeRows;
        if (work == null) {
            throw new IllegalStateException("a worker was called without work");
        }
        try {
            for (int from = next.getAndAdd(size); from < end; from = next.getAndAdd(size)) {
                work.run(from, Math.min(end, from + size));
            }
        } catch (RuntimeException | Error e) {
            next.set(end); // the others need not go on
            throw e;
        }
    }

    /** Ends the threads: at once, or at the end of the loop that is running. */
    @Override
    public void close() {
        closed = true;
        endWorkers();
    }

    private void endWorkers() {
        if (busy.compareAndSet(false, true)) {
            for (RowWorker worker : workers) {
                worker.close();
            }
        }
    }
}
