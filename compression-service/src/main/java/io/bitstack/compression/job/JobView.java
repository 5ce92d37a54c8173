package io.bitstack.compression.job;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.bitstack.compression.error.ErrorCode;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A job as clients see it; what does not apply is left out. */
@JsonInclude(JsonInclude.Include.NON_NULL)
record JobView(
        UUID id,
        String model,
        int priority,
        JobState state,
        boolean paused,
        @Nullable String step,
        int matricesDone,
        int matricesTotal,
        long bytesWritten,
        @Nullable Long etaSeconds,
        @Nullable String currentMatrix,
        @Nullable Double currentError,
        boolean cancelRequested,
        @Nullable Failure error,
        @Nullable UUID retryOf,
        @Nullable Integer version,
        @Nullable String stackDigest,
        Instant createdAt,
        @Nullable Instant startedAt,
        @Nullable Instant finishedAt) {

    record Failure(ErrorCode code, String detail) {}

    static JobView of(Job job) {
        JobProgress progress = job.progress();
        boolean finished = job.state().isTerminal();
        return new JobView(
                job.id(),
                job.model(),
                job.priority(),
                job.state(),
                job.paused(),
                progress.step() == null ? null : progress.step().name().toLowerCase(Locale.ROOT),
                progress.matricesDone(),
                progress.matricesTotal(),
                progress.bytesWritten(),
                finished ? null : progress.etaSeconds(),
                finished ? null : progress.currentMatrix(),
                finished ? null : progress.currentError(),
                job.cancelRequested(),
                job.errorCode() == null || job.errorDetail() == null
                        ? null
                        : new Failure(job.errorCode(), job.errorDetail()),
                job.retryOf(),
                job.version(),
                job.stackDigest(),
                job.createdAt().toInstant(),
                instant(job.startedAt()),
                instant(job.finishedAt()));
    }

    private static @Nullable Instant instant(@Nullable OffsetDateTime time) {
        return time == null ? null : time.toInstant();
    }
}
