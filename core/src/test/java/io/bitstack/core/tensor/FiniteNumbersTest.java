package io.bitstack.core.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FiniteNumbersTest {
    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
    void theFirstOfThoseThatAreNotFiniteIsFoundWhereverItIs(float bad) {
        for (int at = 0; at < 70; at++) {
            float[] values = new float[100];
            values[3] = -Float.MAX_VALUE;
            values[at] = bad;
            values[80] = bad;
            assertThat(FiniteNumbers.firstNotFinite(values, 0, 100)).isEqualTo(at);
            assertThat(FiniteNumbers.firstNotFinite(values, at + 1, 80)).isEqualTo(-1);
            assertThat(FiniteNumbers.firstNotFinite(values, at, at)).isEqualTo(-1);
        }
    }

    @ParameterizedTest
    @ValueSource(floats = {0, -0f, Float.MIN_VALUE, Float.MAX_VALUE, -Float.MAX_VALUE})
    void numbersAreFiniteUpToTheLargest(float value) {
        assertThat(FiniteNumbers.firstNotFinite(new float[] {value, 1, value}, 0, 3))
                .isEqualTo(-1);
    }
}
