package io.bitstack.compression.fetch;

import io.bitstack.compression.error.CompressionException;
import io.bitstack.compression.error.ErrorCode;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tries again what a server may do better the next time, after longer and longer rests, until it is cancelled. */
final class Tries {
    private static final Logger LOG = LoggerFactory.getLogger(Tries.class);

    /** Something that fails while a server does not answer as it should. */
    interface Attempt {
        void make() throws IOException;
    }

    private final String origin;
    private final int most;
    private final Duration rest;
    private final BooleanSupplier cancelled;

    /**
     * @param origin what to call the server in messages
     * @param most how often one thing is tried
     * @param rest before the second try; it grows
     */
    Tries(String origin, int most, Duration rest, BooleanSupplier cancelled) {
        this.origin = origin;
        this.most = most;
        this.rest = rest;
        this.cancelled = cancelled;
    }

    /**
     * @param file what is fetched, for messages
     * @throws CompressionException {@code SOURCE_UNREACHABLE} after the last try
     * @throws CancellationException once it is cancelled
     */
    void make(String file, Attempt attempt) {
        for (int count = 1; ; count++) {
            requireNotCancelled();
            try {
                attempt.make();
                return;
            } catch (IOException e) {
                if (count >= most) {
                    throw new CompressionException(
                            ErrorCode.SOURCE_UNREACHABLE,
                            "%s could not be fetched from %s: %s".formatted(file, origin, e.getMessage()),
                            e);
                }
                LOG.info("{} is fetched on after {}", file, e.toString());
                rest(count);
            }
        }
    }

    /** @throws CancellationException if it is cancelled */
    void requireNotCancelled() {
        if (cancelled.getAsBoolean()) {
            throw new CancellationException();
        }
    }

    private void rest(int attempt) {
        long endNanos = System.nanoTime() + rest.multipliedBy(attempt).toNanos();
        while (System.nanoTime() < endNanos) {
            requireNotCancelled();
            try {
                Thread.sleep(Math.clamp((endNanos - System.nanoTime()) / 1_000_000, 1, 200));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new CancellationException("interrupted while fetching");
            }
        }
    }
}
