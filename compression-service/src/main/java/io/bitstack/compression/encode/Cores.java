package io.bitstack.compression.encode;

import io.bitstack.core.kernel.RowPool;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The cores of a worker, and loops over rows in which those take part that have nothing else to do. The threads of a {@link Crew} compute while they have a
 * core, no more of them than there are cores, and let go of it while they wait for a store: then another one computes. So no core waits, and no two tasks
 * take turns on one, which would drive each other's data out of its cache. Many loops may run at the same time; none waits while a large matrix is left.
 */
final class Cores implements RowPool {
    /** That a loop is cut into, so that whoever joins late finds some left. */
    private static final int MOST_RANGES = 32;

    private static final long MOMENT_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    private static final class Loop {
        private final int rows;
        private final int rangeRows;
        private final Body body;
        private final AtomicInteger next = new AtomicInteger();
        /** Who takes part beside the caller. Guarded by the outer object, as is the failure. */
        private int helpers;

        private @Nullable Throwable failure;

        Loop(int rows, int grain, Body body) {
            this.rows = rows;
            this.rangeRows = Math.max(1, (rows + grain - 1) / grain / MOST_RANGES) * grain;
            this.body = body;
        }

        boolean isOpen() {
            return next.get() < rows;
        }

        /** Takes ranges until there are none left. */
        void work() {
            for (int from = next.getAndAdd(rangeRows); from < rows; from = next.getAndAdd(rangeRows)) {
                body.run(from, Math.min(rows, from + rangeRows));
            }
        }

        void end() {
            next.set(rows);
        }
    }

    /** Reads from a store. */
    interface Reading<T> {
        T read() throws IOException;
    }

    private final List<Loop> open = new ArrayList<>();
    private int freeCores;
    /** Threads that wait for a core to go on with a task. */
    private int returning;

    /** @param cores threads that compute at the same time */
    Cores(int cores) {
        this.freeCores = cores;
    }

    /** Waits for a core, to begin something with it; those that have begun come first. */
    void takeCore() {
        takeCore(() -> freeCores > returning);
    }

    synchronized void freeCore() {
        freeCores++;
        notifyAll();
    }

    /** Reads without the core that the caller has, and has again when this returns. */
    <T> T without(Reading<T> reading) throws IOException {
        freeCore();
        try {
            return reading.read();
        } finally {
            returnToCore();
        }
    }

    private synchronized void returnToCore() {
        returning++;
        try {
            takeCore(() -> freeCores > 0);
        } finally {
            returning--;
        }
    }

    /** Who is interrupted gets its core all the same: those who have one end soon. */
    private synchronized void takeCore(BooleanSupplier free) {
        awaitUninterrupted(free);
        freeCores--;
    }

    private synchronized void awaitUninterrupted(BooleanSupplier condition) {
        boolean interrupted = false;
        while (!condition.getAsBoolean()) {
            try {
                wait();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void forRows(int rows, int grain, Body body) {
        if (rows <= grain) {
            body.run(0, rows);
            return;
        }
        Loop loop = new Loop(rows, grain, body);
        add(loop);
        work(loop);
        Throwable failure = ended(loop);
        switch (failure) {
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            case null, default -> {}
        }
    }

    /**
     * Takes part in the loops of others where a core is free, or waits for some to begin, for some time or until the one that it is in has no more to do. The
     * caller has no core.
     */
    void help(long nanos) {
        long end = System.nanoTime() + nanos;
        for (Loop loop = joined(end); loop != null; loop = joined(end)) {
            work(loop);
            leave(loop);
        }
    }

    /** Takes a lock; while somebody else has it, who may wait for a core, the caller's is free, and the caller helps. */
    void lock(ReentrantLock lock) {
        if (lock.tryLock()) {
            return;
        }
        freeCore();
        try {
            while (!lock.tryLock()) {
                help(MOMENT_NANOS);
            }
        } finally {
            returnToCore();
        }
    }

    /** A failure is the caller's of the loop, whoever works. */
    private void work(Loop loop) {
        try {
            loop.work();
        } catch (RuntimeException | Error e) {
            loop.end();
            fail(loop, e);
        }
    }

    private synchronized void fail(Loop loop, Throwable failure) {
        if (loop.failure == null) {
            loop.failure = failure;
        }
    }

    private synchronized void add(Loop loop) {
        open.add(loop);
        notifyAll();
    }

    /** Waits for those who are still at it: who is interrupted ends soon, and leaves nobody behind with the arrays of the loop. */
    private synchronized @Nullable Throwable ended(Loop loop) {
        open.remove(loop);
        awaitUninterrupted(() -> loop.helpers == 0);
        return loop.failure;
    }

    /** The oldest loop that has something left, and a core for it; null if there is none until the end. */
    private synchronized @Nullable Loop joined(long endNanos) {
        while (true) {
            long left = endNanos - System.nanoTime();
            if (left <= 0) {
                return null;
            }
            if (freeCores > returning) {
                for (Loop loop : open) {
                    if (loop.isOpen()) {
                        loop.helpers++;
                        freeCores--;
                        return loop;
                    }
                }
            }
            try {
                TimeUnit.NANOSECONDS.timedWait(this, left);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new CancellationException("interrupted while compressing");
            }
        }
    }

    private synchronized void leave(Loop loop) {
        loop.helpers--;
        freeCores++;
        notifyAll();
    }
}
