package io.bitstack.inference.engine;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** The answer to one request as it comes; its events are few, since the request's tokens are bounded. Close it, come what may. */
public final class Generation implements AutoCloseable {
    private final BlockingQueue<GenerationEvent> events = new LinkedBlockingQueue<>();
    private final Runnable wake;
    private volatile boolean cancelled;

    Generation(Runnable wake) {
        this.wake = wake;
    }

    /** The next event, or empty if there is none for so long. Not to be called after the last one. */
    public Optional<GenerationEvent> next(Duration patience) throws InterruptedException {
        return Optional.ofNullable(events.poll(patience.toNanos(), TimeUnit.NANOSECONDS));
    }

    /** Frees what the generation holds, at the next step, if it has not ended. */
    @Override
    public void close() {
        cancelled = true;
        wake.run();
    }

    boolean cancelled() {
        return cancelled;
    }

    void tell(GenerationEvent event) {
        events.add(event);
    }
}
