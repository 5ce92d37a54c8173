package io.bitstack.core.codec;

import io.bitstack.core.tensor.FloatMatrix;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The input as nested matrices are encoded with it: V rounded to half precision, R, and H' = R·P·H·P·Rᵀ, P = I − VᵀV (V's
 * rows are the basis).
 */
final class NestedEncodedInput implements EncodedInput {
    /** Keeps H' positive definite where calibration saw fewer tokens than columns. */
    private static final double RIDGE = 1e-6;

    private final NestedInput input;
    private final double[] moment;
    private final double meanDiagonal;
    private final LinearAlgebra algebra;
    private final Map<Double, float[]> factors = new ConcurrentHashMap<>();

    private NestedEncodedInput(NestedInput input, double[] moment, double meanDiagonal, LinearAlgebra algebra) {
        this.input = input;
        this.moment = moment;
        this.meanDiagonal = meanDiagonal;
        this.algebra = algebra;
    }

    static NestedEncodedInput of(InputStatistics statistics, NestedParameters parameters, LinearAlgebra algebra) {
        int n = statistics.columns();
        int rank = parameters.rankFor(n);
        float[] basis = new float[rank * n];
        if (rank > 0) {
            double[] vectors = algebra.topEigenvectors(statistics.secondMoment(), n, rank);
            for (int i = 0; i < basis.length; i++) {
                basis[i] = Float.float16ToFloat(Float.floatToFloat16((float) vectors[i]));
            }
        }
        int block = parameters.rotation() ? Rotation.blockFor(n) : 1;
        NestedInput input = new NestedInput(n, rank, basis, Rotation.of(n, block, n));
        double[] moment = statistics.secondMoment().clone();
        // Rows, then (H is symmetric) columns: each pass projects and rotates one side.
        for (int side = 0; side < 2; side++) {
            projectAndRotateRows(moment, input);
            transpose(moment, n);
        }
        double trace = 0;
        for (int j = 0; j < n; j++) {
            trace += moment[j * n + j];
        }
        double mean = trace > 0 ? trace / n : 1;
        for (int j = 0; j < n; j++) {
            moment[j * n + j] += RIDGE * mean;
        }
        return new NestedEncodedInput(input, moment, mean, algebra);
    }

    private static void projectAndRotateRows(double[] matrix, NestedInput input) {
        int n = input.columns();
        float[] row = new float[n];
        double[] projected = new double[n];
        for (int i = 0; i < n; i++) {
            System.arraycopy(matrix, i * n, projected, 0, n);
            project(projected, input);
            // Rotation runs in float: scale the row so that neither small nor large moments lose digits.
            double largest = 0;
            for (double value : projected) {
                largest = Math.max(largest, Math.abs(value));
            }
            double scale = largest > 0 ? largest : 1;
            for (int j = 0; j < n; j++) {
                row[j] = (float) (projected[j] / scale);
            }
            input.rotation().apply(row, 0);
            for (int j = 0; j < n; j++) {
                matrix[i * n + j] = row[j] * scale;
            }
        }
    }

    /** {@code x ← x − Vᵀ(V·x)}. */
    private static void project(double[] x, NestedInput input) {
        int n = x.length;
        float[] basis = input.basis();
        for (int r = 0; r < input.rank(); r++) {
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

    /** U with UᵀU = (H' + damping · mean diag · I)⁻¹, n × n, computed once for each damping. */
    float[] feedback(double damping) {
        return factors.computeIfAbsent(damping, lambda -> {
            int n = input.columns();
            double[] damped = moment.clone();
            for (int j = 0; j < n; j++) {
                damped[j * n + j] += lambda * meanDiagonal;
            }
            double[] upper = algebra.inverseCholesky(damped, n);
            float[] single = new float[upper.length];
            for (int i = 0; i < single.length; i++) {
                single[i] = (float) upper[i];
            }
            return single;
        });
    }

    /** tr(R·H'·Rᵀ) of a residual R (m × n) in the transformed basis. */
    double weightedError(FloatMatrix residual) {
        int n = input.columns();
        float[] single = new float[moment.length];
        for (int i = 0; i < single.length; i++) {
            single[i] = (float) moment[i];
        }
        FloatMatrix product = algebra.multiply(residual, new FloatMatrix(n, n, single));
        double sum = 0;
        for (int i = 0; i < product.data().length; i++) {
            sum += (double) product.data()[i] * residual.data()[i];
        }
        return Math.max(0, sum);
    }
}
