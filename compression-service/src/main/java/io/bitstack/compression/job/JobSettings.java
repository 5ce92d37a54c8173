package io.bitstack.compression.job;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Settings under {@code bitstack.compression.jobs}.
 *
 * @param lease how long a worker holds a job without writing its progress, by the database's clock
 * @param maxUnfinished unfinished jobs of everybody together
 * @param maxUnfinishedPerOwner unfinished jobs of one API key
 * @param maxFailures how often in a row a job may fail for reasons that may pass before it fails for good
 * @param retryRest the rest after the first such failure; each further one rests four times as long
 * @param retryRestMost the longest rest
 * @param sweepInterval how often unfinished jobs that nothing would run are looked for
 * @param helpers how many other workers may help with a job
 * @param databasePatience how long a running job waits for a database that does not answer
 */
@ConfigurationProperties("bitstack.compression.jobs")
record JobSettings(
        @DefaultValue("10s") Duration lease,
        @DefaultValue("1000") int maxUnfinished,
        @DefaultValue("100") int maxUnfinishedPerOwner,
        @DefaultValue("5") int maxFailures,
        @DefaultValue("2s") Duration retryRest,
        @DefaultValue("5m") Duration retryRestMost,
        @DefaultValue("10s") Duration sweepInterval,
        @DefaultValue("8") int helpers,
        @DefaultValue("2m") Duration databasePatience) {

    /** The rest before the run after the {@code failures}-th failure in a row. */
    Duration rest(int failures) {
        Duration rest = retryRest;
        for (int i = 1; i < failures && rest.compareTo(retryRestMost) < 0; i++) {
            rest = rest.multipliedBy(4);
        }
        return rest.compareTo(retryRestMost) < 0 ? rest : retryRestMost;
    }
}
