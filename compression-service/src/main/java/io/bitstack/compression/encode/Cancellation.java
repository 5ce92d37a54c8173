package io.bitstack.compression.encode;

import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;

/** Asked between units of work. */
final class Cancellation {
    private Cancellation() {}

    /** @throws CancellationException if the answer is yes */
    static void check(BooleanSupplier cancelled) {
        if (cancelled.getAsBoolean()) {
            throw new CancellationException("the compression was cancelled");
        }
    }
}
