package io.bitstack.compression.job;

import io.bitstack.compression.encode.Compressor;
import io.bitstack.core.model.ModelSource;
import io.bitstack.core.stack.BlobStore;
import java.io.IOException;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.stereotype.Component;

/** Does tasks of a job that another process leads, until there are none, nobody leads the job, or another job waits for a worker. */
@Component
class JobHelper {
    private static final Logger LOG = LoggerFactory.getLogger(JobHelper.class);
    private static final Set<JobState> WITH_TASKS =
            EnumSet.of(JobState.CALIBRATING, JobState.ENCODING, JobState.ORDERING, JobState.EVALUATING);
    private static final Duration SOON = Duration.ofSeconds(2);
    private static final Duration LATER = Duration.ofSeconds(5);
    private static final Duration AFTER_FAILURE = Duration.ofSeconds(30);
    private static final int POLL_MILLIS = 200;

    private final JobRepository jobs;
    private final TaskRepository tasks;
    private final JobRunner runner;
    private final JobSource source;
    private final Compressor compressor;
    private final BlobStore blobs;
    private final JobLog log;
    private final JobSettings settings;
    private final Worker worker;

    JobHelper(
            JobRepository jobs,
            TaskRepository tasks,
            JobRunner runner,
            JobSource source,
            Compressor compressor,
            BlobStore blobs,
            JobLog log,
            JobSettings settings,
            Worker worker) {
        this.jobs = jobs;
        this.tasks = tasks;
        this.runner = runner;
        this.source = source;
        this.compressor = compressor;
        this.blobs = blobs;
        this.log = log;
        this.settings = settings;
        this.worker = worker;
    }

    /** @return after what rest help may be of use again; empty if never */
    Optional<Duration> help(UUID id, BooleanSupplier shuttingDown) {
        if (runner.leads(id)) {
            return Optional.of(LATER);
        }
        Job job = jobs.find(id).orElse(null);
        BooleanSupplier needless = () -> shuttingDown.getAsBoolean() || jobs.isWaiting(JobTask.NAME);
        while (job != null && !WITH_TASKS.contains(job.state())) {
            if (!jobs.isLed(id) || job.state() == JobState.PUBLISHING || needless.getAsBoolean()) {
                return leave(id);
            }
            rest();
            job = jobs.find(id).orElse(null);
        }
        if (job == null) {
            return Optional.empty();
        }
        try {
            work(job, shuttingDown);
        } catch (IOException | RuntimeException e) {
            log.add(id, "worker %s does not help any more: %s".formatted(worker.name(), e.getMessage()));
            LOG.warn("help with job {} ended", id, e);
            return Optional.of(AFTER_FAILURE);
        }
        return leave(id);
    }

    private void work(Job job, BooleanSupplier shuttingDown) throws IOException {
        UUID id = job.id();
        Sign sign = new Sign(id, shuttingDown);
        try (sign;
                JobBoard board = new JobBoard(
                        tasks, new Patience(settings.databasePatience()), id, null, worker, log, settings)) {
            ModelSource model = source.model(job, (done, total, name) -> {}, sign);
            sign.show();
            log.add(id, "worker %s helps".formatted(worker.name()));
            compressor.help(JobSource.requestWithoutTexts(job.request(), model), blobs, board, sign);
        } catch (CancellationException e) {
            if (!sign.getAsBoolean()) {
                throw e;
            }
        }
    }

    /** Comes again if the job goes on, also under another leader; forgets what was fetched if it does not. */
    private Optional<Duration> leave(UUID id) {
        Job job = jobs.find(id).orElse(null);
        if (job == null || job.state().isTerminal()) {
            source.forget(id);
            return Optional.empty();
        }
        if (jobs.isLed(id)) {
            return Optional.of(SOON);
        }
        // Who leads it is gone, or only slow to say so. The run after a pause asks for help itself.
        return job.paused() || job.cancelRequested() ? Optional.empty() : Optional.of(LATER);
    }

    private static void rest() {
        try {
            Thread.sleep(POLL_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancellationException("interrupted while waiting for tasks");
        }
    }

    /** The worker's sign of life, and whether it is to stop. */
    private final class Sign implements BooleanSupplier, AutoCloseable {
        private final UUID job;
        private final BooleanSupplier shuttingDown;
        private final ScheduledExecutorService ticker;
        private @Nullable ScheduledFuture<?> ticks;
        private volatile boolean stopped;

        Sign(UUID job, BooleanSupplier shuttingDown) {
            this.job = job;
            this.shuttingDown = shuttingDown;
            this.ticker = Executors.newSingleThreadScheduledExecutor(
                    Thread.ofPlatform().name("job-help-" + job).daemon().factory());
        }

        void show() {
            tick();
            long restMillis = Math.clamp(settings.lease().toMillis() / 4, 1, POLL_MILLIS * 5L);
            ticks = ticker.scheduleWithFixedDelay(this::tick, restMillis, restMillis, TimeUnit.MILLISECONDS);
        }

        private void tick() {
            try {
                if (!tasks.help(job, worker.name()) || jobs.isWaiting(JobTask.NAME)) {
                    stopped = true;
                }
            } catch (DataAccessException e) {
                LOG.warn("help with job {} could not be noted: {}", job, e.getMessage());
            }
        }

        @Override
        public boolean getAsBoolean() {
            return stopped || shuttingDown.getAsBoolean();
        }

        @Override
        public void close() {
            if (ticks != null) {
                ticks.cancel(false);
            }
            ticker.close();
            try {
                tasks.leave(job, worker.name());
            } catch (DataAccessException e) {
                LOG.warn("the end of the help with job {} could not be noted: {}", job, e.getMessage());
            }
        }
    }
}
