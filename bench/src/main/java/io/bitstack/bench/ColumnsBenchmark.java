package io.bitstack.bench;

import io.bitstack.core.kernel.CodeTable;
import io.bitstack.core.kernel.CodedRows;
import io.bitstack.core.kernel.ColumnKernels;
import io.bitstack.core.kernel.KernelProvider;
import io.bitstack.core.kernel.Kernels;
import io.bitstack.core.kernel.ScaledRows;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * Prints what one thread takes, with each kernel provider that works here, for the parts of an encoding that are no products: nanoseconds a weight for the loops
 * over the columns of a tile of 512 rows, and microseconds for 256 rows of H' and columns, put beside each other and times the changes of as many columns of
 * the tile, of which so many of a hundred have changed. Argument: columns of the tile (14336), a multiple of 256.
 */
public final class ColumnsBenchmark {
    private static final int ROWS = 512;
    private static final int GROUP = 256;
    private static final int WIDTH = ColumnKernels.MOST_COLUMNS;
    /** With which some of a hundred codes change. */
    private static final double SLOPE = 0.1;

    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
    /** The first is not counted. */
    private static final int ROUNDS = 4;

    private static final CodeTable TABLE =
            CodeTable.children(new float[] {-1.5f, -0.9f, -0.5f, -0.2f, 0.2f, 0.5f, 0.9f, 1.5f});

    private final KernelProvider kernels;
    private final int n;
    private final int stride;
    private final Random random = new Random(1);
    private final CodedRows tile;
    private final float[] near = new float[ROWS * WIDTH];
    private final float[] far = new float[ROWS * GROUP];
    private final float[] square = new float[GROUP * GROUP];
    private final float[] missed;
    private final float[] errors;
    private final double[] loss = new double[ROWS];
    private final ScaledRows changed;

    private ColumnsBenchmark(KernelProvider kernels, int n) {
        this.kernels = kernels;
        this.n = n;
        this.stride = n + 16;
        this.missed = new float[ROWS * stride];
        this.errors = new float[ROWS * stride];
        float[] target = new float[ROWS * n];
        for (int i = 0; i < square.length; i++) {
            square[i] = i / GROUP == i % GROUP ? 1 : (float) (0.003 * random.nextGaussian());
        }
        for (int i = 0; i < target.length; i++) {
            target[i] = (float) random.nextGaussian();
        }
        float[] ones = new float[Math.max(n, ROWS)];
        Arrays.fill(ones, 1);
        this.tile = new CodedRows(TABLE, new byte[ROWS * n], 0, ROWS, ones, ones, ones, target, 0, n);
        this.changed = new ScaledRows(new int[ROWS], new int[ROWS], new int[ROWS * GROUP], new float[ROWS * GROUP]);
        Arrays.setAll(changed.first(), i -> i * GROUP);
    }

    public static void main(String[] args) {
        int n = args.length > 0 ? Integer.parseInt(args[0]) : 14336;
        float[] h = new float[Math.multiplyExact(n, n)];
        List<KernelProvider> providers = Kernels.available().stream()
                .filter(kernels -> kernels.description().startsWith("native"))
                .toList();
        System.out.printf("one thread, a tile of %d x %d%n", ROWS, n);
        for (KernelProvider kernels : providers) {
            ColumnsBenchmark benchmark = new ColumnsBenchmark(kernels, n);
            // What the compiler has not seen is slower.
            benchmark.changes(h, 0.03);
            System.out.printf(
                    Locale.ROOT,
                    "%-18s ns a weight: feedback %.2f, descent %.2f, errors %.2f, rounding %.2f; us for changes of 3 %%: %.1f, of 1 %%: %.1f%n",
                    kernels.description(),
                    benchmark.perWeight(false, benchmark::feedBack),
                    benchmark.perWeight(true, benchmark::descend),
                    benchmark.perWeight(true, benchmark::missed),
                    benchmark.perWeight(false, from -> kernels.columns().choose(benchmark.tile, from, WIDTH)),
                    benchmark.changes(h, 0.03),
                    benchmark.changes(h, 0.01));
        }
    }

    private interface Block {
        void run(int from);
    }

    /** @param chosen whether the nearest codes stand in the tile, and small slopes beside it, or codes of the level before */
    private double perWeight(boolean chosen, Block block) {
        long nanos = 0;
        for (int round = 0; round < ROUNDS; round++) {
            for (int i = 0; i < tile.codes().length; i++) {
                tile.codes()[i] = (byte) (i & 3);
            }
            for (int from = 0; chosen && from < n; from += WIDTH) {
                kernels.columns().choose(tile, from, WIDTH);
            }
            for (int i = 0; i < errors.length; i++) {
                errors[i] = (float) (SLOPE * random.nextGaussian());
            }
            long start = cpuNanos();
            for (int from = 0; from < n; from += WIDTH) {
                block.run(from);
            }
            nanos += round == 0 ? 0 : cpuNanos() - start;
        }
        return (double) nanos / (ROUNDS - 1) / ROWS / n;
    }

    /** Of this thread: others may want the processor too. */
    private static long cpuNanos() {
        return THREADS.getCurrentThreadCpuTime();
    }

    private void feedBack(int from) {
        int column = from % GROUP;
        kernels.columns()
                .feedBack(
                        tile,
                        from,
                        WIDTH,
                        near,
                        far,
                        column,
                        GROUP,
                        square,
                        column * (GROUP + 1),
                        GROUP,
                        missed,
                        errors,
                        stride,
                        loss);
    }

    private void descend(int from) {
        int column = from % GROUP;
        if (column == 0) {
            System.arraycopy(changed.first(), 0, changed.end(), 0, ROWS);
        }
        kernels.columns().descend(tile, from, WIDTH, square, GROUP, column, 0.01f, errors, stride, loss, changed);
    }

    private void missed(int from) {
        kernels.columns().missed(tile, from, WIDTH, null, stride, loss);
    }

    /** Microseconds for each 256 rows of H'. */
    private double changes(float[] h, double share) {
        int at = 0;
        for (int i = 0; i < ROWS; i++) {
            changed.first()[i] = at;
            for (int j = 0; j < GROUP; j++) {
                if (random.nextDouble() < share) {
                    changed.index()[at] = j;
                    changed.factor()[at++] = 0.01f;
                }
            }
            changed.end()[i] = at;
        }
        int groups = n / GROUP;
        long nanos = 0;
        for (int to = 0; to < ROUNDS; to++) {
            long start = cpuNanos();
            for (int of = 0; of < groups; of++) {
                int place = of * GROUP * n + to * GROUP;
                for (int i = 0; i < GROUP; i++) {
                    System.arraycopy(h, place + i * n, square, i * GROUP, GROUP);
                }
                kernels.addScaledRows(changed, ROWS, square, 0, GROUP, errors, to * GROUP, stride, GROUP);
            }
            nanos += to == 0 ? 0 : cpuNanos() - start;
        }
        Arrays.setAll(changed.first(), i -> i * GROUP);
        return nanos / 1e3 / (ROUNDS - 1) / groups;
    }
}
