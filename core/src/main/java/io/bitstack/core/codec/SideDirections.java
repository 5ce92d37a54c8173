package io.bitstack.core.codec;

import io.bitstack.core.kernel.RowPool;

/**
 * Chooses V, the directions of the input that the side branch takes exactly.
 *
 * <p>Letters: m rows of all matrices that share the input, n columns, λ_q the q-th largest eigenvalue of H = E[x·xᵀ], S the trace of H less
 * the eigenvalues before it.
 */
final class SideDirections {
    private static final int MOST = 16;
    private static final double HALF_BITS = 16;
    /** What is left of the trace below this share of it is rounding. */
    private static final double LEAST_REST = 1e-9;

    private SideDirections() {}

    /**
     * V in half precision, r × n, largest eigenvalue first. With a rank given, so many; else all from the first on that are worth their bytes. After
     * the rotation the error of the planes costs in proportion to S, which a direction brings down to S − λ: as much as ½·log₂(S / (S − λ)) bits
     * more for each weight would. It takes 16·(m + n) / (m·n) bits a weight, a column of C and a row of V in half precision.
     */
    static float[] of(InputStatistics statistics, long rows, NestedParameters parameters, RowPool pool) {
        int n = statistics.columns();
        boolean choose = parameters.sideRank() < 0;
        int most = Math.min(choose ? MOST : parameters.sideRank(), n / 2);
        if (most == 0) {
            return new float[0];
        }
        double[] vectors = TopEigenvectors.of(statistics.secondMoment(), n, most, pool);
        int rank = choose ? worthwhile(statistics.secondMoment(), n, vectors, rows) : most;
        float[] directions = new float[rank * n];
        for (int i = 0; i < directions.length; i++) {
            directions[i] = NestedEncodedInput.half(vectors[i]);
        }
        return directions;
    }

    private static int worthwhile(float[] moment, int n, double[] vectors, long rows) {
        double bits = HALF_BITS * (rows + n) / ((double) rows * n);
        double trace = NestedEncodedInput.trace(moment, n);
        double rest = trace;
        int rank = 0;
        while (rank < vectors.length / n && rest > LEAST_REST * trace) {
            double after = rest - eigenvalue(moment, n, vectors, rank);
            // Where nothing is left the direction is worth any number of bits.
            if (after > LEAST_REST * trace && Math.log(rest / after) / Math.log(4) < bits) {
                break;
            }
            rest = after;
            rank++;
        }
        return rank;
    }

    /** vᵀ·H·v, in double: what is left of the trace is a difference, of which single precision would leave nothing. */
    private static double eigenvalue(float[] moment, int n, double[] vectors, int q) {
        double value = 0;
        for (int i = 0; i < n; i++) {
            double sum = 0;
            for (int j = 0; j < n; j++) {
                sum += moment[i * n + j] * vectors[q * n + j];
            }
            value += sum * vectors[q * n + i];
        }
        return value;
    }
}
