package io.bitstack.compression.encode;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** The threads of one worker, which take tasks from a board, as many at a time as their memory allows; who has none helps with the loops of others. */
final class Crew {
    private static final int MOMENT_MILLIS = 50;
    /** Between two looks for a task where there was none: the rest doubles with each, up to the most. */
    private static final long LEAST_REST_NANOS = TimeUnit.MILLISECONDS.toNanos(25);

    private static final long MOST_REST_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
    /** Whether it is enough is asked so often while all threads are busy, since others may have done what the next tasks wait for. */
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
    /**
     * Parts of the text are with different workers, who then have no more to wait for than one part each; whoever has no task helps with its loops.
     */
    private static final int TEXTS_AT_ONCE = 1;

    /** Does a task, but for storing what it makes. */
    interface Execution {
        Made<String> run(TaskBoard.Task task) throws IOException;
    }

    /** Whether all threads are to end: once it is enough, or one has failed. */
    private static final class End {
        private final BooleanSupplier enough;
        private volatile boolean known;

        End(BooleanSupplier enough) {
            this.enough = enough;
        }

        synchronized boolean hasCome() {
            known = known || enough.getAsBoolean();
            return known;
        }

        /** What was found when it was asked last. */
        boolean isKnown() {
            return known;
        }

        void come() {
            known = true;
        }
    }

    private final TaskBoard board;
    private final long weightsAtOnce;
    private final int scoresAtOnce;
    private final Cores cores;
    private final BooleanSupplier cancelled;
    private final List<TaskBoard.Task> inWork = new ArrayList<>();

    /**
     * @param weightsAtOnce tasks that are done at the same time take no more weights together
     * @param scoresAtOnce no more tasks are done at the same time that measure the model
     * @param cores of the worker, by which its tasks compute
     */
    Crew(TaskBoard board, long weightsAtOnce, int scoresAtOnce, Cores cores, BooleanSupplier cancelled) {
        this.board = board;
        this.weightsAtOnce = weightsAtOnce;
        this.scoresAtOnce = scoresAtOnce;
        this.cores = cores;
        this.cancelled = cancelled;
    }

    /**
     * Does tasks of some kinds, those of earlier kinds first, until it is enough; other workers may do some of them. The first failure
     * ends all; nothing runs any more when this returns.
     *
     * @param places what the worker has at hand
     * @param enough asked between tasks and now and then, by one thread at a time
     */
    void work(
            int threads,
            List<TaskKind> kinds,
            Supplier<Set<String>> places,
            Execution execution,
            BooleanSupplier enough)
            throws IOException {
        End end = new End(enough);
        try (ExecutorService workers = Executors.newFixedThreadPool(
                threads,
                Thread.ofPlatform().daemon().name("bitstack-compress-", 0).factory())) {
            List<Future<?>> running = new ArrayList<>();
            for (int t = 0; t < threads; t++) {
                running.add(workers.submit(() -> {
                    try {
                        run(kinds, places, execution, end);
                    } catch (IOException | RuntimeException | Error e) {
                        end.come();
                        throw e;
                    }
                    return null;
                }));
            }
            try {
                await(running, workers, end);
            } catch (IOException | RuntimeException e) {
                end.come();
                // Who is interrupted fails in one way or another.
                Cancellation.check(cancelled);
                throw e;
            }
        }
    }

    /** Waits for all threads; once the compression is cancelled, interrupts them, which ends a matrix within a block of columns. */
    private void await(List<Future<?>> running, ExecutorService workers, End end) throws IOException {
        long looked = System.nanoTime();
        for (Future<?> future : running) {
            boolean ended = false;
            while (!ended) {
                if (cancelled.getAsBoolean()) {
                    workers.shutdownNow();
                }
                ended = hasEnded(future);
                if (!ended && System.nanoTime() - looked > LOOK_NANOS) {
                    boolean _ = end.hasCome();
                    looked = System.nanoTime();
                }
            }
        }
    }

    private void run(List<TaskKind> kinds, Supplier<Set<String>> places, Execution execution, End end)
            throws IOException {
        long restNanos = LEAST_REST_NANOS;
        while (true) {
            Cancellation.check(cancelled);
            if (end.hasCome()) {
                return;
            }
            if (runNext(kinds, places, execution, end)) {
                restNanos = LEAST_REST_NANOS;
            } else {
                cores.help(restNanos);
                restNanos = Math.min(2 * restNanos, MOST_REST_NANOS);
            }
        }
    }

    /** Takes a task once a core is free for it, so that no other worker waits for what nobody here begins; false if there is none. */
    private boolean runNext(List<TaskKind> kinds, Supplier<Set<String>> places, Execution execution, End end)
            throws IOException {
        Optional<TaskBoard.Claim> claim = Optional.empty();
        Made<String> made;
        try {
            cores.takeCore();
            try {
                // All may have ended while this thread waited for its core.
                claim = end.isKnown() ? Optional.empty() : claim(kinds, places.get());
                if (claim.isEmpty()) {
                    return false;
                }
                made = execution.run(claim.get().task());
            } finally {
                cores.freeCore();
            }
            board.finish(claim.get(), made.store());
            return true;
        } catch (IOException | RuntimeException | Error e) {
            claim.ifPresent(board::giveUp);
            throw e;
        } finally {
            claim.ifPresent(this::letGo);
        }
    }

    /** A task that fits beside those in work; any task if there are none. */
    private synchronized Optional<TaskBoard.Claim> claim(List<TaskKind> kinds, Set<String> places) {
        long weights = inWork.stream().mapToLong(TaskBoard.Task::weights).sum();
        long room = weights == 0 ? Long.MAX_VALUE : weightsAtOnce - weights;
        List<TaskKind> open = kinds.stream().filter(kind -> !isFull(kind)).toList();
        Optional<TaskBoard.Claim> claim = open.isEmpty() ? Optional.empty() : board.claim(open, places, room);
        claim.ifPresent(taken -> inWork.add(taken.task()));
        return claim;
    }

    private synchronized boolean isFull(TaskKind kind) {
        return switch (kind) {
            case CALIBRATE -> inWork(other -> other == kind) >= TEXTS_AT_ONCE;
            case ENCODE -> false;
            case ORDER, EVALUATE -> inWork(TaskKind::isScore) >= scoresAtOnce;
        };
    }

    private synchronized long inWork(Predicate<TaskKind> kinds) {
        return inWork.stream().map(TaskBoard.Task::kind).filter(kinds).count();
    }

    private synchronized void letGo(TaskBoard.Claim claim) {
        inWork.remove(claim.task());
    }

    /** Whether a thread has ended within a moment; what it threw is thrown. */
    private static boolean hasEnded(Future<?> future) throws IOException {
        try {
            future.get(MOMENT_MILLIS, TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
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
