package io.bitstack.inference.engine;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Counts tokens by second, for the rate over the last whole seconds. Safe for many threads. */
final class TokenRate {
    private static final int SECONDS = 10;

    private final long[] second = new long[SECONDS + 1];
    private final long[] tokens = new long[SECONDS + 1];

    TokenRate() {
        Arrays.fill(second, Long.MIN_VALUE);
    }

    synchronized void add(long nowSecond, int count) {
        int slot = (int) Math.floorMod(nowSecond, (long) second.length);
        if (second[slot] != nowSecond) {
            second[slot] = nowSecond;
            tokens[slot] = 0;
        }
        tokens[slot] += count;
    }

    /** Tokens a second since the first of the last ten whole seconds that had any, or null if none had. */
    synchronized @Nullable Double perSecond(long nowSecond) {
        long sum = 0;
        long first = nowSecond;
        for (int i = 0; i < second.length; i++) {
            if (second[i] >= nowSecond - SECONDS && second[i] < nowSecond) {
                sum += tokens[i];
                first = Math.min(first, second[i]);
            }
        }
        return sum == 0 ? null : (double) sum / (nowSecond - first);
    }
}
