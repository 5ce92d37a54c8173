package io.bitstack.core.codec;

import io.bitstack.core.kernel.KernelProvider;
import io.bitstack.core.kernel.Kernels;
import io.bitstack.core.kernel.RowPool;

/**
 * The eigenvectors of the largest eigenvalues of H: subspace iteration with a few extra directions, then the eigenvectors within that subspace
 * (Rayleigh–Ritz). Products with H in single precision, which is how H is kept, all else in double.
 */
final class TopEigenvectors {
    private static final KernelProvider KERNELS = Kernels.active();
    private static final int EXTRA_DIRECTIONS = 8;
    private static final int MOST_ROUNDS = 80;
    /** A round that adds no more than this share to the eigenvalues that are needed is the last. */
    private static final double SETTLED = 1e-7;

    /** Before it is known which ones are needed. */
    private static final int LEAST_ROUNDS = 8;

    private static final double VANISHED = 1e-10;
    private static final int BAND_ROWS = 96;

    private final float[] h;
    private final int n;
    private final int width;
    private final RowPool pool;
    private final SplitMix64 random;
    private final float[] single;
    private final float[] product;

    private TopEigenvectors(float[] h, int n, int width, RowPool pool) {
        this.h = h;
        this.n = n;
        this.width = width;
        this.pool = pool;
        this.random = new SplitMix64(n);
        this.single = new float[width * n];
        this.product = new float[width * n];
    }

    /** Says of the largest eigenvalues as they are known so far, largest first, how many are needed exactly. */
    interface Need {
        int of(double[] eigenvalues);
    }

    /**
     * @param h symmetric, n × n
     * @param need others among the first {@code count} are not waited for, since those that differ little from the next take many rounds
     * @return orthonormal, largest first, the rows of a {@code count × n} array
     */
    static double[] of(float[] h, int n, int count, Need need, RowPool pool) {
        return new TopEigenvectors(h, n, Math.min(n, count + EXTRA_DIRECTIONS), pool).find(count, need);
    }

    private double[] find(int count, Need need) {
        double[] rows = new double[width * n];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = random.uniform() - 0.5;
        }
        orthonormalise(rows);
        double[] image = timesH(rows);
        SymmetricEigen within = within(rows, image);
        for (int round = 1; round <= MOST_ROUNDS; round++) {
            Interruption.check();
            rows = image;
            orthonormalise(rows);
            image = timesH(rows);
            double[] before = largest(within, count);
            within = within(rows, image);
            double[] now = largest(within, count);
            if (round >= LEAST_ROUNDS && isSettled(before, now, need.of(now))) {
                break;
            }
        }
        double[] top = new double[count * n];
        for (int q = 0; q < count; q++) {
            for (int a = 0; a < width; a++) {
                addScaled(within.vectors()[within.order()[q] * width + a], rows, a * n, top, q * n, n);
            }
            SymmetricEigen.fixSign(top, q * n, n);
        }
        return top;
    }

    private static double[] largest(SymmetricEigen within, int count) {
        double[] largest = new double[count];
        for (int q = 0; q < count; q++) {
            largest[q] = within.values()[within.order()[q]];
        }
        return largest;
    }

    private static boolean isSettled(double[] before, double[] now, int needed) {
        double sum = 0;
        double gain = 0;
        for (int q = 0; q < needed; q++) {
            sum += now[q];
            gain += now[q] - before[q];
        }
        return gain <= SETTLED * sum;
    }

    /** H within the subspace that rows span. */
    private SymmetricEigen within(double[] rows, double[] image) {
        double[] small = new double[width * width];
        for (int a = 0; a < width; a++) {
            for (int b = 0; b <= a; b++) {
                small[a * width + b] = dot(rows, a * n, image, b * n, n);
                small[b * width + a] = small[a * width + b];
            }
        }
        return SymmetricEigen.of(small, width);
    }

    /** Rows times H, newly allocated. */
    private double[] timesH(double[] rows) {
        for (int i = 0; i < rows.length; i++) {
            single[i] = (float) rows[i];
        }
        // H from the left: its rows are read as they lie, one after the other, and what they are multiplied with stays
        // in the cache.
        pool.forRows((n + BAND_ROWS - 1) / BAND_ROWS, 1, (from, to) -> {
            for (int first = from * BAND_ROWS; first < Math.min(n, to * BAND_ROWS); first += BAND_ROWS) {
                int rowsOfH = Math.min(BAND_ROWS, n - first);
                KERNELS.multiplyTransposed(
                        h, first * n, n, single, 0, n, product, first * width, width, rowsOfH, width, n);
            }
        });
        double[] image = new double[rows.length];
        for (int a = 0; a < width; a++) {
            for (int j = 0; j < n; j++) {
                image[a * n + j] = product[j * width + a];
            }
        }
        return image;
    }

    /** Takes from a row what it has in the directions of those before it. */
    private void takeOffEarlier(double[] rows, int a) {
        for (int b = 0; b < a; b++) {
            addScaled(-dot(rows, a * n, rows, b * n, n), rows, b * n, rows, a * n, n);
        }
    }

    /**
     * Gram–Schmidt, twice for accuracy where much of a row goes, for what rounding leaves of the other directions is then no longer small beside it; a row
     * that vanishes is replaced by a random one.
     */
    private void orthonormalise(double[] rows) {
        for (int a = 0; a < width; a++) {
            double before = Math.sqrt(dot(rows, a * n, rows, a * n, n));
            takeOffEarlier(rows, a);
            double norm = Math.sqrt(dot(rows, a * n, rows, a * n, n));
            if (norm < before / 2) {
                takeOffEarlier(rows, a);
                norm = Math.sqrt(dot(rows, a * n, rows, a * n, n));
            }
            if (norm <= VANISHED * before || norm == 0) {
                for (int j = 0; j < n; j++) {
                    rows[a * n + j] = random.uniform() - 0.5;
                }
                a--;
                continue;
            }
            for (int j = 0; j < n; j++) {
                rows[a * n + j] /= norm;
            }
        }
    }

    private static double dot(double[] a, int aOffset, double[] b, int bOffset, int length) {
        double s0 = 0;
        double s1 = 0;
        double s2 = 0;
        double s3 = 0;
        int j = 0;
        for (; j + 4 <= length; j += 4) {
            s0 += a[aOffset + j] * b[bOffset + j];
            s1 += a[aOffset + j + 1] * b[bOffset + j + 1];
            s2 += a[aOffset + j + 2] * b[bOffset + j + 2];
            s3 += a[aOffset + j + 3] * b[bOffset + j + 3];
        }
        for (; j < length; j++) {
            s0 += a[aOffset + j] * b[bOffset + j];
        }
        return s0 + s1 + (s2 + s3);
    }

    private static void addScaled(double alpha, double[] x, int xOffset, double[] y, int yOffset, int length) {
        for (int j = 0; j < length; j++) {
            y[yOffset + j] += alpha * x[xOffset + j];
        }
    }
}
