package io.bitstack.compression.encode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Threads that take tasks from a board: each once, never more than fit, and none goes on after a failure or a cancel. */
class CrewTest {
    private static final long WEIGHTS_AT_ONCE = 1000;
    /** Long enough that another thread, if it may, begins a task meanwhile. */
    private static final long TASK_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    private final LocalTaskBoard board = new LocalTaskBoard();
    private final Cores cores = new Cores(5);

    private void post(int count, long weights) {
        List<TaskBoard.Task> tasks = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            tasks.add(new TaskBoard.Task(TaskKind.ENCODE, i, count - i, "place " + i % 3, weights, ""));
        }
        board.post(TaskKind.ENCODE, "basis", tasks);
    }

    private void work(Crew crew, int threads, int count, Crew.Execution execution) throws IOException {
        TreeMap<Integer, String> results = new TreeMap<>();
        crew.work(threads, List.of(TaskKind.ENCODE), Set::of, execution, () -> {
            results.putAll(board.results(TaskKind.ENCODE, results.keySet()));
            return results.size() == count;
        });
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5})
    void everyTaskIsDoneOnceAndThoseInWorkFitIntoMemory(int threads) throws IOException {
        long weights = WEIGHTS_AT_ONCE * 2 / 5;
        post(20, weights);
        AtomicLong inWork = new AtomicLong();
        AtomicLong most = new AtomicLong();
        work(new Crew(board, WEIGHTS_AT_ONCE, 1, cores, () -> false), threads, 20, task -> {
            most.accumulateAndGet(inWork.addAndGet(task.weights()), Math::max);
            LockSupport.parkNanos(TASK_NANOS);
            inWork.addAndGet(-task.weights());
            return Made.of("done " + task.number());
        });
        assertThat(board.results(TaskKind.ENCODE, Set.of())).hasSize(20).containsEntry(7, "done 7");
        assertThat(most.get()).isLessThanOrEqualTo(2 * weights);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void noMoreScoresAreClaimedThanAreMadeAtOnce(int scores) throws IOException {
        List<TaskBoard.Task> tasks = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            tasks.add(new TaskBoard.Task(TaskKind.ORDER, i, i, "", 0, ""));
        }
        board.post(TaskKind.ORDER, "basis", tasks);
        AtomicLong inWork = new AtomicLong();
        AtomicLong most = new AtomicLong();
        new Crew(board, WEIGHTS_AT_ONCE, scores, cores, () -> false)
                .work(
                        4,
                        List.of(TaskKind.ORDER),
                        Set::of,
                        task -> {
                            most.accumulateAndGet(inWork.incrementAndGet(), Math::max);
                            LockSupport.parkNanos(TASK_NANOS);
                            inWork.decrementAndGet();
                            return Made.of("done");
                        },
                        () -> board.results(TaskKind.ORDER, Set.of()).size() == 20);
        assertThat(most.get()).isBetween(1L, (long) scores);
    }

    /** Two parts of the text, and a matrix: the second part waits, the matrix does not. */
    @Test
    void aWorkerTakesOnePartOfTheTextAtATime() throws IOException {
        List<TaskBoard.Task> parts = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            parts.add(new TaskBoard.Task(TaskKind.CALIBRATE, i, i, "text " + i, 0, ""));
        }
        board.post(TaskKind.CALIBRATE, "basis", parts);
        post(1, 1);
        List<TaskKind> begun = Collections.synchronizedList(new ArrayList<>());
        CountDownLatch two = new CountDownLatch(2);
        new Crew(board, WEIGHTS_AT_ONCE, 1, cores, () -> false)
                .work(
                        2,
                        List.of(TaskKind.CALIBRATE, TaskKind.ENCODE),
                        Set::of,
                        task -> {
                            begun.add(task.kind());
                            two.countDown();
                            awaitAll(two);
                            return Made.of("done");
                        },
                        () -> board.results(TaskKind.CALIBRATE, Set.of()).size() == 2);
        assertThat(begun).containsExactlyInAnyOrder(TaskKind.CALIBRATE, TaskKind.ENCODE, TaskKind.CALIBRATE);
        assertThat(begun.subList(0, 2)).contains(TaskKind.ENCODE);
    }

    /** One core, three threads: the store of each task but the last waits for the next one to be begun, which is never while another one computes. */
    @Test
    void theNextTaskIsBegunOnceTheLastOneIsOnlyBeingStored() throws IOException {
        post(6, 1);
        AtomicLong computing = new AtomicLong();
        AtomicLong most = new AtomicLong();
        List<CountDownLatch> begun =
                Stream.generate(() -> new CountDownLatch(1)).limit(6).toList();
        AtomicInteger count = new AtomicInteger();
        work(new Crew(board, WEIGHTS_AT_ONCE, 1, new Cores(1), () -> false), 3, 6, task -> {
            most.accumulateAndGet(computing.incrementAndGet(), Math::max);
            int own = count.getAndIncrement();
            begun.get(own).countDown();
            LockSupport.parkNanos(TASK_NANOS);
            computing.decrementAndGet();
            return () -> {
                awaitAll(begun.get(Math.min(5, own + 1)));
                return "done";
            };
        });
        assertThat(board.results(TaskKind.ENCODE, Set.of())).hasSize(6);
        assertThat(most.get()).isEqualTo(1);
    }

    @Test
    void aTaskThatCannotBeStoredIsFreeAgain() {
        post(1, 1);
        assertThatThrownBy(() -> work(new Crew(board, WEIGHTS_AT_ONCE, 1, cores, () -> false), 2, 1, task -> () -> {
                    throw new IOException("the disk is full");
                }))
                .hasMessage("the disk is full");
        assertThat(board.claim(List.of(TaskKind.ENCODE), Set.of(), 1)).isPresent();
    }

    /** What another worker has done is seen, though all threads are busy: here the only task ends when it was. */
    @Test
    void whetherItIsEnoughIsAskedWhileAllThreadsAreBusy() throws IOException {
        post(1, 1);
        CountDownLatch asked = new CountDownLatch(3);
        new Crew(board, WEIGHTS_AT_ONCE, 1, cores, () -> false)
                .work(
                        1,
                        List.of(TaskKind.ENCODE),
                        Set::of,
                        task -> {
                            awaitAll(asked);
                            return Made.of("done");
                        },
                        () -> {
                            asked.countDown();
                            return board.results(TaskKind.ENCODE, Set.of()).size() == 1;
                        });
        assertThat(asked.getCount()).isZero();
    }

    /** One core: whoever waits for it while the end comes to be known has asked before, when it had not come, and must not begin anything with it. */
    @Test
    void whoWaitedForACoreBeginsNothingOnceTheEndIsKnown() throws IOException {
        post(2, 1);
        Thread crew = Thread.currentThread();
        CountDownLatch bothHaveAsked = new CountDownLatch(2);
        Set<Thread> asked = ConcurrentHashMap.newKeySet();
        AtomicBoolean enough = new AtomicBoolean();
        AtomicBoolean isTold = new AtomicBoolean();
        CountDownLatch isKnown = new CountDownLatch(1);
        AtomicInteger begun = new AtomicInteger();
        BooleanSupplier cancelled = () -> {
            // The crew asks this again after it was told, and has then taken note.
            if (Thread.currentThread() == crew && isTold.get()) {
                isKnown.countDown();
            }
            return false;
        };
        new Crew(board, WEIGHTS_AT_ONCE, 1, new Cores(1), cancelled)
                .work(
                        2,
                        List.of(TaskKind.ENCODE),
                        Set::of,
                        task -> {
                            if (begun.incrementAndGet() == 1) {
                                awaitAll(bothHaveAsked);
                                enough.set(true);
                                awaitAll(isKnown);
                            }
                            return Made.of("done");
                        },
                        () -> {
                            boolean isEnough = enough.get();
                            if (Thread.currentThread() == crew) {
                                isTold.set(isEnough);
                            } else if (asked.add(Thread.currentThread())) {
                                bothHaveAsked.countDown();
                            }
                            return isEnough;
                        });
        assertThat(begun).hasValue(1);
    }

    private static void awaitAll(CountDownLatch latch) {
        try {
            if (!latch.await(5, TimeUnit.MINUTES)) {
                throw new IllegalStateException("nobody comes");
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aTaskThatFitsNowhereIsDoneAlone() throws IOException {
        post(2, 1L << 40);
        work(new Crew(board, WEIGHTS_AT_ONCE, 1, cores, () -> false), 2, 2, task -> Made.of("done"));
        assertThat(board.results(TaskKind.ENCODE, Set.of())).hasSize(2);
    }

    /** One task, whose two rows wait for each other: on one thread they would for ever. */
    @Test
    void whoHasNoTaskHelpsWithTheLoopsOfAnother() throws IOException {
        post(1, 1);
        Set<String> threads = ConcurrentHashMap.newKeySet();
        work(new Crew(board, WEIGHTS_AT_ONCE, 1, cores, () -> false), 2, 1, task -> onTwo(threads));
        assertThat(threads).hasSize(2);
    }

    /** Two scores, one at a time: who may not begin the second is there for the rows of the first. */
    @Test
    void whoMayMakeNoScoreHelpsToo() throws IOException {
        List<TaskBoard.Task> tasks = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            tasks.add(new TaskBoard.Task(TaskKind.EVALUATE, i, i, "", 0, ""));
        }
        board.post(TaskKind.EVALUATE, "basis", tasks);
        Set<String> threads = ConcurrentHashMap.newKeySet();
        new Crew(board, WEIGHTS_AT_ONCE, 1, cores, () -> false)
                .work(
                        2,
                        List.of(TaskKind.EVALUATE),
                        Set::of,
                        task -> onTwo(threads),
                        () -> board.results(TaskKind.EVALUATE, Set.of()).size() == 2);
        assertThat(threads).hasSize(2);
    }

    private Made<String> onTwo(Set<String> threads) {
        CountDownLatch rows = new CountDownLatch(2);
        cores.forRows(2, 1, (from, to) -> {
            threads.add(Thread.currentThread().getName());
            rows.countDown();
            awaitAll(rows);
        });
        return Made.of("done");
    }

    @Test
    void aFailureEndsAllAndTheTaskIsFreeAgain() {
        post(3, 1);
        assertThatThrownBy(() -> work(new Crew(board, WEIGHTS_AT_ONCE, 1, cores, () -> false), 2, 3, task -> {
                    if (task.number() == 1) {
                        throw new IOException("the disk is full");
                    }
                    return Made.of("done");
                }))
                .isInstanceOf(IOException.class)
                .hasMessage("the disk is full");
        assertThat(board.results(TaskKind.ENCODE, Set.of())).doesNotContainKey(1);
        // Those that were never taken are free as well.
        List<Integer> free = new ArrayList<>();
        board.claim(List.of(TaskKind.ENCODE), Set.of(), 1)
                .ifPresent(claim -> free.add(claim.task().number()));
        assertThat(free).isNotEmpty();
    }

    @Test
    void cancellingInterruptsWhoIsInTheMidstOfATask() {
        post(2, 1);
        AtomicBoolean cancelled = new AtomicBoolean();
        CountDownLatch never = new CountDownLatch(1);
        assertThatThrownBy(() -> work(new Crew(board, WEIGHTS_AT_ONCE, 1, cores, cancelled::get), 2, 2, task -> {
                    cancelled.set(true);
                    try {
                        never.await();
                    } catch (InterruptedException e) {
                        throw new IOException("interrupted", e);
                    }
                    return Made.of("done");
                }))
                .isInstanceOf(CancellationException.class);
    }

    @Test
    void placesAtHandGoFirstThenThoseWhereNobodyWorks() {
        post(6, 1);
        // Ranks fall with the number: 5 is first.
        assertThat(taken(Set.of())).isEqualTo(5);
        assertThat(taken(Set.of())).as("place 2 is taken").isEqualTo(4);
        assertThat(taken(Set.of("place 2"))).isEqualTo(2);
    }

    private int taken(Set<String> places) {
        return board.claim(List.of(TaskKind.ENCODE), places, 1)
                .orElseThrow()
                .task()
                .number();
    }
}
