package io.bitstack.compression.job;

import com.github.kagkarlsson.scheduler.SchedulerClient;
import com.github.kagkarlsson.scheduler.task.CompletionHandler;
import com.github.kagkarlsson.scheduler.task.helper.CustomTask;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Durable tasks by which idle workers come to help with a job: a number of them for each job, done when no job waits. */
@Configuration(proxyBeanMethods = false)
class HelpTask {
    static final String NAME = "compression-help";

    private static final int PRIORITY = -1000;
    private static final char SEPARATOR = '#';
    private static final Duration REST = Duration.ofSeconds(5);

    /** Asks for help with a job. */
    static void offer(SchedulerClient scheduler, CustomTask<Integer> task, UUID job, int helpers) {
        for (int number = 1; number <= helpers; number++) {
            scheduler.scheduleIfNotExists(
                    task.instanceBuilder(job.toString() + SEPARATOR + number)
                            .priority(PRIORITY)
                            .build(),
                    Instant.now());
        }
    }

    /** Where help may be of use again, the task comes back after a rest. */
    @Bean
    CustomTask<Integer> compressionHelpTask(JobHelper helper) {
        return Tasks.custom(NAME, Integer.class)
                .onFailure((complete, operations) ->
                        operations.reschedule(complete, Instant.now().plus(REST)))
                .onDeadExecutionRevive()
                .execute((instance, context) -> {
                    String id = instance.getId();
                    return completion(helper.help(
                            UUID.fromString(id.substring(0, id.indexOf(SEPARATOR))),
                            () -> context.getSchedulerState().isShuttingDown()));
                });
    }

    private static CompletionHandler<Integer> completion(Optional<Duration> rest) {
        return rest.<CompletionHandler<Integer>>map(length -> (complete, operations) ->
                        operations.reschedule(complete, Instant.now().plus(length)))
                .orElseGet(CompletionHandler.OnCompleteRemove::new);
    }
}
