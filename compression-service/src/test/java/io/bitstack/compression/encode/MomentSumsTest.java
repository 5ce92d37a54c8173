package io.bitstack.compression.encode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.assertj.core.api.Assertions.within;

import io.bitstack.core.codec.InputStatistics;
import io.bitstack.core.kernel.FixedRowPool;
import io.bitstack.core.kernel.RowPool;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MomentSumsTest {
    /** Sizes below, at and above those of tiles, and more tokens than are held. */
    @ParameterizedTest
    @CsvSource({"1, 900", "13, 60", "63, 1700", "207, 801", "384, 768", "385, 1600", "800, 40"})
    void sumsWhatAPlainLoopSums(int columns, int tokens) {
        Random random = new Random(columns);
        int window = Math.max(1, tokens / 3);
        int all = window * 3;
        float[] x = new float[all * columns];
        for (int i = 0; i < x.length; i++) {
            x[i] = (float) (random.nextGaussian() * (1 + i % columns % 7));
        }
        InputStatistics sums = sums(columns, window, x, all, 100, RowPool.SINGLE);
        for (int i = 0; i < columns; i++) {
            for (int j = 0; j <= i; j++) {
                double product = 0;
                double size = 0;
                for (int t = 0; t < all; t++) {
                    double one = (double) x[t * columns + i] * x[t * columns + j];
                    product += one;
                    size += Math.abs(one);
                }
                float sum = sums.secondMoment()[i * columns + j];
                if (sum != sums.secondMoment()[j * columns + i]
                        || !(Math.abs(sum - product / all) <= 3e-6 * size / all)) {
                    fail(
                            "H at %d, %d is %g and %g, not %g",
                            i, j, sum, sums.secondMoment()[j * columns + i], product / all);
                }
            }
            double norms = 0;
            for (int w = 0; w < 3; w++) {
                double squares = 0;
                for (int t = w * window; t < (w + 1) * window; t++) {
                    squares += (double) x[t * columns + i] * x[t * columns + i];
                }
                norms += Math.sqrt(squares);
            }
            assertThat(sums.scale()[i]).isCloseTo((float) (norms / 3 + 1e-3), within((float) (1e-5 * norms)));
        }
        assertThat(sums(columns, window, x, all, all, RowPool.SINGLE).secondMoment())
                .as("however many tokens come at a time")
                .isEqualTo(sums.secondMoment());
        try (FixedRowPool pool = new FixedRowPool(3)) {
            assertThat(sums(columns, window, x, all, 77, pool))
                    .as("with any number of threads")
                    .satisfies(several -> {
                        assertThat(several.secondMoment()).isEqualTo(sums.secondMoment());
                        assertThat(several.scale()).isEqualTo(sums.scale());
                    });
        }
    }

    private static InputStatistics sums(int columns, int window, float[] x, int tokens, int together, RowPool pool) {
        MomentSums sums = new MomentSums(columns, window);
        for (int first = 0; first < tokens; first += together) {
            int count = Math.min(together, tokens - first);
            sums.add(Arrays.copyOfRange(x, first * columns, (first + count) * columns), count, pool);
        }
        return sums.mean(pool);
    }
}
