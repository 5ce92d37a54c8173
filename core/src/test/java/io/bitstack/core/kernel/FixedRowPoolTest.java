package io.bitstack.core.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
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

    @Test
    void anErrorInAHelpersPartReachesTheCallerAndTheNextLoopWorks() throws InterruptedException {
        try (FixedRowPool pool = new FixedRowPool(2)) {
            Thread caller = Thread.currentThread();
            CountDownLatch helping = new CountDownLatch(1);
            assertThatThrownBy(() -> pool.forRows(2, 1, (from, to) -> {
                        if (Thread.currentThread() != caller) {
                            helping.countDown();
                            throw new AssertionError("helper failed");
                        }
                        await(helping);
                    }))
                    .isInstanceOf(IllegalStateException.class)
                    .hasRootCauseMessage("helper failed");
            assertThat(sum(pool, 1000)).isEqualTo(499_500);
        }
    }

    @Test
    void aLoopWithinALoopRunsOnItsCaller() {
        try (FixedRowPool pool = new FixedRowPool(2)) {
            AtomicLong sum = new AtomicLong();
            pool.forRows(8, 1, (from, to) -> {
                for (int row = from; row < to; row++) {
                    sum.addAndGet(sum(pool, 100));
                }
            });
            assertThat(sum.get()).isEqualTo(8 * 4950);
        }
    }

    @Test
    void aClosedPoolRunsLoopsOnTheCallerAlone() {
        FixedRowPool pool = new FixedRowPool(3);
        assertThat(sum(pool, 1000)).isEqualTo(499_500);
        pool.close();
        Thread caller = Thread.currentThread();
        pool.forRows(100, 1, (from, to) -> assertThat(Thread.currentThread()).isSameAs(caller));
        assertThat(sum(pool, 1000)).isEqualTo(499_500);
    }

    @Test
    void closedDuringALoopItEndsItsThreadsAfterIt() throws InterruptedException {
        List<Thread> helpers = new ArrayList<>();
        FixedRowPool pool = new FixedRowPool(2);
        Thread caller = Thread.currentThread();
        CountDownLatch helping = new CountDownLatch(1);
        CountDownLatch closed = new CountDownLatch(1);
        pool.forRows(2, 1, (from, to) -> {
            if (Thread.currentThread() == caller) {
                await(helping);
                pool.close();
                closed.countDown();
            } else {
                helpers.add(Thread.currentThread());
                helping.countDown();
                await(closed); // lest it take both parts
            }
        });
        helpers.getFirst().join(TimeUnit.SECONDS.toMillis(60));
        assertThat(helpers.getFirst().isAlive()).isFalse();
    }

    @Test
    void anIdleHelperSleepsAndWakesAgain() throws InterruptedException {
        try (FixedRowPool pool = new FixedRowPool(2)) {
            for (int round = 0; round < 3; round++) {
                Thread helper = helperOf(pool);
                long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
                while (helper.getState() != Thread.State.WAITING && System.nanoTime() - end < 0) {
                    Thread.sleep(1);
                }
                assertThat(helper.getState()).isEqualTo(Thread.State.WAITING);
            }
        }
    }

    /** The thread that takes a part beside the caller, who does not end before one has. */
    private static Thread helperOf(FixedRowPool pool) {
        Thread caller = Thread.currentThread();
        List<Thread> helpers = new ArrayList<>();
        CountDownLatch helping = new CountDownLatch(1);
        pool.forRows(2, 1, (from, to) -> {
            if (Thread.currentThread() == caller) {
                await(helping);
            } else {
                helpers.add(Thread.currentThread());
                helping.countDown();
            }
        });
        return helpers.getFirst();
    }

    /** More threads that call and spin than processors, two callers for each pool: every sum is right, and all come to an end. */
    @Test
    void poolsAndCallersDoNotStarveOneAnother() throws Exception {
        try (FixedRowPool first = new FixedRowPool(3);
                FixedRowPool second = new FixedRowPool(2);
                ExecutorService callers = Executors.newFixedThreadPool(4)) {
            List<Future<Long>> sums = new ArrayList<>();
            for (FixedRowPool pool : List.of(first, second, first, second)) {
                sums.add(callers.submit(() -> {
                    long sum = 0;
                    for (int loop = 0; loop < 20_000; loop++) {
                        sum += sum(pool, loop % 50 + 1);
                    }
                    return sum;
                }));
            }
            long expected = 0;
            for (int loop = 0; loop < 20_000; loop++) {
                expected += (long) (loop % 50 + 1) * (loop % 50) / 2;
            }
            for (Future<Long> sum : sums) {
                assertThat(sum.get(2, TimeUnit.MINUTES)).isEqualTo(expected);
            }
        }
    }

    /** 0 + 1 + … + (rows − 1), by a loop over rows. */
    private static long sum(FixedRowPool pool, int rows) {
        long[] values = new long[rows];
        pool.forRows(rows, 1, (from, to) -> {
            for (int row = from; row < to; row++) {
                values[row] = row;
            }
        });
        long sum = 0;
        for (long value : values) {
            sum += value;
        }
        return sum;
    }

    private static void await(CountDownLatch latch) {
        try {
            if (!latch.await(60, TimeUnit.SECONDS)) {
                throw new IllegalStateException("no other thread took a part");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
