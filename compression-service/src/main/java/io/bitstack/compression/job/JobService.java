package io.bitstack.compression.job;

import com.github.kagkarlsson.scheduler.Scheduler;
import com.github.kagkarlsson.scheduler.task.helper.OneTimeTask;
import io.bitstack.compression.error.CompressionException;
import io.bitstack.compression.error.ErrorCode;
import io.bitstack.compression.publish.Registry;
import io.bitstack.compression.source.Sources;
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
    static final int MAX_UNFINISHED = 1000;

    private static final Set<String> CODECS = Set.of("nested", "iabd");

    private final JobRepository jobs;
    private final Sources sources;
    private final Registry registry;
    private final Scheduler scheduler;
    private final OneTimeTask<Void> task;
    private final TransactionTemplate transaction;

    JobService(
            JobRepository jobs,
            Sources sources,
            Registry registry,
            Scheduler scheduler,
            OneTimeTask<Void> task,
            TransactionTemplate transaction) {
        this.jobs = jobs;
        this.sources = sources;
        this.registry = registry;
        this.scheduler = scheduler;
        this.task = task;
        this.transaction = transaction;
    }

    /** Makes a job after everything that can be checked in a moment was found in order; otherwise nothing is written. */
    Job create(JobRequest request) {
        if (!CODECS.contains(request.codecOrDefault())) {
            throw new CompressionException(
                    ErrorCode.CODEC_UNSUPPORTED,
                    "there is no codec '%s'; choose nested or iabd".formatted(request.codec()));
        }
        sources.check(request.source().path());
        if (request.calibrationPath() != null) {
            sources.textFile(request.calibrationPath());
        }
        if (request.evaluationPath() != null) {
            sources.textFile(request.evaluationPath());
        }
        registry.requireModel(request.model());
        UUID id = UUID.randomUUID();
        transaction.executeWithoutResult(status -> {
            if (jobs.countUnfinished() >= MAX_UNFINISHED) {
                throw new CompressionException(
                        ErrorCode.TOO_MANY_JOBS,
                        "%d jobs are unfinished; cancel some or wait".formatted(MAX_UNFINISHED));
            }
            jobs.insert(id, request);
            scheduler.schedule(task.instance(id.toString()), Instant.now());
        });
        return find(id);
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

    Job cancel(UUID id) {
        boolean requested = jobs.requestCancel(id);
        Job job = find(id);
        if (!requested && job.state() != JobState.CANCELLED) {
            throw new CompressionException(
                    ErrorCode.JOB_FINISHED,
                    "job %s is %s already".formatted(id, job.state().written()));
        }
        return job;
    }
}
