package io.bitstack.inference.budget;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** What is set aside for the process does not move with each look at it, or else the model's share of the budget would. */
class JvmOverheadTest {
    private static final long MIB = 1L << 20;
    private static final int LOOKS = 60;

    private final JvmOverhead overhead = new JvmOverhead();

    @Test
    void aProcessThatSwingsALittleSetsTheSameAside() {
        for (int look = 0; look < 3 * LOOKS; look++) {
            assertThat(overhead.observe((look % 2 == 0 ? 110 : 98) * MIB + look))
                    .as("look %d", look)
                    .isEqualTo(112 * MIB);
        }
    }

    @Test
    void aRiseIsFollowedAtOnceAndAFallAfterAWhile() {
        assertThat(overhead.observe(100 * MIB)).isEqualTo(112 * MIB);
        assertThat(overhead.observe(113 * MIB)).isEqualTo(128 * MIB);
        for (int look = 1; look < LOOKS; look++) {
            assertThat(overhead.observe(20 * MIB)).as("look %d", look).isEqualTo(128 * MIB);
        }
        assertThat(overhead.observe(20 * MIB)).isEqualTo(32 * MIB);
    }
}
