package io.bitstack.compression.job;

import com.fasterxml.jackson.annotation.JsonValue;
import io.bitstack.compression.encode.Step;
import java.util.Locale;

/** Where a job stands. */
public enum JobState {
    QUEUED,
    VALIDATING,
    CALIBRATING,
    ENCODING,
    ORDERING,
    EVALUATING,
    PUBLISHING,
    DONE,
    FAILED,
    CANCELLED;

    /** Whether nothing can change any more. */
    public boolean isTerminal() {
        return this == DONE || this == FAILED || this == CANCELLED;
    }

    /**
     * Whether a job may go from here to there. Work goes forward; a job that is taken up again, after its process ended or a
     * passing failure, goes back to {@code QUEUED} or starts over with {@code VALIDATING}.
     */
    public boolean canTransitionTo(JobState next) {
        if (isTerminal()) {
            return false;
        }
        return switch (next) {
            case QUEUED, VALIDATING, FAILED, CANCELLED -> true;
            case CALIBRATING, ENCODING, ORDERING, EVALUATING, PUBLISHING -> this != QUEUED && compareTo(next) < 0;
            case DONE -> this == PUBLISHING;
        };
    }

    static JobState of(Step step) {
        return switch (step) {
            case VALIDATE -> VALIDATING;
            case CALIBRATE -> CALIBRATING;
            case ENCODE -> ENCODING;
            case ORDER -> ORDERING;
            case EVALUATE -> EVALUATING;
            case PUBLISH -> PUBLISHING;
        };
    }

    static JobState parse(String written) {
        return valueOf(written.toUpperCase(Locale.ROOT));
    }

    /** As the API and the database write it. */
    @JsonValue
    public String written() {
        return name().toLowerCase(Locale.ROOT);
    }
}
