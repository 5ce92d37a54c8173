package io.bitstack.bench;

import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;
import java.util.function.ToLongFunction;

/**
 * How long something takes that is done again and again, one after the other, and what this JVM did meanwhile: pauses of the garbage collector and
 * the compiler's work are part of a tail whose other part is the registry's.
 */
final class Latencies {
    /** A JVM that compiles for less than this part of the time counts as warm. */
    private static final double QUIET_COMPILER = 0.05;

    private static final int MOST_WARM_UP_ROUNDS = 15;

    private Latencies() {}

    /** One of many like it. */
    @FunctionalInterface
    interface Step {
        void run(int index) throws Exception;
    }

    /** Runs rounds of steps until the compiler has little left to do. @return how many steps there were */
    static int warmUp(int stepsOfRound, Step step) throws Exception {
        int done = 0;
        double share = 1;
        for (int round = 0; round < MOST_WARM_UP_ROUNDS && share > QUIET_COMPILER; round++) {
            long compiledMillis = compiledMillis();
            long start = System.nanoTime();
            for (int i = 0; i < stepsOfRound; i++) {
                step.run(done++);
            }
            share = (compiledMillis() - compiledMillis) / ((System.nanoTime() - start) / 1e6);
        }
        return done;
    }

    /** Runs steps one after the other. @return their quantiles, and what happened beside them, in a line */
    static String of(int steps, Step step) throws Exception {
        double[] millis = new double[steps];
        long collections = collected(GarbageCollectorMXBean::getCollectionCount);
        long collectedMillis = collected(GarbageCollectorMXBean::getCollectionTime);
        long compiledMillis = compiledMillis();
        long begin = System.nanoTime();
        for (int i = 0; i < steps; i++) {
            long start = System.nanoTime();
            step.run(i);
            millis[i] = (System.nanoTime() - start) / 1e6;
        }
        double seconds = (System.nanoTime() - begin) / 1e9;
        return "%s (%d in %.1f s; %d garbage collections, %d ms; compiled for %d ms)"
                .formatted(
                        quantiles(millis),
                        steps,
                        seconds,
                        collected(GarbageCollectorMXBean::getCollectionCount) - collections,
                        collected(GarbageCollectorMXBean::getCollectionTime) - collectedMillis,
                        compiledMillis() - compiledMillis);
    }

    private static String quantiles(double[] millis) {
        Arrays.sort(millis);
        return String.format(
                Locale.ROOT,
                "median %.2f, 99th percentile %.2f, largest %.2f",
                millis[millis.length / 2],
                millis[millis.length * 99 / 100],
                millis[millis.length - 1]);
    }

    /** Of the collections that stop the program; those that run beside it are left out. */
    private static long collected(ToLongFunction<GarbageCollectorMXBean> what) {
        return ManagementFactory.getGarbageCollectorMXBeans().stream()
                .filter(collector -> !collector.getName().contains("Concurrent"))
                .mapToLong(what)
                .sum();
    }

    private static long compiledMillis() {
        return Objects.requireNonNull(ManagementFactory.getCompilationMXBean(), "a JVM without a compiler")
                .getTotalCompilationTime();
    }
}
