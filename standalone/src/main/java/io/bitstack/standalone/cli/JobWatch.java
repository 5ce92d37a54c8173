package io.bitstack.standalone.cli;

import io.bitstack.standalone.client.ApiClient;
import io.bitstack.standalone.demo.JobStatus;
import java.io.IOException;
import tools.jackson.databind.JsonNode;

/** Follows a job and shows how far it is. */
final class JobWatch {
    private static final int PAUSE_MILLIS = 300;

    private JobWatch() {}

    /** @throws IOException if the job failed or was cancelled; the message has its code and reason */
    static JsonNode untilFinished(ApiClient api, String id, ProgressLine progress)
            throws IOException, InterruptedException {
        String path = "/api/v1/jobs/" + ApiClient.segment(id);
        JsonNode node = api.get(path);
        JobStatus job = JobStatus.of(node);
        while (!job.isFinished()) {
            progress.show(job);
            Thread.sleep(PAUSE_MILLIS);
            node = api.get(path);
            job = JobStatus.of(node);
        }
        progress.end();
        if (!job.isDone()) {
            throw new IOException(
                    "job %s is %s%s".formatted(id, job.state(), job.error() == null ? "" : ", " + job.error()));
        }
        return node;
    }

    static String summary(JsonNode job) {
        return "%s version %s, stack %s"
                .formatted(
                        job.path("model").asString(),
                        job.path("version").asString(),
                        job.path("stackDigest").asString());
    }
}
