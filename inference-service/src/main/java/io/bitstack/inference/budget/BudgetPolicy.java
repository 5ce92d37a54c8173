package io.bitstack.inference.budget;

import java.time.Duration;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * Turns what was asked for and what the system has into a budget that does not flap: it shrinks at once, grows only after it has
 * stayed for a while, and passes over small changes. Not safe for many threads.
 */
final class BudgetPolicy {
    /** A change of less than this share of the budget is none. */
    private static final double HYSTERESIS = 0.02;
    /** Above this the budget is squeezed, below {@link #CALM_PERCENT} let go of, and between left alone. */
    private static final double PRESSURE_PERCENT = 10;

    private static final double CALM_PERCENT = 1;
    private static final double SQUEEZE_STEP = 0.1;
    private static final double RELEASE_STEP = 0.05;
    private static final double MOST_SQUEEZE = 0.5;
    /** The kernel's average is over ten seconds: sooner it has not seen what the last step did. */
    private static final Duration BETWEEN_SQUEEZES = Duration.ofSeconds(5);

    private final Duration dwell;
    private long budgetBytes = -1;
    private @Nullable Wanted last;
    private double squeeze;
    private long changedNanos;
    private long squeezedNanos;

    BudgetPolicy(Duration dwell) {
        this.dwell = dwell;
    }

    /**
     * What was asked for.
     *
     * @param bytes 0 for a share
     * @param share of the limit
     */
    record Wanted(long bytes, double share) {}

    /** @param limitBytes of cgroup or machine; {@code nowNanos} by a clock that only goes forward */
    long next(Wanted wanted, long limitBytes, OptionalDouble pressurePercent, long nowNanos) {
        boolean isNew = !wanted.equals(last);
        last = wanted;
        if (wanted.bytes() > 0) {
            squeeze = 0;
            return set(Math.min(wanted.bytes(), limitBytes), nowNanos);
        }
        if (isNew) {
            squeeze = 0;
        }
        pressurePercent.ifPresent(percent -> squeeze(percent, nowNanos));
        long raw = (long) (wanted.share() * limitBytes * (1 - squeeze));
        boolean small = Math.abs(raw - budgetBytes) < HYSTERESIS * budgetBytes;
        boolean tooSoon = raw > budgetBytes && nowNanos - changedNanos < dwell.toNanos();
        return budgetBytes >= 0 && !isNew && (small || tooSoon) ? budgetBytes : set(raw, nowNanos);
    }

    private void squeeze(double percent, long nowNanos) {
        if (percent >= PRESSURE_PERCENT
                && squeeze < MOST_SQUEEZE
                && (squeeze == 0 || nowNanos - squeezedNanos >= BETWEEN_SQUEEZES.toNanos())) {
            squeeze = Math.min(MOST_SQUEEZE, squeeze + SQUEEZE_STEP);
            squeezedNanos = nowNanos;
        } else if (percent < CALM_PERCENT && squeeze > 0 && nowNanos - squeezedNanos >= dwell.toNanos()) {
            squeeze = Math.max(0, squeeze - RELEASE_STEP);
            squeezedNanos = nowNanos;
        }
    }

    private long set(long bytes, long nowNanos) {
        if (bytes != budgetBytes) {
            budgetBytes = bytes;
            changedNanos = nowNanos;
        }
        return budgetBytes;
    }
}
