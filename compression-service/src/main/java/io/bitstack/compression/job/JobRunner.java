package io.bitstack.compression.job;

import io.bitstack.compression.encode.CompressionRequest;
import io.bitstack.compression.encode.Compressor;
import io.bitstack.compression.encode.Step;
import io.bitstack.compression.error.CompressionException;
import io.bitstack.compression.error.ErrorCode;
import io.bitstack.compression.publish.PublishedVersion;
import io.bitstack.compression.publish.Registry;
import io.bitstack.compression.source.SourceErrors;
import io.bitstack.compression.source.Sources;
import io.bitstack.core.model.ModelException;
import io.bitstack.core.safetensors.SafetensorsException;
import io.bitstack.core.stack.BlobStore;
import io.bitstack.core.stack.StackManifest;
import java.io.IOException;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** Takes a job from its claim to its end. */
@Component
class JobRunner {
    /** How often a job is tried again after a failure that may pass. */
    static final int MAX_FAILURES = 3;

    private static final Logger LOG = LoggerFactory.getLogger(JobRunner.class);

    /** The job was put back and has to be run again; later, if something failed. */
    static final class JobReleasedException extends RuntimeException {
        JobReleasedException(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }

    private final JobRepository jobs;
    private final Sources sources;
    private final Compressor compressor;
    private final BlobStore blobs;
    private final Registry registry;

    JobRunner(JobRepository jobs, Sources sources, Compressor compressor, BlobStore blobs, Registry registry) {
        this.jobs = jobs;
        this.sources = sources;
        this.compressor = compressor;
        this.blobs = blobs;
        this.registry = registry;
    }

    /** @throws JobReleasedException if the job is to be run again */
    void run(UUID id, BooleanSupplier shuttingDown) {
        Job job = jobs.claim(id).orElse(null);
        if (job == null) {
            LOG.info("job {} is finished already", id);
            return;
        }
        if (job.cancelRequested()) {
            jobs.cancelled(id, job.token());
            return;
        }
        LOG.info(
                "job {} starts: model {} from {}",
                id,
                job.model(),
                job.request().source().path());
        JobRun run = new JobRun(jobs, job, shuttingDown);
        PublishedVersion version;
        try (run) {
            version = work(job, run);
        } catch (CancellationException e) {
            stopped(job, run);
            return;
        } catch (CompressionException e) {
            failed(job, e);
            return;
        } catch (ModelException e) {
            failed(job, SourceErrors.translate(e));
            return;
        } catch (SafetensorsException e) {
            failed(job, SourceErrors.translate(e));
            return;
        } catch (IOException e) {
            failed(job, new CompressionException(ErrorCode.STORAGE_FAILED, String.valueOf(e.getMessage()), e));
            return;
        } catch (RuntimeException | Error e) {
            LOG.error("job {} failed unexpectedly", id, e);
            failed(job, new CompressionException(ErrorCode.INTERNAL_ERROR, e.toString(), e));
            return;
        }
        jobs.done(id, job.token(), version.version(), version.stackDigest().toString());
        LOG.info("job {} is done: {} version {}", id, job.model(), version.version());
    }

    private PublishedVersion work(Job job, JobRun run) throws IOException {
        JobRequest request = job.request();
        String path = request.source().path();
        run.step(Step.VALIDATE);
        sources.check(path);
        sources.requireFinite(
                path, (done, total, name) -> run.matrices(done, total, name, Double.NaN), run::shouldStop);
        StackManifest manifest = compress(compressionRequest(request), run);
        if (run.shouldStop()) {
            throw new CancellationException();
        }
        run.step(Step.PUBLISH);
        // Only a job that was taken up again may have published already; a first run always makes a version of its own.
        return registry.publish(job.model(), manifest, job.token() > 1);
    }

    private StackManifest compress(CompressionRequest request, JobRun run) throws IOException {
        try {
            return compressor.compress(request, blobs, run, run::shouldStop);
        } catch (IllegalArgumentException e) {
            throw new CompressionException(ErrorCode.PARAMETER_INVALID, String.valueOf(e.getMessage()), e);
        }
    }

    private CompressionRequest compressionRequest(JobRequest request) {
        String calibration = request.calibrationText();
        if (request.calibrationPath() != null) {
            calibration = sources.text(request.calibrationPath());
        }
        return new CompressionRequest(
                sources.directory(request.source().path()),
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
                jobs.cancelled(job.id(), job.token());
                LOG.info("job {} is cancelled", job.id());
            }
            case SHUTDOWN -> {
                jobs.release(job.id(), job.token(), job.failures());
                throw new JobReleasedException("job " + job.id() + " goes on after the restart", null);
            }
            case LOST -> LOG.warn("job {} was taken up by another worker or is finished; this run ends", job.id());
            case NONE ->
                failed(job, new CompressionException(ErrorCode.INTERNAL_ERROR, "stopped without being asked to"));
        }
    }

    private void failed(Job job, CompressionException e) {
        if (e.code().isTransient() && job.failures() + 1 < MAX_FAILURES) {
            jobs.release(job.id(), job.token(), job.failures() + 1);
            throw new JobReleasedException("job %s is tried again: %s".formatted(job.id(), e.detail()), e);
        }
        LOG.warn("job {} failed: {} {}", job.id(), e.code(), e.detail());
        jobs.failed(job.id(), job.token(), e.code(), e.detail());
    }
}
