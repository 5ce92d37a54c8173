package io.bitstack.compression.job;

import com.github.kagkarlsson.scheduler.task.ExecutionComplete;
import com.github.kagkarlsson.scheduler.task.TaskInstance;
import com.github.kagkarlsson.scheduler.task.helper.CustomTask;
import com.github.kagkarlsson.scheduler.task.helper.OneTimeTask;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Ties a job to a durable task of the same id: whichever process picks it up runs it, and again if that process dies. */
@Configuration(proxyBeanMethods = false)
class JobTask {
    static final String NAME = "compression-job";

    /** Rest before a job is run again that ended with an error of which nothing is known. */
    private static final Duration REST = Duration.ofSeconds(5);

    /** The task of a job. */
    static TaskInstance<Void> instance(OneTimeTask<Void> task, Job job) {
        return instance(task, job.id(), job.priority());
    }

    static TaskInstance<Void> instance(OneTimeTask<Void> task, UUID job, int priority) {
        return task.instanceBuilder(job.toString()).priority(priority).build();
    }

    private static Duration rest(ExecutionComplete complete) {
        return complete.getCause()
                .filter(JobRunner.JobReleasedException.class::isInstance)
                .map(cause -> ((JobRunner.JobReleasedException) cause).rest())
                .orElse(REST);
    }

    @Bean
    OneTimeTask<Void> compressionJobTask(JobRunner runner, CustomTask<Integer> help, JobSettings settings) {
        return Tasks.oneTime(NAME)
                .onFailure((complete, operations) ->
                        operations.reschedule(complete, Instant.now().plus(rest(complete))))
                .onDeadExecutionRevive()
                .execute((instance, context) -> {
                    UUID job = UUID.fromString(instance.getId());
                    runner.run(
                            job,
                            () -> HelpTask.offer(context.getSchedulerClient(), help, job, settings.helpers()),
                            () -> context.getSchedulerState().isShuttingDown());
                });
    }
}
