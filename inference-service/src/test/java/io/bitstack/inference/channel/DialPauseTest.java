package io.bitstack.inference.channel;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** A gateway that cannot be reached is dialled ever less often, but never seldom. */
class DialPauseTest {
    private static final Duration LONGEST = Duration.ofHours(1);

    private static void fail(DialPause pause, int times) {
        for (int i = 0; i < times; i++) {
            pause.failed();
        }
    }

    @Test
    void nobodyWaitsForTheFirstTry() {
        assertThat(new DialPause(LONGEST).leftNanos()).isNotPositive();
    }

    @Test
    void eachFailureDoublesThePauseUpToItsBound() {
        DialPause pause = new DialPause(LONGEST);
        pause.failed();
        assertThat(pause.leftNanos()).isLessThanOrEqualTo(DialPause.FIRST.toNanos() * 3 / 2);
        fail(pause, 50);
        // The bound is so far away that no machine is busy enough to reach it meanwhile.
        assertThat(pause.leftNanos())
                .isGreaterThan(LONGEST.dividedBy(4).toNanos())
                .isLessThanOrEqualTo(LONGEST.toNanos() * 3 / 2);
    }

    @Test
    void aConnectionThatCameAboutStartsItAnew() {
        DialPause pause = new DialPause(LONGEST);
        fail(pause, 50);
        pause.succeeded();
        pause.failed();
        assertThat(pause.leftNanos()).isLessThanOrEqualTo(DialPause.FIRST.toNanos() * 3 / 2);
    }
}
