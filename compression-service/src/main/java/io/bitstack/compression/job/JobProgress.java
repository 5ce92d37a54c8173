package io.bitstack.compression.job;

import io.bitstack.compression.encode.Step;
import org.jspecify.annotations.Nullable;

/**
 * How far a job is.
 *
 * @param matricesDone units of the current step that are done: tensors, weight matrices or evaluations
 * @param currentError the weighted error of the current matrix so far, relative to the matrix, where there is one
 * @param etaSeconds time that the current step still needs at the rate measured so far
 */
record JobProgress(
        @Nullable Step step,
        int matricesDone,
        int matricesTotal,
        long bytesWritten,
        @Nullable Long etaSeconds,
        @Nullable String currentMatrix,
        @Nullable Double currentError) {}
