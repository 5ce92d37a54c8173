package io.bitstack.compression.encode;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;

/** Runs numbered tasks, several at a time, and hands on their results in the order of their numbers. */
final class OrderedTasks {
    private final int threads;
    private final BooleanSupplier cancelled;

    /** @param threads tasks at a time; no more than this many results wait for an earlier one */
    OrderedTasks(int threads, BooleanSupplier cancelled) {
        this.threads = threads;
        this.cancelled = cancelled;
    }

    /** Makes the result of one task; on any thread. */
    interface Task<T> {
        T run(int index) throws IOException;
    }

    /** Takes the result of one task; on the caller's thread. */
    interface Result<T> {
        void accept(int index, T result) throws IOException;
    }

    /** Runs tasks 0 to count − 1. The first failure, by number, ends all; nothing runs any more when this returns. */
    <T> void run(int count, Task<T> task, Result<T> results) throws IOException {
        if (threads == 1) {
            for (int i = 0; i < count; i++) {
                Cancellation.check(cancelled);
                results.accept(i, task.run(i));
            }
            return;
        }
        try (ExecutorService workers = Executors.newFixedThreadPool(
                threads,
                Thread.ofPlatform().daemon().name("bitstack-compress-", 0).factory())) {
            Deque<Future<T>> running = new ArrayDeque<>();
            try {
                int started = 0;
                for (int i = 0; i < count; i++) {
                    while (started < count && running.size() < threads + 1) {
                        int index = started++;
                        running.add(workers.submit(() -> task.run(index)));
                    }
                    Cancellation.check(cancelled);
                    results.accept(i, result(running.remove()));
                }
            } finally {
                running.forEach(future -> future.cancel(false));
            }
        }
    }

    private static <T> T result(Future<T> future) throws IOException {
        try {
            return future.get();
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case RuntimeException cause -> throw cause;
                case IOException cause -> throw cause;
                case Error cause -> throw cause;
                case null, default -> throw new IllegalStateException(e);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while compressing", e);
        }
    }
}
