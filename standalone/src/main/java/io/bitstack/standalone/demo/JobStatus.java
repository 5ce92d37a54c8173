package io.bitstack.standalone.demo;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A compression job as its API shows it.
 *
 * @param step what it is doing, in a word
 * @param etaSeconds what the step still needs; null while that is not known
 * @param error code and detail of a failed job
 */
public record JobStatus(
        String id,
        String state,
        String step,
        int matricesDone,
        int matricesTotal,
        long bytesWritten,
        @Nullable Double etaSeconds,
        @Nullable String currentMatrix,
        @Nullable Integer version,
        @Nullable String stackDigest,
        @Nullable String error) {

    public static JobStatus of(JsonNode job) {
        JsonNode error = job.path("error");
        return new JobStatus(
                job.path("id").asString(),
                job.path("state").asString(),
                job.path("step").asString(job.path("state").asString()),
                job.path("matricesDone").asInt(0),
                job.path("matricesTotal").asInt(0),
                job.path("bytesWritten").asLong(0),
                job.path("etaSeconds").isNumber() ? job.path("etaSeconds").asDouble() : null,
                job.path("currentMatrix").asString(null),
                job.path("version").isNumber() ? job.path("version").asInt() : null,
                job.path("stackDigest").asString(null),
                error.isObject()
                        ? error.path("code").asString("") + ": "
                                + error.path("detail").asString("")
                        : null);
    }

    public boolean isFinished() {
        return switch (state) {
            case "done", "failed", "cancelled" -> true;
            default -> false;
        };
    }

    public boolean isDone() {
        return state.equals("done");
    }
}
