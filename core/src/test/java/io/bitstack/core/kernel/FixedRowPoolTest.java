package io.bitstack.core.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FixedRowPoolTest {
    @ParameterizedTest
    @CsvSource({"1,1,1", "2,1,8", "2,17,8", "3,64,8", "3,65,16", "4,207,1", "2,7,100"})
    void everyRowOnceAndPartsStartOnTheGrain(int threads, int rows, int grain) {
        try (FixedRowPool pool = new FixedRowPool(threads)) {
            AtomicIntegerArray visits = new AtomicIntegerArray(rows);
            pool.forRows(rows, grain, (from, to) -> {
                assertThat(from % grain).isZero();
                for (int row = from; row < to; row++) {
                    visits.incrementAndGet(row);
                }
            });
            for (int row = 0; row < rows; row++) {
                assertThat(visits.get(row)).isEqualTo(1);
            }
        }
    }

    @Test
    void anErrorInAnyPartReachesTheCaller() {
        try (FixedRowPool pool = new FixedRowPool(2)) {
            assertThatThrownBy(() -> pool.forRows(10, 1, (from, to) -> {
                        if (from == 0) {
                            throw new IllegalStateException("part failed");
                        }
                    }))
                    .hasMessage("part failed");
        }
    }
}
