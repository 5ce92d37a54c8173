package io.bitstack.core.codec;

import io.bitstack.core.kernel.RowPool;
import java.util.function.IntToDoubleFunction;

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
    /** By how much an eigenvalue may still grow that has not settled. */
    private static final double GROWTH = 1.25;

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
        float[] moment = statistics.secondMoment();
        double trace = NestedEncodedInput.trace(moment, n);
        double bits = HALF_BITS * (rows + n) / ((double) rows * n);
        double[] vectors =
                TopEigenvectors.of(moment, n, most, values -> choose ? needed(values, trace, bits) : most, pool);
        int rank = choose ? worthwhile(q -> eigenvalue(moment, n, vectors, q), most, trace, bits) : most;
        float[] directions = new float[rank * n];
        for (int i = 0; i < directions.length; i++) {
            directions[i] = NestedEncodedInput.half(vectors[i]);
        }
        return directions;
    }

    /** How many of the eigenvalues known so far have to be known exactly: those of directions that are taken, and of the next if it might be. */
    private static int needed(double[] eigenvalues, double trace, double bits) {
        int rank = worthwhile(q -> eigenvalues[q], eigenvalues.length, trace, bits);
        int grown =
                worthwhile(q -> q == rank ? GROWTH * eigenvalues[q] : eigenvalues[q], eigenvalues.length, trace, bits);
        return Math.min(grown, rank + 1);
    }

    /** How many directions are worth what they take, {@code bits} for each weight. */
    private static int worthwhile(IntToDoubleFunction eigenvalue, int most, double trace, double bits) {
        double rest = trace;
        int rank = 0;
        while (rank < most && rest > LEAST_REST * trace) {
            double after = rest - eigenvalue.applyAsDouble(rank);
            // Where nothing is left the direction is worth any number of bits.
            if (after > LEAST_REST * trace && Math.log(rest / after) / Math.log(4) < bits) {
                break;
            }
            rest = after;
            rank++;
        }
        return rank;
    }

    /**
     * vᵀ·H·v, in double: what is left of the trace is a difference, of which single precision would leave nothing. Four rows at a time, since each waits for its
     * last addition.
     */
    private static double eigenvalue(float[] moment, int n, double[] vectors, int q) {
        int at = q * n;
        double value = 0;
        int i = 0;
        for (; i + 4 <= n; i += 4) {
            int row = i * n;
            double s0 = 0;
            double s1 = 0;
            double s2 = 0;
            double s3 = 0;
            for (int j = 0; j < n; j++) {
                double v = vectors[at + j];
                s0 += moment[row + j] * v;
                s1 += moment[row + n + j] * v;
                s2 += moment[row + 2 * n + j] * v;
                s3 += moment[row + 3 * n + j] * v;
            }
            value += s0 * vectors[at + i];
            value += s1 * vectors[at + i + 1];
            value += s2 * vectors[at + i + 2];
            value += s3 * vectors[at + i + 3];
        }
        for (; i < n; i++) {
            double sum = 0;
            for (int j = 0; j < n; j++) {
                sum += moment[i * n + j] * vectors[at + j];
            }
            value += sum * vectors[at + i];
        }
        return value;
    }
}
