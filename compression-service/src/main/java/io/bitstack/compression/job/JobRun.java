package io.bitstack.compression.job;

import io.bitstack.compression.crash.CrashPoint;
import io.bitstack.compression.encode.Progress;
import io.bitstack.compression.encode.Step;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;

/**
 * One worker's hold on one job: writes its progress at most every {@link #INTERVAL} and at each step, and learns by the same
 * writes whether the job was cancelled or taken away.
 */
final class JobRun implements Progress, AutoCloseable {
    static final Duration INTERVAL = Duration.ofMillis(500);
    private static final Logger LOG = LoggerFactory.getLogger(JobRun.class);

    /** Why a run stopped before its end. */
    enum Stop {
        NONE,
        CANCELLED,
        PAUSED,
        /** Another worker claimed the job. */
        LOST,
        SHUTDOWN
    }

    private final JobRepository jobs;
    private final JobLog log;
    private final Patience patience;
    private final UUID id;
    private final long token;
    private final BooleanSupplier shuttingDown;
    private final ProgressMeter meter = new ProgressMeter(System::nanoTime);
    private final ScheduledExecutorService ticker;
    private final ScheduledFuture<?> ticks;
    private JobState state = JobState.VALIDATING;
    private @Nullable Step step;
    private long stepStartNanos;
    private int loggedMatrices;
    private int reusedMatrices;
    private volatile Stop stop = Stop.NONE;

    JobRun(JobRepository jobs, JobLog log, Patience patience, Job claimed, BooleanSupplier shuttingDown) {
        this.jobs = jobs;
        this.log = log;
        this.patience = patience;
        this.id = claimed.id();
        this.token = claimed.token();
        this.shuttingDown = shuttingDown;
        this.ticker = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().name("job-progress-" + id).daemon().factory());
        this.ticks = ticker.scheduleWithFixedDelay(this::tick, 0, INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
    }

    @Override
    public void step(Step next) {
        meter.step(next);
        logStep(next);
        JobState nextState = JobState.of(next);
        synchronized (this) {
            if (state.canTransitionTo(nextState)) {
                state = nextState;
            }
        }
        patience.with("job " + id, this::write);
        CrashPoint.reached("step." + nextState.written());
    }

    private synchronized void logStep(Step next) {
        String before = step == null
                ? ""
                : ", after %.1f s of %s%s"
                        .formatted(
                                (System.nanoTime() - stepStartNanos) / 1e9,
                                JobState.of(step).written(),
                                reusedMatrices == 0 ? "" : " (%d matrices reused)".formatted(reusedMatrices));
        reusedMatrices = 0;
        log.add(id, JobState.of(next).written() + before);
        step = next;
        stepStartNanos = System.nanoTime();
        loggedMatrices = 0;
    }

    @Override
    public void matrices(int done, int total, String current, double error) {
        meter.matrices(done, total, current, error);
        logMatrix(done, total, current, error);
    }

    /** On the thread that writes progress, since who encodes shall not wait for the database. */
    private synchronized void logMatrix(int done, int total, String current, double error) {
        if (step == Step.ENCODE && done > loggedMatrices) {
            loggedMatrices = done;
            ticker.execute(() -> log.add(id, "matrix %d of %d, %s: error %.3g".formatted(done, total, current, error)));
        }
    }

    @Override
    public synchronized void reused(String matrix) {
        reusedMatrices++;
        ticker.execute(() -> log.add(id, "matrix " + matrix + " is reused as it was encoded before"));
    }

    @Override
    public void bytes(long written) {
        meter.bytes(written);
    }

    /** Whether the work should stop; asked between units of work. */
    boolean shouldStop() {
        if (stop == Stop.NONE && shuttingDown.getAsBoolean()) {
            stop = Stop.SHUTDOWN;
        }
        return stop != Stop.NONE;
    }

    Stop stop() {
        return stop;
    }

    private void tick() {
        try {
            if (write()) {
                jobs.find(id).ifPresent(job -> {
                    if (job.cancelRequested()) {
                        stop = Stop.CANCELLED;
                    } else if (job.paused()) {
                        stop = Stop.PAUSED;
                    }
                });
            }
        } catch (DataAccessException e) {
            // The work itself does not need the database; it matters again at the next step, which waits for it.
            LOG.warn("the progress of job {} could not be written: {}", id, e.getMessage());
        }
    }

    private synchronized boolean write() {
        boolean written = jobs.progress(id, token, state, meter.snapshot());
        if (!written) {
            stop = Stop.LOST;
        }
        return written;
    }

    /** Stops the writing of progress and waits for a write under way, so that nothing follows the job's final state. */
    @Override
    public void close() {
        ticks.cancel(false);
        ticker.close();
    }
}
