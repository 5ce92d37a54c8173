package io.bitstack.compression.job;

import io.bitstack.compression.encode.Progress;
import io.bitstack.compression.encode.Step;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Collects what a running job reports, and measures how fast it goes. Cheap to call, from any thread. */
final class ProgressMeter implements Progress {
    private final LongSupplier nanos;
    private @Nullable Step step;
    private long stepStartNanos;
    private int done;
    private int total;
    private @Nullable String current;
    private double error = Double.NaN;
    private long bytesWritten;

    /** @param nanos a clock that only goes forward, {@code System::nanoTime} */
    ProgressMeter(LongSupplier nanos) {
        this.nanos = nanos;
    }

    @Override
    public synchronized void step(Step next) {
        step = next;
        stepStartNanos = nanos.getAsLong();
        done = 0;
        total = 0;
        current = null;
        error = Double.NaN;
    }

    @Override
    public synchronized void matrices(int unitsDone, int unitsTotal, String name, double nameError) {
        done = unitsDone;
        total = unitsTotal;
        current = name;
        error = nameError;
    }

    @Override
    public synchronized void bytes(long written) {
        bytesWritten = written;
    }

    synchronized JobProgress snapshot() {
        return new JobProgress(
                step, done, total, bytesWritten, etaSeconds(), current, Double.isFinite(error) ? error : null);
    }

    private @Nullable Long etaSeconds() {
        if (done == 0 || total == 0) {
            return null;
        }
        double nanosPerUnit = (double) (nanos.getAsLong() - stepStartNanos) / done;
        return Math.round(nanosPerUnit * (total - done) / TimeUnit.SECONDS.toNanos(1));
    }
}
