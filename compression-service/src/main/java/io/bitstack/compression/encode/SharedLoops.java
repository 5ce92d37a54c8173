package io.bitstack.compression.encode;

import io.bitstack.core.kernel.RowPool;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Loops over rows in which the threads of a {@link Crew} take part that have nothing else to do, so that no more threads work than the crew has,
 * and none waits while a large matrix is left. Many loops may run at the same time.
 */
final class SharedLoops implements RowPool {
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

    private final List<Loop> open = new ArrayList<>();

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

    /** Takes part in the loops of others, or waits for some to begin, for a moment or until the one that it is in has no more to do. */
    void help() {
        long end = System.nanoTime() + MOMENT_NANOS;
        for (Loop loop = joined(end); loop != null; loop = joined(end)) {
            work(loop);
            leave(loop);
        }
    }

    /** Takes a lock; helps while somebody else has it. */
    void lock(ReentrantLock lock) {
        while (!lock.tryLock()) {
            help();
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
        boolean interrupted = false;
        while (loop.helpers > 0) {
            try {
                wait();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return loop.failure;
    }

    /** The oldest loop that has something left; null if there is none until the end of the moment. */
    private synchronized @Nullable Loop joined(long endNanos) {
        while (true) {
            long left = endNanos - System.nanoTime();
            if (left <= 0) {
                return null;
            }
            for (Loop loop : open) {
                if (loop.isOpen()) {
                    loop.helpers++;
                    return loop;
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
        notifyAll();
    }
}
