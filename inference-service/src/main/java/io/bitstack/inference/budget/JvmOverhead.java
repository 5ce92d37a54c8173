package io.bitstack.inference.budget;

/**
 * What the process holds beside the model, made steady: it follows a rise at once and a fall slowly, in steps, so that a budget
 * from which it is subtracted does not flap. Not safe for many threads.
 */
final class JvmOverhead {
    private static final long STEP_BYTES = 16L << 20;
    private static final int KEEP = 60;

    private final long[] recent = new long[KEEP];
    private int next;

    /** Takes a measurement, one a second. @return bytes to set aside */
    long observe(long bytes) {
        recent[next] = Math.max(0, bytes);
        next = (next + 1) % KEEP;
        long most = 0;
        for (long one : recent) {
            most = Math.max(most, one);
        }
        return (most + STEP_BYTES - 1) / STEP_BYTES * STEP_BYTES;
    }
}
