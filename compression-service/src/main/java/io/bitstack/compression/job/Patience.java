package io.bitstack.compression.job;

import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;

/** Tries what needs the database again while that is away: a job that ran for an hour is not lost to a restart of PostgreSQL. */
final class Patience {
    private static final Logger LOG = LoggerFactory.getLogger(Patience.class);
    private static final Duration REST = Duration.ofMillis(500);

    private final Duration limit;

    /** @param limit how long it is tried again */
    Patience(Duration limit) {
        this.limit = limit;
    }

    /** @throws DataAccessException of the last try */
    <T> T with(String doing, Supplier<T> work) {
        long startNanos = System.nanoTime();
        while (true) {
            try {
                return work.get();
            } catch (DataAccessException e) {
                if (System.nanoTime() - startNanos > limit.toNanos()) {
                    throw e;
                }
                LOG.warn("{}: the database does not answer, trying again: {}", doing, e.getMessage());
            }
            try {
                Thread.sleep(REST);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new CancellationException("interrupted while waiting for the database");
            }
        }
    }
}
