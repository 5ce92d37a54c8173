package io.bitstack.compression.job;

import com.github.kagkarlsson.scheduler.Scheduler;
import com.github.kagkarlsson.scheduler.task.helper.OneTimeTask;
import io.bitstack.compression.error.CompressionException;
import io.bitstack.compression.error.ErrorCode;
import io.bitstack.compression.fetch.HubModel;
import io.bitstack.compression.fetch.ModelFetcher;
import io.bitstack.compression.publish.Registry;
import io.bitstack.compression.source.Sources;
import io.bitstack.compression.upload.UploadedModels;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Service;
import org.springframework.transaction.support.TransactionTemplate;

/** What clients can do with jobs. */
@Service
class JobService {
    private static final Set<String> CODECS = Set.of("nested", "iabd");

    private final JobRepository jobs;
    private final Sources sources;
    private final Registry registry;
    private final Scheduler scheduler;
    private final OneTimeTask<Void> task;
    private final TransactionTemplate transaction;
    private final JobLog log;
    private final ModelFetcher fetcher;
    private final UploadedModels uploads;
    private final JobTexts texts;
    private final JobSettings settings;

    JobService(
            JobRepository jobs,
            Sources sources,
            Registry registry,
            Scheduler scheduler,
            OneTimeTask<Void> task,
            TransactionTemplate transaction,
            JobLog log,
            ModelFetcher fetcher,
            UploadedModels uploads,
            JobTexts texts,
            JobSettings settings) {
        this.jobs = jobs;
        this.sources = sources;
        this.registry = registry;
        this.scheduler = scheduler;
        this.task = task;
        this.transaction = transaction;
        this.log = log;
        this.fetcher = fetcher;
        this.uploads = uploads;
        this.texts = texts;
        this.settings = settings;
    }

    /** Makes a job after everything that can be checked in a moment was found in order; otherwise nothing is written. */
    Job create(JobRequest request, String owner) {
        return create(request, owner, null);
    }

    /** Sends the request of a job that failed or was cancelled again. What that one has encoded is found and not encoded again. */
    Job retry(UUID id, String owner) {
        Job old = find(id);
        if (old.state() != JobState.FAILED && old.state() != JobState.CANCELLED) {
            throw old.state() == JobState.DONE
                    ? finished(old, "tried again")
                    : new CompressionException(
                            ErrorCode.JOB_UNFINISHED,
                            "job %s is %s; only one that failed or was cancelled can be tried again"
                                    .formatted(id, old.state().written()));
        }
        return create(old.request(), owner, id);
    }

    private Job create(JobRequest request, String owner, @Nullable UUID retryOf) {
        if (!CODECS.contains(request.codecOrDefault())) {
            throw new CompressionException(
                    ErrorCode.CODEC_UNSUPPORTED,
                    "there is no codec '%s'; choose nested or iabd".formatted(request.codec()));
        }
        if (request.source().path() != null) {
            sources.check(request.source().path());
        }
        if (request.source().s3() != null) {
            fetcher.check(request.source().s3());
        }
        if (request.source().upload() != null) {
            uploads.requireModel(request.source().upload());
        }
        texts.check(request);
        registry.requireModel(request.model());
        JobRequest kept = pinned(request);
        UUID id = UUID.randomUUID();
        transaction.executeWithoutResult(status -> {
            jobs.lockCounts();
            if (jobs.countUnfinished() >= settings.maxUnfinished()) {
                throw new CompressionException(
                        ErrorCode.TOO_MANY_JOBS,
                        "%d jobs are unfinished; cancel some or wait".formatted(settings.maxUnfinished()));
            }
            if (jobs.countUnfinished(owner) >= settings.maxUnfinishedPerOwner()) {
                throw new CompressionException(
                        ErrorCode.TOO_MANY_JOBS,
                        "%d of your jobs are unfinished; cancel some or wait"
                                .formatted(settings.maxUnfinishedPerOwner()));
            }
            kept.uploads().forEach(uploads::use);
            jobs.insert(id, owner, kept, retryOf);
            scheduler.schedule(JobTask.instance(task, id, request.priorityOrDefault()), Instant.now());
        });
        log.add(
                id,
                "accepted: model %s from %s%s"
                        .formatted(kept.model(), kept.source(), retryOf == null ? "" : ", again after job " + retryOf));
        return find(id);
    }

    /** A hub's branch moves; a job reads the commit that it was when the job was asked for. */
    private JobRequest pinned(JobRequest request) {
        HubModel hub = request.source().hub();
        return hub == null ? request : request.from(new JobRequest.Source(null, fetcher.pin(hub), null, null));
    }

    Job find(UUID id) {
        return jobs.find(id)
                .orElseThrow(() -> new CompressionException(ErrorCode.JOB_NOT_FOUND, "there is no job " + id));
    }

    List<Job> list(@Nullable UUID after, int limit) {
        if (after != null) {
            find(after);
        }
        return jobs.list(after, limit);
    }

    List<JobLog.Line> log(UUID id, long after, int limit) {
        find(id);
        return log.list(id, after, limit);
    }

    /** Lets a job rest: a waiting one at once, a running one at its next unit of work. */
    Job pause(UUID id) {
        if (jobs.setPaused(id, true)) {
            log.add(id, "pause asked for");
            return find(id);
        }
        throw finished(find(id), "paused");
    }

    /** Lets a job that rests run on; it takes what it encoded before from the blob store. */
    Job resume(UUID id) {
        if (jobs.setPaused(id, false)) {
            Job job = find(id);
            // A task that is just ending is not replaced; then the sweep gives the job its task.
            scheduler.scheduleIfNotExists(JobTask.instance(task, job), Instant.now());
            log.add(id, "resumed");
            return job;
        }
        throw finished(find(id), "resumed");
    }

    private static CompressionException finished(Job job, String what) {
        return new CompressionException(
                ErrorCode.JOB_FINISHED,
                "job %s is %s already and cannot be %s"
                        .formatted(job.id(), job.state().written(), what));
    }

    Job cancel(UUID id) {
        boolean requested = jobs.requestCancel(id);
        Job job = find(id);
        if (!requested && job.state() != JobState.CANCELLED) {
            throw finished(job, "cancelled");
        }
        if (requested) {
            log.add(id, job.state() == JobState.CANCELLED ? "cancelled before it ran" : "cancel asked for");
        }
        return job;
    }
}
