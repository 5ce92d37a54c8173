package io.bitstack.core.codec;

import java.util.concurrent.CancellationException;

/** Whoever does not want a matrix any more interrupts the thread that encodes it, which looks now and then. */
final class Interruption {
    private Interruption() {}

    static void check() {
        if (Thread.currentThread().isInterrupted()) {
            throw new CancellationException("interrupted while a matrix was encoded");
        }
    }
}
