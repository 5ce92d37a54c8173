package io.bitstack.inference.engine;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TokenRateTest {
    @Test
    void countsWholeSecondsOnlyAndForgetsOldOnes() {
        TokenRate rate = new TokenRate();
        assertThat(rate.perSecond(100)).isNull();
        rate.add(100, 30);
        assertThat(rate.perSecond(100)).as("the second is not over").isNull();
        assertThat(rate.perSecond(101)).isEqualTo(30.0);
        rate.add(102, 30);
        assertThat(rate.perSecond(103)).isEqualTo(20.0);
        assertThat(rate.perSecond(111)).as("100 is forgotten").isEqualTo(30 / 9.0);
        assertThat(rate.perSecond(113)).isNull();
    }
}
