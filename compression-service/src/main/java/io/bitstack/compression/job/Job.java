package io.bitstack.compression.job;

import io.bitstack.compression.error.ErrorCode;
import java.time.OffsetDateTime;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A job as the database has it.
 *
 * @param token raised by every claim; who holds an older one may not write
 * @param owner the API key that asked for it, empty if unknown
 * @param priority what is higher runs first
 * @param retryOf the job whose request was sent again, if one was
 * @param failures how often in a row it was put back after a passing failure
 * @param paused whether it rests until it is resumed
 */
record Job(
        UUID id,
        String model,
        String owner,
        int priority,
        JobRequest request,
        @Nullable UUID retryOf,
        JobState state,
        long token,
        int failures,
        boolean cancelRequested,
        boolean paused,
        JobProgress progress,
        @Nullable ErrorCode errorCode,
        @Nullable String errorDetail,
        @Nullable Integer version,
        @Nullable String stackDigest,
        OffsetDateTime createdAt,
        @Nullable OffsetDateTime startedAt,
        @Nullable OffsetDateTime finishedAt) {}
