package io.bitstack.core.codec;

import java.util.concurrent.CancellationException;

/** Whoever does not want a matrix any more interrupts the thread that encodes it, which looks now and then. */
public final class Interruption {
    private Interruption() {}

    /** @throws CancellationException if the thread is interrupted, which it stays */
    public static void check() {
        if (Thread.currentThread().isInterrupted()) {
            throw new CancellationException("interrupted while a matrix was encoded");
        }
    }
}
