package io.bitstack.inference.channel;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/**
 * When a gateway may be dialled again: twice as late after each failure, up to a bound, and at random by a half, so that not all nodes come back at once. For one thread at a
 * time.
 */
final class DialPause {
    static final Duration FIRST = Duration.ofMillis(250);

    private final Duration longest;
    private Duration next = FIRST;
    private long notBeforeNanos = System.nanoTime();

    DialPause(Duration longest) {
        this.longest = longest;
    }

    void succeeded() {
        next = FIRST;
    }

    void failed() {
        long nanos = next.toNanos();
        notBeforeNanos =
                System.nanoTime() + nanos / 2 + ThreadLocalRandom.current().nextLong(nanos);
        Duration doubled = next.multipliedBy(2);
        next = doubled.compareTo(longest) > 0 ? longest : doubled;
    }

    /** How long is left to wait; not positive when it is over. */
    long leftNanos() {
        return notBeforeNanos - System.nanoTime();
    }
}
