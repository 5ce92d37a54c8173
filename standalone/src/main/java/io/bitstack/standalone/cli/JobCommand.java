package io.bitstack.standalone.cli;

import io.bitstack.standalone.client.ApiClient;
import io.bitstack.standalone.demo.JobStatus;
import java.io.IOException;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** Compression jobs. */
@Command(
        name = "job",
        description = "See, stop, pause, resume and retry compression jobs.",
        mixinStandardHelpOptions = true,
        subcommands = {
            JobCommand.ListJobs.class,
            JobCommand.Watch.class,
            JobCommand.Log.class,
            JobCommand.Pause.class,
            JobCommand.Resume.class,
            JobCommand.Cancel.class,
            JobCommand.Retry.class
        })
final class JobCommand {
    @Command(name = "list", description = "List jobs, newest first.", mixinStandardHelpOptions = true)
    static final class ListJobs extends ClientCommand {
        @Override
        JsonNode ask(ApiClient api) throws IOException {
            return Pages.all(api, "/api/v1/jobs");
        }

        @Override
        void print(JsonNode jobs) {
            Table table = new Table("JOB", "MODEL", "STATE", "DONE", "WRITTEN", "ETA", "VERSION");
            for (JsonNode node : jobs) {
                JobStatus job = JobStatus.of(node);
                table.row(
                        job.id(),
                        node.path("model").asString(),
                        job.state(),
                        job.matricesDone() + "/" + job.matricesTotal(),
                        Numbers.bytes(job.bytesWritten()),
                        Numbers.seconds(job.etaSeconds()),
                        job.version() == null ? "-" : Integer.toString(job.version()));
            }
            table.print(out());
        }
    }

    @Command(name = "watch", description = "Follow a job to its end.", mixinStandardHelpOptions = true)
    static final class Watch extends ClientCommand {
        @Parameters(paramLabel = "ID")
        String id = "";

        @Override
        JsonNode ask(ApiClient api) throws IOException, InterruptedException {
            return JobWatch.untilFinished(api, id, new ProgressLine(err()));
        }

        @Override
        void print(JsonNode job) {
            out().println(JobWatch.summary(job));
        }
    }

    @Command(name = "log", description = "Print what happened to a job.", mixinStandardHelpOptions = true)
    static final class Log extends ClientCommand {
        @Parameters(paramLabel = "ID")
        String id = "";

        @Override
        JsonNode ask(ApiClient api) throws IOException {
            return Pages.all(api, "/api/v1/jobs/" + ApiClient.segment(id) + "/log");
        }

        @Override
        void print(JsonNode lines) {
            for (JsonNode line : lines) {
                out().println(line.path("at").asString() + "  "
                        + line.path("message").asString());
            }
        }
    }

    /** Asks for a change of one job. */
    abstract static class Asked extends ClientCommand {
        private final String change;

        @Parameters(paramLabel = "ID")
        String id = "";

        /** @param change as the job's route calls it */
        Asked(String change) {
            this.change = change;
        }

        @Override
        final JsonNode ask(ApiClient api) throws IOException {
            return api.post("/api/v1/jobs/" + ApiClient.segment(id) + "/" + change, Map.of());
        }
    }

    @Command(name = "pause", description = "Let a job rest until it is resumed.", mixinStandardHelpOptions = true)
    static final class Pause extends Asked {
        Pause() {
            super("pause");
        }

        @Override
        void print(JsonNode job) {
            out().println("the job rests from its next unit of work on");
        }
    }

    @Command(name = "resume", description = "Let a job run on.", mixinStandardHelpOptions = true)
    static final class Resume extends Asked {
        Resume() {
            super("resume");
        }

        @Override
        void print(JsonNode job) {
            out().println("the job runs on");
        }
    }

    @Command(name = "cancel", description = "Stop a job.", mixinStandardHelpOptions = true)
    static final class Cancel extends Asked {
        Cancel() {
            super("cancel");
        }

        @Override
        void print(JsonNode job) {
            JobStatus status = JobStatus.of(job);
            out().println(status.isFinished() ? "cancelled" : "the job stops at its next unit of work");
        }
    }

    @Command(
            name = "retry",
            description = "Send the request of a job that failed or was cancelled again, as a new job.",
            mixinStandardHelpOptions = true)
    static final class Retry extends Asked {
        Retry() {
            super("retry");
        }

        @Override
        void print(JsonNode job) {
            out().println(job.path("id").asString());
        }
    }
}
