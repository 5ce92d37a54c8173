package io.bitstack.compression.job;

import io.bitstack.compression.crash.CrashPoint;
import io.bitstack.compression.encode.ChoiceResult;
import io.bitstack.compression.encode.CompressionRequest;
import io.bitstack.compression.encode.Compressor;
import io.bitstack.compression.encode.Step;
import io.bitstack.compression.error.CompressionException;
import io.bitstack.compression.error.ErrorCode;
import io.bitstack.compression.publish.PublishedVersion;
import io.bitstack.compression.publish.Registry;
import io.bitstack.compression.source.SourceErrors;
import io.bitstack.core.model.ModelSource;
import io.bitstack.core.stack.BlobStore;
import io.bitstack.core.stack.StackManifest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.stereotype.Component;

/** Takes a job from its claim to its end. */
@Component
class JobRunner {
    private static final Logger LOG = LoggerFactory.getLogger(JobRunner.class);

    /** How soon another process, or this one after a restart, may take up a job that was running. */
    private static final Duration SOON = Duration.ofSeconds(1);

    /** The job was put back and has to be run again, after a rest. */
    static final class JobReleasedException extends RuntimeException {
        private final Duration rest;

        JobReleasedException(String message, Duration rest, @Nullable Throwable cause) {
            super(message, cause);
            this.rest = rest;
        }

        Duration rest() {
            return rest;
        }
    }

    private final JobRepository jobs;
    private final JobLog log;
    private final JobSettings settings;
    private final Patience patience;
    private final JobSource source;
    private final TaskRepository tasks;
    private final Worker worker;
    private final Compressor compressor;
    private final BlobStore blobs;
    private final Registry registry;
    private final Set<UUID> led = ConcurrentHashMap.newKeySet();

    JobRunner(
            JobRepository jobs,
            JobLog log,
            JobSettings settings,
            JobSource source,
            TaskRepository tasks,
            Worker worker,
            Compressor compressor,
            BlobStore blobs,
            Registry registry) {
        this.jobs = jobs;
        this.log = log;
        this.settings = settings;
        this.patience = new Patience(settings.databasePatience());
        this.source = source;
        this.tasks = tasks;
        this.worker = worker;
        this.compressor = compressor;
        this.blobs = blobs;
        this.registry = registry;
    }

    /** Whether this process runs a job. */
    boolean leads(UUID id) {
        return led.contains(id);
    }

    /**
     * @param offer asks other workers for help
     * @throws JobReleasedException if the job is to be run again
     */
    void run(UUID id, Runnable offer, BooleanSupplier shuttingDown) {
        led.add(id);
        try {
            lead(id, offer, shuttingDown);
        } finally {
            led.remove(id);
        }
    }

    private void lead(UUID id, Runnable offer, BooleanSupplier shuttingDown) {
        Job job = jobs.claim(id).orElse(null);
        if (job == null) {
            requireNothingToDo(id);
            return;
        }
        if (job.cancelRequested()) {
            jobs.cancelled(id, job.token());
            return;
        }
        log.add(
                id,
                "run %d starts: model %s from %s"
                        .formatted(job.token(), job.model(), job.request().source()));
        offer.run();
        JobRun run = new JobRun(jobs, log, patience, job, shuttingDown);
        PublishedVersion version;
        try (run) {
            version = work(job, run);
        } catch (CancellationException e) {
            stopped(job, run);
            return;
        } catch (CompressionException e) {
            failed(job, e);
            return;
        } catch (IOException e) {
            failed(job, new CompressionException(ErrorCode.STORAGE_FAILED, String.valueOf(e.getMessage()), e));
            return;
        } catch (DataAccessException e) {
            throw new JobReleasedException(
                    "job %s goes on when the database answers: %s".formatted(id, e.getMessage()), SOON, e);
        } catch (RuntimeException | Error e) {
            failed(job, known(id, e));
            return;
        }
        patience.with(
                "job " + id,
                () -> jobs.done(
                        id,
                        job.token(),
                        version.version(),
                        version.stackDigest().toString()));
        forget(id);
        log.add(id, "done: version %d, stack %s".formatted(version.version(), version.stackDigest()));
    }

    private static CompressionException known(UUID id, Throwable thrown) {
        if (thrown instanceof RuntimeException e
                && SourceErrors.translated(e) instanceof CompressionException translated) {
            return translated;
        }
        if (thrown instanceof UncheckedIOException e) {
            return new CompressionException(ErrorCode.STORAGE_FAILED, String.valueOf(e.getMessage()), e);
        }
        LOG.error("job {} failed unexpectedly", id, thrown);
        return new CompressionException(ErrorCode.INTERNAL_ERROR, thrown.toString(), thrown);
    }

    /** A job that could not be claimed is finished or rests; else its worker holds it, alive or about to lose its lease. */
    private void requireNothingToDo(UUID id) {
        Job job = jobs.find(id).orElse(null);
        if (job != null && !job.state().isTerminal() && !job.paused()) {
            throw new JobReleasedException("job %s is held by another worker".formatted(id), SOON, null);
        }
    }

    private PublishedVersion work(Job job, JobRun run) throws IOException {
        run.step(Step.VALIDATE);
        ModelSource model =
                source.model(job, (done, total, name) -> run.matrices(done, total, name, Double.NaN), run::shouldStop);
        source.check(model);
        CompressionRequest wanted = source.request(job, model);
        check(wanted);
        source.requireFinite(
                model, (done, total, name) -> run.matrices(done, total, name, Double.NaN), run::shouldStop);
        StackManifest manifest = compress(job, wanted, run);
        Map<String, String> tags = tasks(job, model, manifest, run);
        if (run.shouldStop()) {
            throw new CancellationException();
        }
        run.step(Step.PUBLISH);
        // Only a job that was taken up again may have published already; a first run always makes a version of its own.
        CrashPoint.reached("publish.before");
        PublishedVersion version = registry.publish(job.model(), manifest, job.token() > 1);
        CrashPoint.reached("publish.after");
        if (!tags.isEmpty()) {
            registry.tagVersion(job.model(), version.version(), tags);
        }
        return version;
    }

    /** What the version's tags say of multiple-choice tasks; none if the job names none. */
    private Map<String, String> tasks(Job job, ModelSource model, StackManifest manifest, JobRun run)
            throws IOException {
        if (job.request().tasksPath() == null) {
            return Map.of();
        }
        List<ChoiceResult> results = compressor.choices(
                JobSource.requestWithoutTexts(job.request(), model),
                blobs,
                manifest,
                source.tasks(job.request().tasksPath()),
                run::shouldStop);
        results.forEach(result -> log.add(job.id(), TaskTags.inWords(result)));
        return TaskTags.of(results);
    }

    /** What is wrong with parameters and texts is said before all weights are read. */
    private void check(CompressionRequest request) throws IOException {
        try {
            compressor.check(request);
        } catch (IllegalArgumentException e) {
            throw new CompressionException(ErrorCode.PARAMETER_INVALID, String.valueOf(e.getMessage()), e);
        }
    }

    private StackManifest compress(Job job, CompressionRequest request, JobRun run) throws IOException {
        try (JobBoard board = new JobBoard(tasks, patience, job.id(), job.token(), worker, log, settings)) {
            return compressor.compress(request, blobs, board.lead(), run, run::shouldStop);
        } catch (IllegalArgumentException e) {
            throw new CompressionException(ErrorCode.PARAMETER_INVALID, String.valueOf(e.getMessage()), e);
        }
    }

    private void stopped(Job job, JobRun run) {
        switch (run.stop()) {
            case CANCELLED -> {
                patience.with("job " + job.id(), () -> jobs.cancelled(job.id(), job.token()));
                forget(job.id());
                log.add(job.id(), "cancelled");
            }
            case PAUSED -> {
                release(job, job.failures());
                log.add(job.id(), "paused");
            }
            case SHUTDOWN -> {
                release(job, job.failures());
                log.add(job.id(), "put back, since its process shuts down");
                throw new JobReleasedException("job " + job.id() + " goes on after the restart", SOON, null);
            }
            case LOST -> LOG.warn("job {} was taken up by another worker or is finished; this run ends", job.id());
            case NONE ->
                failed(job, new CompressionException(ErrorCode.INTERNAL_ERROR, "stopped without being asked to"));
        }
    }

    private void forget(UUID id) {
        source.forget(id);
        try {
            tasks.forget(id);
        } catch (DataAccessException e) {
            LOG.warn("the tasks of job {} could not be deleted: {}", id, e.getMessage());
        }
    }

    private void release(Job job, int failures) {
        patience.with("job " + job.id(), () -> jobs.release(job.id(), job.token(), failures));
    }

    /** What may pass is tried again, after longer and longer rests; everything else is final at once. */
    private void failed(Job job, CompressionException e) {
        int failures = job.failures() + 1;
        if (e.code().isTransient() && failures < settings.maxFailures()) {
            Duration rest = settings.rest(failures);
            release(job, failures);
            log.add(job.id(), "failed for now (%s: %s); run again in %s".formatted(e.code(), e.detail(), rest));
            throw new JobReleasedException("job %s is tried again: %s".formatted(job.id(), e.detail()), rest, e);
        }
        boolean noted =
                patience.with("job " + job.id(), () -> jobs.failed(job.id(), job.token(), e.code(), e.detail()));
        forget(job.id());
        log.add(job.id(), "failed: %s, %s".formatted(e.code(), e.detail()));
        if (noted) {
            report(job, e);
        }
    }

    /** The job has failed whether or not the registry hears of it. */
    private void report(Job job, CompressionException e) {
        try {
            registry.jobFailed(job.id(), job.model(), e.code(), e.detail());
        } catch (CompressionException | CancellationException unheard) {
            log.add(job.id(), "the registry could not be told: " + unheard.getMessage());
        }
    }
}
