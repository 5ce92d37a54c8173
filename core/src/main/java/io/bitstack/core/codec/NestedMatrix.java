package io.bitstack.core.codec;

import io.bitstack.core.kernel.KernelProvider;
import io.bitstack.core.kernel.Kernels;
import io.bitstack.core.kernel.PlaneInput;
import io.bitstack.core.kernel.RowPool;
import io.bitstack.core.kernel.SignPlanes;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * A nested matrix at some level: {@code Ŵ·x = C·u + planes(x')} with {@code planes_ij = a_i · T[c_ij] · b_j}.
 *
 * <p>Letters: m rows, n columns, r rank of the side branch.
 */
final class NestedMatrix implements CompressedMatrix {
    private static final KernelProvider KERNELS = Kernels.active();

    /** A decoded row and the coefficients of its side branch: scratch that grows when it has to. */
    private static final ThreadLocal<float[]> ROW = ThreadLocal.withInitial(() -> new float[0]);

    private final NestedHeader header;
    private final NestedInput input;
    private final SignPlanes planes;

    NestedMatrix(NestedHeader header, NestedInput input, List<MemorySegment> blocks) {
        this.header = header;
        this.input = input;
        List<MemorySegment> planeSegments = new ArrayList<>();
        long planeBytes = SignPlanes.planeBytes(header.rows(), header.columns());
        for (int b = 0; b < blocks.size(); b++) {
            int count = b == 0 ? header.start() : 1;
            MemorySegment block = blocks.get(b);
            if (block.byteSize() != count * planeBytes) {
                throw new CodecException("block %d of a %d × %d matrix has %d bytes, not %d"
                        .formatted(b, header.rows(), header.columns(), block.byteSize(), count * planeBytes));
            }
            for (int p = 0; p < count; p++) {
                planeSegments.add(block.asSlice(p * planeBytes, planeBytes));
            }
        }
        if (planeSegments.isEmpty() || planeSegments.size() > header.levels()) {
            throw new CodecException("%d blocks for a matrix of start %d and %d levels"
                    .formatted(blocks.size(), header.start(), header.levels()));
        }
        this.planes = new SignPlanes(
                header.rows(), header.columns(), planeSegments, header.rowScale(), header.table(planeSegments.size()));
    }

    @Override
    public int rows() {
        return header.rows();
    }

    @Override
    public int columns() {
        return header.columns();
    }

    @Override
    public int level() {
        return planes.level();
    }

    @Override
    public InputTransform input() {
        return input;
    }

    @Override
    public long headerHeldBytes() {
        return header.heldBytes();
    }

    @Override
    public long tablesHeldBytes() {
        return header.tablesHeldBytes();
    }

    @Override
    public void multiply(PreparedInput x, int tokens, float[] y, RowPool pool) {
        int m = rows();
        int n = columns();
        int r = input.rank();
        if (tokens >= RowDecoder.TILED_FROM_TOKENS) {
            RowDecoder.multiply(new Tiles(x.side(tokens * r), tokens, y), m, n, x.values(tokens * n), tokens, y, pool);
        } else {
            x.jointProduct(tokens).add(this, y, 0, m).run(pool);
        }
    }

    /** b; shared. */
    float[] columnScale() {
        return header.columnScale();
    }

    /** Rows [from, to) of the product with {@code tokens} prepared activations, {@code scaled} being these times b. */
    void multiplyRows(
            PreparedInput x, PlaneInput scaled, int tokens, float[] y, int yOffset, int yStride, int from, int to) {
        int r = input.rank();
        float[] u = x.side(tokens * r);
        for (int t = 0; t < tokens; t++) {
            int at = yOffset + t * yStride;
            KERNELS.planes(planes, scaled, t, y, at, from, to);
            KERNELS.addSide(header.side(), r, u, t * r, y, at, from, to);
        }
    }

    /** Tiles of rows for many tokens, with the side branch added to each product. */
    private final class Tiles implements RowDecoder.Rows {
        private final float[] u;
        private final int tokens;
        private final float[] y;

        Tiles(float[] u, int tokens, float[] y) {
            this.u = u;
            this.tokens = tokens;
            this.y = y;
        }

        @Override
        public void decode(int from, int to, float[] out) {
            KERNELS.decodeRows(planes, header.columnScale(), from, to, out);
        }

        @Override
        public void finish(int from, int to) {
            for (int t = 0; t < tokens; t++) {
                KERNELS.addSide(header.side(), input.rank(), u, t * input.rank(), y, t * rows(), from, to);
            }
        }
    }

    @Override
    public void row(int row, float[] out, int offset) {
        float[] decoded = ROW.get();
        if (decoded.length < columns() + input.rank()) {
            decoded = new float[columns() + input.rank()];
            ROW.set(decoded);
        }
        KERNELS.decodeRows(planes, header.columnScale(), row, row + 1, decoded);
        input.restoreWeights(decoded, 0);
        addSideRow(row, decoded);
        System.arraycopy(decoded, 0, out, offset, columns());
    }

    /** {@code w ← w + (C_i − w·Vᵀ)·V}: what the side branch adds, and what the planes no longer see; uses r elements after w. */
    private void addSideRow(int row, float[] w) {
        int r = input.rank();
        for (int q = 0; q < r; q++) {
            w[columns() + q] = header.side()[row * r + q] - KERNELS.dot(w, 0, input.basis(), q * columns(), columns());
        }
        for (int q = 0; q < r; q++) {
            KERNELS.axpy(w[columns() + q], input.basis(), q * columns(), w, 0, columns());
        }
    }

    @Override
    public CompressedMatrix withBlocks(List<MemorySegment> blocks) {
        return new NestedMatrix(header, input, blocks);
    }
}
