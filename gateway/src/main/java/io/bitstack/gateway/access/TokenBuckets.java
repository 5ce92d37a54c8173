package io.bitstack.gateway.access;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/** A token bucket for each of a bounded number of names; the one not used for longest is forgotten first. */
final class TokenBuckets {
    private static final int MAX_NAMES = 20_000;
    private static final double NANOS_PER_MINUTE = 60e9;

    private final int perMinute;
    private final LongSupplier nanoTime;
    private final Map<String, Bucket> buckets = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Bucket> eldest) {
            return size() > MAX_NAMES;
        }
    };

    TokenBuckets(int perMinute, LongSupplier nanoTime) {
        this.perMinute = perMinute;
        this.nanoTime = nanoTime;
    }

    /** Takes a token; returns 0, or when there is none the seconds until there is one. */
    synchronized long take(String name) {
        Bucket bucket = filled(name);
        if (bucket.tokens >= 1) {
            bucket.tokens -= 1;
            return 0;
        }
        return secondsUntilOne(bucket);
    }

    /** What {@link #take} would return, without taking anything. */
    synchronized long look(String name) {
        Bucket bucket = filled(name);
        return bucket.tokens >= 1 ? 0 : secondsUntilOne(bucket);
    }

    private Bucket filled(String name) {
        long now = nanoTime.getAsLong();
        Bucket bucket = buckets.computeIfAbsent(name, unseen -> new Bucket(perMinute, now));
        bucket.tokens = Math.min(perMinute, bucket.tokens + (now - bucket.atNanos) / NANOS_PER_MINUTE * perMinute);
        bucket.atNanos = now;
        return bucket;
    }

    private long secondsUntilOne(Bucket bucket) {
        return Math.max(1, (long) Math.ceil((1 - bucket.tokens) * 60 / perMinute));
    }

    private static final class Bucket {
        private double tokens;
        private long atNanos;

        Bucket(double tokens, long atNanos) {
            this.tokens = tokens;
            this.atNanos = atNanos;
        }
    }
}
