package io.bitstack.gateway.upstream;

/** How long one thread may wait for something at a time, for another thread to look at. */
final class Waiting {
    private static final long NOT = Long.MIN_VALUE;

    private final long longestNanos;
    private volatile long sinceNanos = NOT;
    private volatile boolean isTooLong;

    Waiting(long longestNanos) {
        this.longestNanos = longestNanos;
    }

    void begin() {
        sinceNanos = System.nanoTime();
    }

    void end() {
        sinceNanos = NOT;
    }

    /** Whether it lasts for longer than it may; remembers that. */
    boolean look(long nowNanos) {
        long since = sinceNanos;
        if (since != NOT && nowNanos - since > longestNanos) {
            isTooLong = true;
        }
        return isTooLong;
    }

    /** Whether it was seen to last for longer than it may. */
    boolean isTooLong() {
        return isTooLong;
    }
}
