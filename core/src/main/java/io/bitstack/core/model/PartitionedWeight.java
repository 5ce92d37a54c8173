package io.bitstack.core.model;

import io.bitstack.core.codec.CompressedMatrix;
import io.bitstack.core.codec.JointProduct;
import io.bitstack.core.codec.PreparedInput;
import io.bitstack.core.kernel.RowPool;
import io.bitstack.core.tensor.FloatMatrix;
import java.util.List;

/** A tensor whose rows are held by several matrices of a stack, each at its level; all have the same input. */
final class PartitionedWeight implements WeightMatrix {
    private final List<CompressedMatrix> parts;
    /** Where each part begins; one more entry for the end. */
    private final int[] firstRow;

    /** @param parts in the order of their rows */
    PartitionedWeight(List<CompressedMatrix> parts) {
        this.parts = List.copyOf(parts);
        this.firstRow = new int[parts.size() + 1];
        for (int p = 0; p < parts.size(); p++) {
            firstRow[p + 1] = firstRow[p] + parts.get(p).rows();
        }
    }

    @Override
    public int rows() {
        return firstRow[parts.size()];
    }

    @Override
    public int columns() {
        return parts.getFirst().columns();
    }

    @Override
    public void multiply(SharedInput x, float[] y, RowPool pool) {
        int tokens = x.tokens();
        PreparedInput prepared = x.preparedBy(parts.getFirst().input(), pool);
        RowPool workers = WorkSize.poolFor(pool, this, tokens);
        if (JointProduct.takes(parts.getFirst(), tokens)) {
            JointProduct product = prepared.jointProduct(tokens);
            for (int p = 0; p < parts.size(); p++) {
                product.add(parts.get(p), y, firstRow[p], rows());
            }
            product.run(workers);
            return;
        }
        for (int p = 0; p < parts.size(); p++) {
            CompressedMatrix part = parts.get(p);
            float[] product = prepared.part(tokens * part.rows());
            part.multiply(prepared, tokens, product, workers);
            for (int t = 0; t < tokens; t++) {
                System.arraycopy(product, t * part.rows(), y, t * rows() + firstRow[p], part.rows());
            }
        }
    }

    @Override
    public void row(int row, float[] out, int offset) {
        int p = 0;
        while (row >= firstRow[p + 1]) {
            p++;
        }
        parts.get(p).row(row - firstRow[p], out, offset);
    }

    /** All rows, newly allocated. */
    FloatMatrix decode() {
        FloatMatrix dense = FloatMatrix.zeros(rows(), columns());
        for (int p = 0; p < parts.size(); p++) {
            parts.get(p).decode(dense.data(), firstRow[p] * columns());
        }
        return dense;
    }
}
