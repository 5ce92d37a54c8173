package io.bitstack.compression.encode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Loops that other threads join while they have nothing else to do. */
class CoresTest {
    private static final long MOMENT_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    private final Cores cores = new Cores(4);
    private final ExecutorService others = Executors.newFixedThreadPool(3);

    @AfterEach
    void close() throws InterruptedException {
        others.shutdownNow();
        assertThat(others.awaitTermination(1, TimeUnit.MINUTES)).isTrue();
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "7, 1", "7, 10", "1000, 1", "1001, 64", "100000, 7"})
    void everyRowIsDoneOnceWhoeverHelps(int rows, int grain) throws Exception {
        AtomicBoolean ended = new AtomicBoolean();
        Future<?> first = helper(ended);
        Future<?> second = helper(ended);
        for (int loop = 0; loop < 20; loop++) {
            AtomicIntegerArray done = new AtomicIntegerArray(rows);
            cores.forRows(rows, grain, (from, to) -> {
                assertThat(from % grain).isZero();
                for (int i = from; i < to; i++) {
                    done.incrementAndGet(i);
                }
            });
            for (int i = 0; i < rows; i++) {
                assertThat(done.get(i)).as("row %d", i).isEqualTo(1);
            }
        }
        ended.set(true);
        first.get();
        second.get();
    }

    private Future<?> helper(AtomicBoolean ended) {
        return others.submit(() -> {
            while (!ended.get()) {
                cores.help(MOMENT_NANOS);
            }
        });
    }

    /** The caller's row waits for the helper's: what fails there is thrown here, and the helper goes on. */
    @Test
    void aFailureOfWhoHelpsIsTheCallers() throws Exception {
        CountDownLatch both = new CountDownLatch(2);
        AtomicBoolean ended = new AtomicBoolean();
        Thread caller = Thread.currentThread();
        Future<?> helper = helper(ended);
        assertThatThrownBy(() -> cores.forRows(2, 1, (from, to) -> {
                    both.countDown();
                    await(both);
                    if (Thread.currentThread() != caller) {
                        throw new IllegalStateException("of the helper");
                    }
                }))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("of the helper");
        ended.set(true);
        helper.get();
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void whoWaitsForALockHelpsWhoHasIt() throws Exception {
        ReentrantLock lock = new ReentrantLock();
        CountDownLatch both = new CountDownLatch(2);
        CountDownLatch locked = new CountDownLatch(1);
        Future<?> holder = others.submit(() -> {
            lock.lock();
            try {
                locked.countDown();
                cores.forRows(2, 1, (from, to) -> {
                    both.countDown();
                    await(both);
                });
            } finally {
                lock.unlock();
            }
        });
        locked.await();
        cores.takeCore();
        cores.lock(lock);
        try {
            assertThat(both.getCount()).isZero();
        } finally {
            lock.unlock();
            cores.freeCore();
        }
        holder.get();
    }

    /** One core: who holds the lock needs it once it has read, and who waits for the lock has it. */
    @Test
    void whoWaitsForALockLetsGoOfItsCore() throws Exception {
        Cores one = new Cores(1);
        ReentrantLock lock = new ReentrantLock();
        CountDownLatch reading = new CountDownLatch(1);
        CountDownLatch taken = new CountDownLatch(1);
        Future<String> holder = others.submit(() -> {
            one.takeCore();
            lock.lock();
            try {
                return one.without(() -> {
                    reading.countDown();
                    await(taken);
                    return "read";
                });
            } finally {
                lock.unlock();
                one.freeCore();
            }
        });
        reading.await();
        one.takeCore();
        taken.countDown();
        one.lock(lock);
        lock.unlock();
        one.freeCore();
        assertThat(holder.get()).isEqualTo("read");
    }

    /** One core, which one waits for to begin something, and later another one, to go on. */
    @RepeatedTest(20)
    void whoHasBegunComesFirst() throws Exception {
        Cores one = new Cores(1);
        Queue<String> order = new ConcurrentLinkedQueue<>();
        CountDownLatch reading = new CountDownLatch(1);
        CountDownLatch read = new CountDownLatch(1);
        Thread begun = new Thread(() -> {
            one.takeCore();
            try {
                one.without(() -> {
                    reading.countDown();
                    await(read);
                    return "read";
                });
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            order.add("goes on");
            one.freeCore();
        });
        begun.start();
        reading.await();
        one.takeCore();
        Thread next = new Thread(() -> {
            one.takeCore();
            order.add("begins");
            one.freeCore();
        });
        next.start();
        awaitWaiting(next);
        read.countDown();
        awaitWaiting(begun);
        one.freeCore();
        begun.join();
        next.join();
        assertThat(order).containsExactly("goes on", "begins");
    }

    /** Until a thread waits for a core; it waits for a latch before, which is open by then. */
    private static void awaitWaiting(Thread thread) {
        while (Arrays.stream(thread.getStackTrace())
                .noneMatch(frame -> frame.getClassName().equals(Cores.class.getName())
                        && frame.getMethodName().equals("awaitUninterrupted"))) {
            Thread.onSpinWait();
        }
    }

    /** The only core is the caller's, who does each row while another thread stands by. */
    @Test
    void nobodyHelpsWithoutACore() throws Exception {
        Cores one = new Cores(1);
        CountDownLatch ended = new CountDownLatch(1);
        AtomicIntegerArray looks = new AtomicIntegerArray(1);
        Future<?> idle = others.submit(() -> {
            while (ended.getCount() > 0) {
                one.help(TimeUnit.MILLISECONDS.toNanos(1));
                looks.incrementAndGet(0);
            }
        });
        Set<Thread> threads = ConcurrentHashMap.newKeySet();
        one.takeCore();
        one.forRows(4, 1, (from, to) -> {
            threads.add(Thread.currentThread());
            int before = looks.get(0);
            while (looks.get(0) < before + 3 && threads.size() == 1) {
                Thread.onSpinWait();
            }
        });
        one.freeCore();
        ended.countDown();
        idle.get();
        assertThat(threads).containsExactly(Thread.currentThread());
    }

    @Test
    void whoIsInterruptedDoesNotWaitForLoops() {
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> cores.help(MOMENT_NANOS)).isInstanceOf(CancellationException.class);
        assertThat(Thread.interrupted()).isTrue();
    }
}
