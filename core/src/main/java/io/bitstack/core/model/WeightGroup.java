package io.bitstack.core.model;

import io.bitstack.core.codec.CompressedMatrix;
import io.bitstack.core.codec.JointProduct;
import io.bitstack.core.kernel.RowPool;

/** Weight matrices that are multiplied with the same activations: in one loop, where their codec can. Immutable. */
final class WeightGroup {
    private final WeightMatrix[] matrices;
    private final CompressedMatrix[] compressed;
    private final long weights;

    private WeightGroup(WeightMatrix[] matrices, CompressedMatrix[] compressed) {
        this.matrices = matrices;
        this.compressed = compressed;
        long sum = 0;
        for (WeightMatrix matrix : matrices) {
            sum += (long) matrix.rows() * matrix.columns();
        }
        this.weights = sum;
    }

    static WeightGroup of(WeightMatrix... matrices) {
        CompressedMatrix[] compressed = new CompressedMatrix[matrices.length];
        for (int i = 0; i < matrices.length; i++) {
            if (!(matrices[i] instanceof CompressedWeight(CompressedMatrix matrix))
                    || !sharesInput(matrix, compressed[0])) {
                return new WeightGroup(matrices.clone(), new CompressedMatrix[0]);
            }
            compressed[i] = matrix;
        }
        return new WeightGroup(matrices.clone(), compressed);
    }

    @SuppressWarnings("ReferenceEquality") // activations are prepared by the very same transform, or more than once
    private static boolean sharesInput(CompressedMatrix matrix, CompressedMatrix first) {
        return first == null || matrix.input() == first.input();
    }

    /** Overwrites {@code ys[i]} (tokens × rows of matrix i, from offset 0) with its product. */
    void multiply(SharedInput x, float[][] ys, RowPool pool) {
        int tokens = x.tokens();
        if (compressed.length == 0 || !JointProduct.takes(compressed[0], tokens)) {
            for (int i = 0; i < matrices.length; i++) {
                matrices[i].multiply(x, ys[i], pool);
            }
            return;
        }
        JointProduct product = x.preparedBy(compressed[0].input(), pool).jointProduct(tokens);
        for (int i = 0; i < compressed.length; i++) {
            product.add(compressed[i], ys[i], 0, compressed[i].rows());
        }
        product.run(WorkSize.poolFor(pool, weights * tokens));
    }
}
