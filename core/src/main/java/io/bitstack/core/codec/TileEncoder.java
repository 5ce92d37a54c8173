package io.bitstack.core.codec;

import io.bitstack.core.kernel.CodeTable;
import java.util.Arrays;

/** Chooses the codes of a tile for one level, and says what is left of it. */
final class TileEncoder {
    /** Where less of the loss than this share is the weighted error, it is what rounding has left of a difference, and is computed anew. */
    private static final double LEAST_SHARE = 1 / 64.0;

    private final RowTile tile;
    private final NestedEncodedInput input;
    private final int descentPasses;
    private final ErrorFeedback feedback;
    private final CoordinateDescent descent;
    /** By rows: E, then slopes, at last D. */
    private final float[] errors;

    private final double[] loss;
    private final float[] product;

    TileEncoder(RowTile tile, NestedEncodedInput input, int descentPasses) {
        this.tile = tile;
        this.input = input;
        this.descentPasses = descentPasses;
        this.feedback = new ErrorFeedback(tile);
        this.descent = new CoordinateDescent(tile);
        this.errors = new float[Math.multiplyExact(tile.mostRows(), tile.rowLength())];
        this.loss = new double[tile.mostRows()];
        this.product = new float[tile.mostRows() * WeightedError.GROUP_COLUMNS];
    }

    /**
     * Chooses the codes of the tile that begins at row {@code first}.
     *
     * @param damping 0: each code for itself
     * @return tr(D·H'·Dᵀ)
     */
    double choose(CodeTable table, int first, double damping) {
        tile.load(table, first);
        return damping > 0 ? feedBack(damping) : round();
    }

    /** With error feedback, then by coordinate descent. */
    private double feedBack(double damping) {
        float[] factor = input.feedback(damping);
        float ridge = (float) (damping * input.meanDiagonal());
        Arrays.fill(loss, 0);
        feedback.run(factor, input.isLocal(), errors, loss);
        descent.run(descentPasses, factor, input.moment(), input.isLocal(), ridge, errors, loss);
        // What feedback and descent make small is tr(D·(H' + ridge·I)·Dᵀ), and is known without a product.
        double damped = 0;
        for (int i = 0; i < tile.rows(); i++) {
            damped += loss[i];
        }
        double error = damped - (double) ridge * tile.missed(null);
        if (error >= LEAST_SHARE * damped) {
            return error;
        }
        tile.missed(errors);
        return multiplied();
    }

    /** Each code for itself. */
    private double round() {
        tile.round();
        tile.missed(errors);
        return multiplied();
    }

    /** tr(D·H'·Dᵀ) by products; {@link #errors} holds D. */
    private double multiplied() {
        return WeightedError.of(
                errors, tile.rowLength(), tile.rows(), input.moment(), input.isLocal(), tile.columns(), product);
    }
}
