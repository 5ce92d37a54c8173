package io.bitstack.core.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WideTableTest {
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
    void valuesAreWithinHalfAStepAndFitTheirBits(int level) {
        float[] table = gaussians(1 << level);
        Arrays.sort(table);
        WideTable wide = WideTable.of(table);
        assertWithinHalfAStep(table, wide);
        float range = table[table.length - 1] - table[0];
        assertThat(wide.unit()).isLessThan(range / (level <= 5 ? 200 : level == 6 ? 65_000 : 500));
    }

    @Test
    void tablesInNoOrderAreHeldMoreCoarsely() {
        float[] table = gaussians(256);
        assertWithinHalfAStep(table, WideTable.of(table));
    }

    private static void assertWithinHalfAStep(float[] table, WideTable wide) {
        for (int c = 0; c < table.length; c++) {
            // Half a step, and what binary32 leaves of so many steps.
            assertThat(wide.value(c)).isCloseTo(table[c], within(0.501f * wide.unit() + 1e-6f));
        }
        assertThat(Arrays.stream(wide.high())).allMatch(value -> value >= 0 && value <= 255);
        assertThat(Arrays.stream(wide.low())).allMatch(value -> value >= 0 && value <= 255);
    }

    @Test
    void smallTablesAreRepeated() {
        ByteBuffer bytes = ByteBuffer.allocate(WideTable.writtenBytes());
        new WideTable(1, 0, 256, new int[64], new int[] {3, 4}).write(bytes);
        assertThat(bytes.position()).isEqualTo(320);
        for (int i = 0; i < 256; i += 2) {
            assertThat(bytes.get(i)).isEqualTo((byte) 3);
            assertThat(bytes.get(i + 1)).isEqualTo((byte) 4);
        }
    }

    @Test
    void bitsOfTheLastPlanesStandAboveTheOthers() {
        int[] low = new int[256];
        Arrays.setAll(low, c -> c);
        ByteBuffer bytes = ByteBuffer.allocate(WideTable.writtenBytes());
        new WideTable(1, 0, 64, new int[64], low).write(bytes);
        assertThat(bytes.get(0b00_100001)).isEqualTo((byte) 0b100001_00);
        assertThat(bytes.get(0b01_100001)).isEqualTo((byte) 0b100001_10);
        assertThat(bytes.get(0b10_100001)).isEqualTo((byte) 0b100001_01);
    }

    @Test
    void oneValueEverywhereIsExact() {
        float[] table = new float[64];
        Arrays.fill(table, -0.7f);
        assertThat(WideTable.of(table).value(63)).isEqualTo(-0.7f);
    }

    @Test
    void aValueThatIsNoNumberStaysOne() {
        float[] table = gaussians(32);
        table[3] = Float.NaN;
        assertThat(WideTable.of(table).value(3)).isNaN();
    }

    private static float[] gaussians(int count) {
        Random random = new Random(31);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }
}
