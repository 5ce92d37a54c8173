package io.bitstack.standalone.scenario;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Gives a node another budget every few seconds. */
final class Resizer implements AutoCloseable {
    private final List<Long> budgetsBytes;
    private final Duration pause;
    private final Change change;
    private final SplittableRandom random = new SplittableRandom(17);
    private final AtomicInteger resizes = new AtomicInteger();
    private final Thread thread;
    private volatile boolean over;
    private volatile @Nullable Exception failed;

    /** Sets the budget. */
    interface Change {
        void to(long budgetBytes) throws IOException;
    }

    Resizer(List<Long> budgetsBytes, Duration pause, Change change) {
        this.budgetsBytes = List.copyOf(budgetsBytes);
        this.pause = pause;
        this.change = change;
        this.thread = Thread.ofVirtual().start(this::run);
    }

    private void run() {
        try {
            while (!over) {
                change.to(budgetsBytes.get(random.nextInt(budgetsBytes.size())));
                resizes.incrementAndGet();
                Thread.sleep(pause);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            failed = over ? null : e; // the last one is broken off
        }
    }

    int resizes() {
        return resizes.get();
    }

    @Override
    public void close() throws IOException {
        over = true;
        thread.interrupt();
        if (failed != null) {
            throw new IOException("a budget could not be set", failed);
        }
    }
}
