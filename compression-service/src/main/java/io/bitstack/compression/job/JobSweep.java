package io.bitstack.compression.job;

import com.github.kagkarlsson.scheduler.Scheduler;
import com.github.kagkarlsson.scheduler.task.helper.OneTimeTask;
import jakarta.annotation.PostConstruct;
import jakarta.annotation.PreDestroy;
import java.time.Instant;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * Gives every unfinished job that nothing would run a task again: one whose task ended while it was being resumed, or was lost. Runs
 * beside the scheduler's threads, which long jobs may hold all.
 */
@Component
class JobSweep {
    private static final Logger LOG = LoggerFactory.getLogger(JobSweep.class);

    private final JobRepository jobs;
    private final Scheduler scheduler;
    private final OneTimeTask<Void> task;
    private final JobSettings settings;
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("job-sweep").factory());

    private @Nullable ScheduledFuture<?> sweeps;

    JobSweep(JobRepository jobs, Scheduler scheduler, OneTimeTask<Void> task, JobSettings settings) {
        this.jobs = jobs;
        this.scheduler = scheduler;
        this.task = task;
        this.settings = settings;
    }

    @PostConstruct
    void start() {
        long millis = settings.sweepInterval().toMillis();
        sweeps = timer.scheduleWithFixedDelay(this::sweep, millis, millis, TimeUnit.MILLISECONDS);
    }

    private void sweep() {
        try {
            for (Job job : jobs.withoutTask(JobTask.NAME)) {
                if (scheduler.scheduleIfNotExists(JobTask.instance(task, job), Instant.now())) {
                    LOG.warn("job {} had no task that would run it; it has one now", job.id());
                }
            }
        } catch (RuntimeException e) {
            LOG.warn("unfinished jobs without a task could not be looked for: {}", e.getMessage());
        }
    }

    /** Nothing is swept any more when the service has stopped. */
    @PreDestroy
    void stop() throws InterruptedException {
        if (sweeps != null) {
            sweeps.cancel(true);
        }
        timer.shutdownNow();
        if (!timer.awaitTermination(5, TimeUnit.SECONDS)) {
            LOG.warn("a sweep goes on after the service has stopped");
        }
    }
}
