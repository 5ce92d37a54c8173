package io.bitstack.core.codec;

import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * The input as nested matrices are encoded with it: V rounded to half precision, balance t, R, and H' = R·D·P·H·P·D·Rᵀ with
 * P = I − VᵀV (V's rows are the basis) and D = diag(t).
 */
final class NestedEncodedInput implements EncodedInput {
    /** Keeps H' positive definite where calibration saw fewer tokens than columns. */
    private static final double RIDGE = 1e-6;
    /** Energies below this share of their mean count as this much, so that no column is scaled out of all proportion. */
    private static final double LEAST_ENERGY = 1e-4;

    private final NestedInput input;
    private final double[] moment;
    private final float[] singleMoment;
    private final double meanDiagonal;
    private final LinearAlgebra algebra;
    private final Map<Double, float[]> factors = new ConcurrentHashMap<>();

    private NestedEncodedInput(NestedInput input, double[] moment, double meanDiagonal, LinearAlgebra algebra) {
        this.input = input;
        this.moment = moment;
        this.singleMoment = new float[moment.length];
        for (int i = 0; i < moment.length; i++) {
            singleMoment[i] = (float) moment[i];
        }
        this.meanDiagonal = meanDiagonal;
        this.algebra = algebra;
    }

    /** @param columnEnergies Σ W_ij² of each column over the matrices that share the input, n values */
    static NestedEncodedInput of(
            InputStatistics statistics, double[] columnEnergies, NestedParameters parameters, LinearAlgebra algebra) {
        int n = statistics.columns();
        float[] basis = basis(statistics, parameters.rankFor(n), algebra);
        double[] moment = statistics.secondMoment().clone();
        bothSides(moment, n, row -> project(row, basis));
        float[] balance = parameters.balance() ? balance(moment, columnEnergies) : ones(n);
        int block = parameters.rotation() ? Rotation.blockFor(n) : 1;
        NestedInput input = new NestedInput(n, basis.length / n, basis, balance, Rotation.of(n, block, n));
        bothSides(moment, n, row -> scaleAndRotate(row, input));
        double trace = trace(moment, n);
        double mean = trace > 0 ? trace / n : 1;
        for (int j = 0; j < n; j++) {
            moment[j * n + j] += RIDGE * mean;
        }
        return new NestedEncodedInput(input, moment, mean, algebra);
    }

    /** The largest eigenvectors of H in half precision, r × n. */
    private static float[] basis(InputStatistics statistics, int rank, LinearAlgebra algebra) {
        int n = statistics.columns();
        float[] basis = new float[rank * n];
        if (rank > 0) {
            double[] vectors = algebra.topEigenvectors(statistics.secondMoment(), n, rank);
            for (int i = 0; i < basis.length; i++) {
                basis[i] = half(vectors[i]);
            }
        }
        return basis;
    }

    /**
     * t_j = (d_j / w_j)^(−1/4), d = diag(P·H·P) and w the columns' energies: after the rotation the noise of the planes is the same
     * everywhere and as large as the mean of w / t², so that it costs Σ d·t² · Σ w/t², which is least there (Cauchy–Schwarz).
     */
    private static float[] balance(double[] moment, double[] columnEnergies) {
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

    private static float half(double value) {
        return Float.float16ToFloat(Float.floatToFloat16((float) value));
    }

    private static double trace(double[] matrix, int n) {
        double trace = 0;
        for (int j = 0; j < n; j++) {
            trace += matrix[j * n + j];
        }
        return trace;
    }

    /** A·M·Aᵀ for a symmetric M and a linear map A of rows: rows first, then the columns, which are rows once M is transposed. */
    private static void bothSides(double[] matrix, int n, Consumer<double[]> map) {
        double[] row = new double[n];
        for (int side = 0; side < 2; side++) {
            for (int i = 0; i < n; i++) {
                System.arraycopy(matrix, i * n, row, 0, n);
                map.accept(row);
                System.arraycopy(row, 0, matrix, i * n, n);
            }
            transpose(matrix, n);
        }
    }

    private static void scaleAndRotate(double[] x, NestedInput input) {
        // Rotation runs in float: scale the row so that neither small nor large moments lose digits.
        double largest = 0;
        for (int j = 0; j < x.length; j++) {
            x[j] *= input.balance()[j];
            largest = Math.max(largest, Math.abs(x[j]));
        }
        double scale = largest > 0 ? largest : 1;
        float[] row = new float[x.length];
        for (int j = 0; j < x.length; j++) {
            row[j] = (float) (x[j] / scale);
        }
        input.rotation().apply(row, 0);
        for (int j = 0; j < x.length; j++) {
            x[j] = row[j] * scale;
        }
    }

    /** {@code x ← x − Vᵀ(V·x)}. */
    private static void project(double[] x, float[] basis) {
        int n = x.length;
        for (int r = 0; r < basis.length / n; r++) {
            double u = 0;
            for (int j = 0; j < n; j++) {
                u += basis[r * n + j] * x[j];
            }
            for (int j = 0; j < n; j++) {
                x[j] -= u * basis[r * n + j];
            }
        }
    }

    private static void transpose(double[] matrix, int n) {
        for (int i = 0; i < n; i++) {
            for (int j = i + 1; j < n; j++) {
                double swap = matrix[i * n + j];
                matrix[i * n + j] = matrix[j * n + i];
                matrix[j * n + i] = swap;
            }
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
        return singleMoment;
    }

    /** Uᵀ, lower triangular, with UᵀU = (H' + damping · mean diag · I)⁻¹, n × n, computed once for each damping; shared. */
    float[] feedback(double damping) {
        return factors.computeIfAbsent(damping, lambda -> {
            int n = input.columns();
            double[] damped = moment.clone();
            for (int j = 0; j < n; j++) {
                damped[j * n + j] += lambda * meanDiagonal;
            }
            double[] upper = algebra.inverseCholesky(damped, n);
            float[] lower = new float[upper.length];
            for (int i = 0; i < n; i++) {
                for (int j = 0; j <= i; j++) {
                    lower[i * n + j] = (float) upper[j * n + i];
                }
            }
            return lower;
        });
    }
}
