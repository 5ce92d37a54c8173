package io.bitstack.compression.crash;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Ends the process on the spot, without a shutdown hook, where the system property {@code bitstack.crash-at} says so:
 * {@code <name>} or {@code <name>:<which time it is reached>}. Does nothing unless that is set.
 */
public final class CrashPoint {
    /** The exit status of a process that ended here. */
    public static final int STATUS = 137;

    private static final String ARMED = System.getProperty("bitstack.crash-at", "");
    private static final String NAME = ARMED.contains(":") ? ARMED.substring(0, ARMED.indexOf(':')) : ARMED;
    private static final AtomicInteger LEFT =
            new AtomicInteger(ARMED.contains(":") ? Integer.parseInt(ARMED.substring(ARMED.indexOf(':') + 1)) : 1);

    private CrashPoint() {}

    public static void reached(String name) {
        if (!NAME.isEmpty() && NAME.equals(name) && LEFT.decrementAndGet() == 0) {
            Runtime.getRuntime().halt(STATUS);
        }
    }
}
