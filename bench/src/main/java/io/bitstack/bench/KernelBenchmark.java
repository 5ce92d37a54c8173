package io.bitstack.bench;

import io.bitstack.core.kernel.KernelProvider;
import io.bitstack.core.kernel.Kernels;
import io.bitstack.core.kernel.PlaneInput;
import io.bitstack.core.kernel.SignPlanes;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.function.ToDoubleFunction;

/**
 * Prints what one thread does with each kernel provider that works here: sign planes times activations and planes to floats in G
 * weights/s for every level, a level of iabd, matrix products in GFLOP/s, and the ratios to the last provider, the plain loops. Arguments: rows,
 * columns (4096 4096).
 */
public final class KernelBenchmark {
    private static final long MEASURED_NANOS = 200_000_000L;
    private static final int ROUNDS = 4;
    private static final int DECODED_ROWS = 24;
    /** Of the published method's factors. */
    private static final int RANK = 16;

    private KernelBenchmark() {}

    public static void main(String[] args) {
        int rows = args.length > 0 ? Integer.parseInt(args[0]) : 4096;
        int columns = args.length > 1 ? Integer.parseInt(args[1]) : 4096;
        List<KernelProvider> providers = Kernels.available();
        System.out.println("one thread; providers: "
                + String.join(
                        ", ",
                        providers.stream().map(KernelProvider::description).toList()));
        System.out.printf("%nplanes times activations, %d x %d, G weights/s%n", rows, columns);
        header("level", providers);
        for (int level = 1; level <= SignPlanes.MAX_LEVEL; level++) {
            try (Arena arena = Arena.ofConfined()) {
                SignPlanes w = planes(arena, rows, columns, level);
                row(level + "", providers, kernels -> planesRate(kernels, w));
            }
        }
        System.out.printf("%nplanes to floats, %d x %d, G weights/s%n", DECODED_ROWS, columns);
        header("level", providers);
        for (int level = 2; level <= SignPlanes.MAX_LEVEL; level++) {
            try (Arena arena = Arena.ofConfined()) {
                SignPlanes w = planes(arena, DECODED_ROWS, columns, level);
                row(level + "", providers, kernels -> decodeRate(kernels, w));
            }
        }
        System.out.printf("%na level of iabd times activations, %d x %d, rank %d, G weights/s%n", rows, columns, RANK);
        header("", providers);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment plane = plane(arena, rows, columns, new Random(7));
            row("", providers, kernels -> signedRate(kernels, plane, rows, columns));
        }
        System.out.printf("%nproducts (m x n x k, floats from row to row of the result), GFLOP/s%n");
        header("", providers);
        for (int[] size : new int[][] {
            {256, 768, 768, 768},
            {64, 24, 576, 24},
            {512, 512, 512, 512},
            {512, 256, 4096, 4096},
            {512, 2048, 4112, 2048}
        }) {
            row(
                    "%dx%dx%d, %d".formatted(size[0], size[1], size[2], size[3]),
                    providers,
                    kernels -> productRate(kernels, size[0], size[1], size[2], size[3]));
        }
    }

    private static void header(String what, List<KernelProvider> providers) {
        StringBuilder line = new StringBuilder("%-20s".formatted(what));
        providers.forEach(
                kernels -> line.append("%12s".formatted(kernels.description().replaceAll(".*\\((.*)\\)", "$1"))));
        System.out.println(line.append("   ratios"));
    }

    private static void row(String what, List<KernelProvider> providers, ToDoubleFunction<KernelProvider> rate) {
        double[] rates = providers.stream().mapToDouble(rate).toArray();
        StringBuilder line = new StringBuilder("%-20s".formatted(what));
        StringBuilder ratios = new StringBuilder("   ");
        for (int i = 0; i < rates.length; i++) {
            line.append(String.format(Locale.ROOT, "%12.2f", rates[i]));
            ratios.append(
                    String.format(Locale.ROOT, "%s%.1f", i == 0 ? "" : " : ", rates[i] / rates[rates.length - 1]));
        }
        System.out.println(line.append(ratios));
    }

    private static SignPlanes planes(Arena arena, int rows, int columns, int level) {
        Random random = new Random(3);
        List<MemorySegment> planes = new ArrayList<>();
        for (int p = 0; p < level; p++) {
            planes.add(plane(arena, rows, columns, random));
        }
        return new SignPlanes(rows, columns, planes, floats(random, rows), floats(random, 1 << level));
    }

    private static MemorySegment plane(Arena arena, int rows, int columns, Random random) {
        MemorySegment plane = arena.allocate(SignPlanes.planeBytes(rows, columns), 64);
        for (long at = 0; at < plane.byteSize(); at += 8) {
            plane.set(ValueLayout.JAVA_LONG, at, random.nextLong());
        }
        return plane;
    }

    private static double signedRate(KernelProvider kernels, MemorySegment plane, int rows, int columns) {
        float[] left = floats(new Random(5), rows * RANK);
        float[] factor = floats(new Random(6), RANK * columns);
        float[] y = new float[rows];
        return best(() -> kernels.addSignedProducts(plane, columns, left, factor, RANK, y, 0, 0, rows))
                * rows
                * columns
                / 1e9;
    }

    private static float[] floats(Random random, int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    private static double planesRate(KernelProvider kernels, SignPlanes w) {
        float[] x = floats(new Random(5), w.columns());
        float[] scale = floats(new Random(6), w.columns());
        float[] y = new float[w.rows()];
        PlaneInput input = new PlaneInput();
        return best(() -> {
                    kernels.prepare(x, 1, scale, input);
                    kernels.planes(w, input, 0, y, 0, 0, w.rows());
                })
                * w.rows()
                * w.columns()
                / 1e9;
    }

    private static double decodeRate(KernelProvider kernels, SignPlanes w) {
        float[] scale = floats(new Random(6), w.columns());
        float[] out = new float[w.rows() * w.columns()];
        return best(() -> kernels.decodeRows(w, scale, 0, w.rows(), out)) * w.rows() * w.columns() / 1e9;
    }

    private static double productRate(KernelProvider kernels, int m, int n, int k, int ldc) {
        float[] a = floats(new Random(5), m * k);
        float[] b = floats(new Random(6), n * k);
        float[] c = new float[m * ldc];
        return best(() -> kernels.multiplyTransposed(a, 0, k, b, 0, k, c, 0, ldc, m, n, k)) * 2.0 * m * n * k / 1e9;
    }

    /** Calls per second: the best of some rounds after one to warm up. */
    private static double best(Runnable body) {
        double best = 0;
        for (int round = 0; round <= ROUNDS; round++) {
            long start = System.nanoTime();
            long calls = 0;
            long elapsed;
            do {
                body.run();
                calls++;
                elapsed = System.nanoTime() - start;
            } while (elapsed < MEASURED_NANOS);
            best = round == 0 ? best : Math.max(best, calls * 1e9 / elapsed);
        }
        return best;
    }
}
