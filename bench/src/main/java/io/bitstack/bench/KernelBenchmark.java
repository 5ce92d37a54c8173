package io.bitstack.bench;

import io.bitstack.core.kernel.KernelProvider;
import io.bitstack.core.kernel.Kernels;
import io.bitstack.core.kernel.SignPlanes;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Prints how fast one thread decodes: G weights/s of the active provider and of the plain loops, and their ratio, for
 * each level. Arguments: rows, columns (768 256).
 */
public final class KernelBenchmark {
    private static final long MEASURED_NANOS = 700_000_000L;

    private KernelBenchmark() {}

    public static void main(String[] args) {
        int rows = args.length > 0 ? Integer.parseInt(args[0]) : 768;
        int columns = args.length > 1 ? Integer.parseInt(args[1]) : 256;
        KernelProvider fast = Kernels.active();
        KernelProvider plain = Kernels.scalar();
        System.out.printf(
                "planes, %d x %d, one thread%n%-6s %14s %14s %8s%n",
                rows, columns, "level", fast.name(), plain.name(), "ratio");
        for (int level = 2; level <= SignPlanes.MAX_LEVEL; level++) {
            try (Arena arena = Arena.ofConfined()) {
                SignPlanes w = planes(arena, rows, columns, level);
                double fastRate = planesRate(fast, w);
                double plainRate = planesRate(plain, w);
                System.out.printf(
                        "%-6d %10.2f G/s %10.2f G/s %7.1fx%n", level, fastRate, plainRate, fastRate / plainRate);
            }
        }
        System.out.printf(
                "product 256 x 768 x 768: %s %.1f GFLOP/s, %s %.1f GFLOP/s%n",
                fast.name(), productRate(fast), plain.name(), productRate(plain));
    }

    private static SignPlanes planes(Arena arena, int rows, int columns, int level) {
        Random random = new Random(3);
        List<MemorySegment> planes = new ArrayList<>();
        for (int p = 0; p < level; p++) {
            MemorySegment plane = arena.allocate(SignPlanes.planeBytes(rows, columns), 64);
            for (long at = 0; at < plane.byteSize(); at += 8) {
                plane.set(ValueLayout.JAVA_LONG, at, random.nextLong());
            }
            planes.add(plane);
        }
        return new SignPlanes(rows, columns, planes, floats(random, rows), floats(random, 1 << level));
    }

    private static float[] floats(Random random, int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    /** G weights/s, the better of three measurements after one to warm up. */
    private static double planesRate(KernelProvider kernels, SignPlanes w) {
        float[] x = floats(new Random(5), w.columns());
        float[] y = new float[w.rows()];
        return best(() -> kernels.planes(w, x, 0, y, 0, 0, w.rows())) * w.rows() * w.columns() / 1e9;
    }

    private static double productRate(KernelProvider kernels) {
        float[] a = floats(new Random(5), 256 * 768);
        float[] b = floats(new Random(6), 768 * 768);
        float[] c = new float[256 * 768];
        return best(() -> kernels.multiplyTransposed(a, 0, 768, b, 0, 768, c, 0, 768, 256, 768, 768))
                * 2.0
                * 256
                * 768
                * 768
                / 1e9;
    }

    /** Calls per second. */
    private static double best(Runnable body) {
        double best = 0;
        for (int round = 0; round < 4; round++) {
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
