package io.bitstack.compression.job;

import io.bitstack.compression.crash.CrashPoint;
import io.bitstack.compression.encode.CompressionRequest;
import io.bitstack.compression.encode.Compressor;
import io.bitstack.compression.encode.Step;
import io.bitstack.compression.error.CompressionException;
import io.bitstack.compression.error.ErrorCode;
import io.bitstack.compression.fetch.ModelFetcher;
import io.bitstack.compression.publish.PublishedVersion;
import io.bitstack.compression.publish.Registry;
import io.bitstack.compression.source.SourceErrors;
import io.bitstack.compression.source.Sources;
import io.bitstack.core.stack.BlobStore;
import io.bitstack.core.stack.StackManifest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CancellationException;
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
    private final Sources sources;
    private final ModelFetcher fetcher;
    private final Compressor compressor;
    private final BlobStore blobs;
    private final Registry registry;

    JobRunner(
            JobRepository jobs,
            JobLog log,
            JobSettings settings,
            Sources sources,
            ModelFetcher fetcher,
            Compressor compressor,
            BlobStore blobs,
            Registry registry) {
        this.jobs = jobs;
        this.log = log;
        this.settings = settings;
        this.patience = new Patience(settings.databasePatience());
        this.sources = sources;
        this.fetcher = fetcher;
        this.compressor = compressor;
        this.blobs = blobs;
        this.registry = registry;
    }

    /** @throws JobReleasedException if the job is to be run again */
    void run(UUID id, BooleanSupplier shuttingDown) {
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
        JobRequest request = job.request();
        run.step(Step.VALIDATE);
        Path model = locate(job, run);
        sources.check(model);
        sources.requireFinite(
                model, (done, total, name) -> run.matrices(done, total, name, Double.NaN), run::shouldStop);
        StackManifest manifest = compress(compressionRequest(request, model), run);
        if (run.shouldStop()) {
            throw new CancellationException();
        }
        run.step(Step.PUBLISH);
        // Only a job that was taken up again may have published already; a first run always makes a version of its own.
        CrashPoint.reached("publish.before");
        PublishedVersion version = registry.publish(job.model(), manifest, job.token() > 1);
        CrashPoint.reached("publish.after");
        return version;
    }

    private Path locate(Job job, JobRun run) throws IOException {
        JobRequest.Source source = job.request().source();
        ModelFetcher.FileListener listener = (done, total, name) -> run.matrices(done, total, name, Double.NaN);
        if (source.hub() != null) {
            return fetcher.fetch(job.id(), source.hub(), listener, run::shouldStop);
        }
        if (source.s3() != null) {
            return fetcher.fetch(job.id(), source.s3(), listener, run::shouldStop);
        }
        return sources.model(Objects.requireNonNullElse(source.path(), ""));
    }

    private StackManifest compress(CompressionRequest request, JobRun run) throws IOException {
        try {
            return compressor.compress(request, blobs, run, run::shouldStop);
        } catch (IllegalArgumentException e) {
            throw new CompressionException(ErrorCode.PARAMETER_INVALID, String.valueOf(e.getMessage()), e);
        }
    }

    private CompressionRequest compressionRequest(JobRequest request, Path model) {
        String calibration = request.calibrationText();
        if (request.calibrationPath() != null) {
            calibration = sources.text(request.calibrationPath());
        }
        return new CompressionRequest(
                model,
                request.codecOrDefault(),
                request.parametersOrNone(),
                calibration,
                request.evaluationPath() == null ? null : sources.text(request.evaluationPath()),
                request.contextTokensOrDefault(),
                request.orderOrDefault());
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
        try {
            fetcher.forget(id);
        } catch (IOException e) {
            LOG.warn("what was fetched for job {} could not be deleted: {}", id, e.getMessage());
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
        patience.with("job " + job.id(), () -> jobs.failed(job.id(), job.token(), e.code(), e.detail()));
        forget(job.id());
        log.add(job.id(), "failed: %s, %s".formatted(e.code(), e.detail()));
    }
}
