package io.bitstack.core.kernel;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** A row pool of a fixed number of daemon threads; the caller works on the last part itself. */
public final class FixedRowPool implements RowPool, AutoCloseable {
    private final int threads;
    private final ExecutorService workers;

    /** @param threads threads that work on a loop at once, the caller's included; at least 1 */
    public FixedRowPool(int threads) {
        if (threads < 1) {
            throw new IllegalArgumentException("a pool needs at least 1 thread, not " + threads);
        }
        this.threads = threads;
        this.workers = Executors.newFixedThreadPool(
                Math.max(1, threads - 1),
                Thread.ofPlatform().daemon().name("bitstack-rows-", 0).factory());
    }

    @Override
    public void forRows(int rows, int grain, Body body) {
        int grains = (rows + grain - 1) / grain;
        int parts = Math.min(threads, grains);
        if (parts <= 1) {
            body.run(0, rows);
            return;
        }
        List<Future<?>> running = new ArrayList<>(parts - 1);
        int from = 0;
        for (int part = 0; part < parts - 1; part++) {
            int start = from;
            int end = Math.min(rows, (int) ((long) grains * (part + 1) / parts) * grain);
            running.add(workers.submit(() -> body.run(start, end)));
            from = end;
        }
        try {
            body.run(from, rows);
        } finally {
            running.forEach(FixedRowPool::join);
        }
    }

    private static void join(Future<?> part) {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    part.get();
                    return;
                } catch (InterruptedException e) {
                    // The part still reads and writes the caller's arrays: wait for it, then pass the interrupt on.
                    interrupted = true;
                }
            }
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e.getCause());
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Override
    public void close() {
        workers.shutdown();
    }
}
