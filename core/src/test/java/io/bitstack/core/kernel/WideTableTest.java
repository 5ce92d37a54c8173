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
        WideTable wide = WideTable.of(table);
        float range = 0;
        for (float value : table) {
            range = Math.max(range, value - wide.smallest());
        }
        assertThat(wide.unit()).isLessThan(range / (level <= 4 ? 200 : 65_000));
        for (int c = 0; c < table.length; c++) {
            // Half a step, and what binary32 leaves of so many steps.
            assertThat(wide.value(c)).isCloseTo(table[c], within(0.501f * wide.unit() + 2e-7f * range));
        }
        assertThat(Arrays.stream(wide.steps())).allMatch(step -> step >= 0 && step <= (level <= 4 ? 255 : 65_535));
    }

    @Test
    void smallTablesAreRepeatedInBothHalves() {
        ByteBuffer bytes = ByteBuffer.allocate(WideTable.writtenBytes());
        new WideTable(1, 0, new int[] {3, 0x0204}).write(bytes);
        assertThat(bytes.position()).isEqualTo(512);
        for (int i = 0; i < 256; i += 2) {
            assertThat(bytes.get(i)).isEqualTo((byte) 3);
            assertThat(bytes.get(i + 1)).isEqualTo((byte) 4);
            assertThat(bytes.get(256 + i)).isZero();
            assertThat(bytes.get(256 + i + 1)).isEqualTo((byte) 2);
        }
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
