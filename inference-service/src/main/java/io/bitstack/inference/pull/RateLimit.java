package io.bitstack.inference.pull;

/** Lets so many bytes a second through, all downloads together. Safe for many threads. */
final class RateLimit {
    private final long bytesPerSecond;
    private long freeAtNanos = System.nanoTime();

    /** @param bytesPerSecond 0 for no limit */
    RateLimit(long bytesPerSecond) {
        this.bytesPerSecond = bytesPerSecond;
    }

    /** Waits until bytes that have come may be followed by others. */
    void passed(long bytes) throws InterruptedException {
        if (bytesPerSecond == 0) {
            return;
        }
        long waitNanos;
        synchronized (this) {
            long now = System.nanoTime();
            freeAtNanos = Math.max(freeAtNanos, now) + (long) (bytes * 1e9 / bytesPerSecond);
            waitNanos = freeAtNanos - now;
        }
        Thread.sleep(waitNanos / 1_000_000, (int) (waitNanos % 1_000_000));
    }
}
