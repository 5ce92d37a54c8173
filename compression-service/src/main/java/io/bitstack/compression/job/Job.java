package io.bitstack.compression.job;

import io.bitstack.compression.error.ErrorCode;
import java.time.OffsetDateTime;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A job as the database has it.
 *
 * @param token raised by every claim; who holds an older one may not write
 * @param failures how often it was put back after a passing failure
 */
record Job(
        UUID id,
        String model,
        JobRequest request,
        JobState state,
        long token,
        int failures,
        boolean cancelRequested,
        JobProgress progress,
        @Nullable ErrorCode errorCode,
        @Nullable String errorDetail,
        @Nullable Integer version,
        @Nullable String stackDigest,
        OffsetDateTime createdAt,
        @Nullable OffsetDateTime startedAt,
        @Nullable OffsetDateTime finishedAt) {}
