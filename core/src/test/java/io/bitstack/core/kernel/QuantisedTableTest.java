package io.bitstack.core.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class QuantisedTableTest {
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
    void valuesAreWithinHalfAStepAndFitTheirBits(int level) {
        float[] table = gaussians(1 << level);
        Arrays.sort(table);
        QuantisedTable quantised = QuantisedTable.of(table);
        assertWithinHalfAStep(table, quantised, level);
        float range = table[table.length - 1] - table[0];
        assertThat(quantised.unit()).isLessThan(range / (level <= 4 ? 95 : 200));
    }

    @Test
    void tablesInNoOrderAreHeldMoreCoarsely() {
        float[] table = gaussians(256);
        assertWithinHalfAStep(table, QuantisedTable.of(table), 8);
    }

    @Test
    void oneValueEverywhereIsExact() {
        float[] table = new float[64];
        Arrays.fill(table, -0.7f);
        assertThat(QuantisedTable.of(table).value(63, 6)).isEqualTo(-0.7f);
    }

    @Test
    void aValueThatIsNoNumberStaysOne() {
        float[] table = gaussians(32);
        table[3] = Float.NaN;
        assertThat(QuantisedTable.of(table).value(3, 5)).isNaN();
    }

    private static void assertWithinHalfAStep(float[] table, QuantisedTable quantised, int level) {
        for (int c = 0; c < table.length; c++) {
            assertThat(quantised.value(c, level)).isCloseTo(table[c], within(0.501f * quantised.unit()));
        }
        assertThat(Arrays.stream(quantised.coarse())).allMatch(value -> value >= 0 && value <= 31);
        for (int[] values : quantised.fine()) {
            assertThat(Arrays.stream(values)).allMatch(value -> value >= 0 && value <= 127);
        }
    }

    private static float[] gaussians(int count) {
        Random random = new Random(29);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }
}
