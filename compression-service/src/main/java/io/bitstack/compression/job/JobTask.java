package io.bitstack.compression.job;

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

    /** Rest before a job that was put back is run again; after a shutdown the next process does not wait for it. */
    private static final Duration REST = Duration.ofSeconds(2);

    @Bean
    OneTimeTask<Void> compressionJobTask(JobRunner runner) {
        return Tasks.oneTime(NAME)
                .onFailure((complete, operations) ->
                        operations.reschedule(complete, Instant.now().plus(REST)))
                .onDeadExecutionRevive()
                .execute((instance, context) -> runner.run(
                        UUID.fromString(instance.getId()),
                        () -> context.getSchedulerState().isShuttingDown()));
    }
}
