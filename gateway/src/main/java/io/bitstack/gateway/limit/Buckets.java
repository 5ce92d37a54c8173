package io.bitstack.gateway.limit;

import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.LoadingCache;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.ConsumptionProbe;
import io.github.bucket4j.EstimationProbe;
import java.time.Duration;

/** A token bucket for each of a bounded number of names; the one not used for longest is forgotten first. */
final class Buckets {
    private static final int MAX_NAMES = 20_000;
    private static final long NANOS_PER_SECOND = 1_000_000_000L;

    private final long capacity;
    private final LoadingCache<String, Bucket> buckets;

    /** @param perPeriod what comes back in a period, evenly */
    Buckets(long capacity, long perPeriod, Duration period) {
        this.capacity = capacity;
        this.buckets = Caffeine.newBuilder()
                .maximumSize(MAX_NAMES)
                .executor(Runnable::run)
                .build(_ -> Bucket.builder()
                        .addLimit(limit -> limit.capacity(capacity).refillGreedy(perPeriod, period))
                        .build());
    }

    /**
     * How much is left of a bucket.
     *
     * @param retryAfterSeconds 0 if what was asked for was there
     * @param fullAfterSeconds when it is full again
     */
    record Left(long capacity, long remaining, long retryAfterSeconds, long fullAfterSeconds) {
        boolean isRefused() {
            return retryAfterSeconds > 0;
        }
    }

    /** Takes one, if there is one. */
    Left take(String name) {
        ConsumptionProbe probe = buckets.get(name).tryConsumeAndReturnRemaining(1);
        return new Left(
                capacity,
                probe.getRemainingTokens(),
                probe.isConsumed() ? 0 : seconds(probe.getNanosToWaitForRefill()),
                seconds(probe.getNanosToWaitForReset()));
    }

    /** Whether there is one, without taking it. */
    Left look(String name) {
        EstimationProbe probe = buckets.get(name).estimateAbilityToConsume(1);
        long waitNanos = probe.getNanosToWaitForRefill();
        return new Left(capacity, Math.max(0, probe.getRemainingTokens()), waitNanos == 0 ? 0 : seconds(waitNanos), 0);
    }

    /** Takes what was used already, more than there is if need be: who used too much waits for longer. */
    void charge(String name, long count) {
        if (count > 0) {
            buckets.get(name).consumeIgnoringRateLimits(count);
        }
    }

    private static long seconds(long nanos) {
        return Math.max(1, (nanos + NANOS_PER_SECOND - 1) / NANOS_PER_SECOND);
    }
}
