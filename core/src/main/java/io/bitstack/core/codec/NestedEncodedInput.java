package io.bitstack.core.codec;

import io.bitstack.core.kernel.KernelProvider;
import io.bitstack.core.kernel.Kernels;
import io.bitstack.core.kernel.RowPool;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The input as nested matrices are encoded with it: V rounded to half precision, balance t, R, and H' = R·D·P·H·P·D·Rᵀ with
 * P = I − VᵀV (V's rows are the basis) and D = diag(t).
 */
final class NestedEncodedInput implements EncodedInput {
    /** Keeps H' positive definite where calibration saw fewer tokens than columns. */
    private static final double RIDGE = 1e-6;
    /** H is rounded to so much of its diagonal; what is left of it beside V may be no larger. */
    private static final double ROUNDING = 0x1p-23;
    /** Energies below this share of their mean count as this much, so that no column is scaled out of all proportion. */
    private static final double LEAST_ENERGY = 1e-4;

    private static final KernelProvider KERNELS = Kernels.active();
    private static final int TRANSPOSED_AT_ONCE = 64;

    private final NestedInput input;
    private final float[] moment;
    private final double meanDiagonal;
    private final boolean local;
    private final RowPool pool;
    private final Map<Double, float[]> factors = new ConcurrentHashMap<>();

    private NestedEncodedInput(NestedInput input, float[] moment, double meanDiagonal, RowPool pool) {
        this.input = input;
        this.moment = moment;
        this.meanDiagonal = meanDiagonal;
        this.local = isLocal(moment, input.columns());
        this.pool = pool;
    }

    static NestedEncodedInput of(
            InputStatistics statistics, InputWeights weights, NestedParameters parameters, RowPool pool) {
        int n = statistics.columns();
        float[] basis = SideDirections.of(statistics, weights.rows(), parameters, pool);
        float[] moment = statistics.secondMoment().clone();
        bothSides(moment, n, pool, (row, at) -> project(row, at, n, basis));
        for (int j = 0; j < n; j++) {
            // The spectral norm of rounding errors, which have any sign, goes with the root of their number.
            moment[j * n + j] += (float) (ROUNDING * Math.sqrt(n) * statistics.secondMoment()[j * n + j]);
        }
        float[] balance = parameters.balance() ? balance(moment, weights.columnEnergies()) : ones(n);
        int block = parameters.rotation() ? Rotation.blockFor(n) : 1;
        NestedInput input = new NestedInput(n, basis.length / n, basis, balance, Rotation.of(n, block, n));
        bothSides(moment, n, pool, (row, at) -> scaleAndRotate(row, at, input));
        double trace = trace(moment, n);
        double mean = trace > 0 ? trace / n : 1;
        for (int j = 0; j < n; j++) {
            moment[j * n + j] += (float) (RIDGE * mean);
        }
        return new NestedEncodedInput(input, moment, mean, pool);
    }

    /**
     * t_j = (d_j / w_j)^(−1/4), d = diag(P·H·P) and w the columns' energies: after the rotation the noise of the planes is the same
     * everywhere and as large as the mean of w / t², so that it costs Σ d·t² · Σ w/t², which is least there (Cauchy–Schwarz).
     */
    private static float[] balance(float[] moment, double[] columnEnergies) {
        int n = columnEnergies.length;
        double[] activations = new double[n];
        for (int j = 0; j < n; j++) {
            activations[j] = moment[j * n + j];
        }
        double[] d = relative(activations);
        double[] w = relative(columnEnergies);
        float[] balance = new float[n];
        for (int j = 0; j < n; j++) {
            balance[j] = half(Math.pow(w[j] / d[j], 0.25));
        }
        return balance;
    }

    /** Energies over their mean, none too small; 1 where all are zero. */
    private static double[] relative(double[] energies) {
        double mean = 0;
        for (double energy : energies) {
            mean += energy / energies.length;
        }
        double[] relative = new double[energies.length];
        for (int j = 0; j < energies.length; j++) {
            relative[j] = mean > 0 ? Math.max(energies[j] / mean, LEAST_ENERGY) : 1;
        }
        return relative;
    }

    private static float[] ones(int n) {
        float[] ones = new float[n];
        Arrays.fill(ones, 1);
        return ones;
    }

    static float half(double value) {
        return Float.float16ToFloat(Float.floatToFloat16((float) value));
    }

    static double trace(float[] matrix, int n) {
        double trace = 0;
        for (int j = 0; j < n; j++) {
            trace += matrix[j * n + j];
        }
        return trace;
    }

    /** A linear map of a row, in place. */
    private interface RowMap {
        void apply(float[] x, int offset);
    }

    /** A·M·Aᵀ for a symmetric M and a linear map A of rows: rows first, then the columns, which are rows once M is transposed. */
    private static void bothSides(float[] matrix, int n, RowPool pool, RowMap map) {
        for (int side = 0; side < 2; side++) {
            Interruption.check();
            pool.forRows(n, 1, (from, to) -> {
                for (int i = from; i < to; i++) {
                    map.apply(matrix, i * n);
                }
            });
            transpose(matrix, n, pool);
        }
    }

    private static void scaleAndRotate(float[] x, int offset, NestedInput input) {
        for (int j = 0; j < input.columns(); j++) {
            x[offset + j] *= input.balance()[j];
        }
        input.rotation().apply(x, offset);
    }

    /** {@code x ← x − Vᵀ(V·x)}. */
    private static void project(float[] x, int offset, int n, float[] basis) {
        for (int at = 0; at < basis.length; at += n) {
            KERNELS.axpy(-KERNELS.dot(basis, at, x, offset, n), basis, at, x, offset, n);
        }
    }

    /**
     * In squares, each with its mirror image, which are turned where they fit into the cache: beginnings of rows that are a power of two apart push each other
     * out of it.
     */
    private static void transpose(float[] matrix, int n, RowPool pool) {
        int side = TRANSPOSED_AT_ONCE;
        pool.forRows((n + side - 1) / side, 1, (from, to) -> {
            float[] below = new float[side * side];
            float[] above = new float[side * side];
            for (int band = from; band < to; band++) {
                int first = band * side;
                int rows = Math.min(side, n - first);
                for (int square = 0; square <= first; square += side) {
                    int columns = Math.min(side, n - square);
                    turn(matrix, first * n + square, n, rows, columns, below);
                    turn(matrix, square * n + first, n, columns, rows, above);
                    put(above, matrix, first * n + square, n, rows, columns);
                    put(below, matrix, square * n + first, n, columns, rows);
                }
            }
        });
    }

    /** {@code to_ji = matrix_ij}, {@code TRANSPOSED_AT_ONCE} apart. */
    private static void turn(float[] matrix, int at, int n, int rows, int columns, float[] to) {
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                to[j * TRANSPOSED_AT_ONCE + i] = matrix[at + i * n + j];
            }
        }
    }

    private static void put(float[] from, float[] matrix, int at, int n, int rows, int columns) {
        for (int i = 0; i < rows; i++) {
            System.arraycopy(from, i * TRANSPOSED_AT_ONCE, matrix, at + i * n, columns);
        }
    }

    @Override
    public byte[] blob() {
        return input.write();
    }

    NestedInput input() {
        return input;
    }

    /** diag(H')_j. */
    double diagonal(int column) {
        return moment[column * input.columns() + column];
    }

    double meanDiagonal() {
        return meanDiagonal;
    }

    /** H' in single precision, n × n; shared. */
    float[] moment() {
        return moment;
    }

    /**
     * Whether H', and so G, has nothing but zeros outside of squares on its diagonal, of the columns that are chosen as a group. That of an untied embedding,
     * which hands out rows and sees no activations, mixes only what the rotation mixes: products with other groups need not be made.
     */
    boolean isLocal() {
        return local;
    }

    private static boolean isLocal(float[] moment, int n) {
        for (int i = 0; i < n; i++) {
            int group = i - i % ErrorFeedback.GROUP_COLUMNS;
            for (int j = 0; j < group; j++) {
                if (moment[i * n + j] != 0) {
                    return false;
                }
            }
        }
        return true;
    }

    /**
     * G, lower triangular, with GᵀG = H' + damping · mean diag · I, and Gᵀ above its diagonal; n × n, computed once for each damping; shared.
     */
    float[] feedback(double damping) {
        return factors.computeIfAbsent(damping, lambda -> {
            int n = input.columns();
            float[] factor = moment.clone();
            for (int j = 0; j < n; j++) {
                factor[j * n + j] += (float) (lambda * meanDiagonal);
            }
            FeedbackFactor.decompose(factor, n, pool);
            return factor;
        });
    }
}
