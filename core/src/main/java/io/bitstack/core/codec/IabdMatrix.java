package io.bitstack.core.codec;

import io.bitstack.core.kernel.KernelProvider;
import io.bitstack.core.kernel.Kernels;
import io.bitstack.core.kernel.RowPool;
import io.bitstack.core.kernel.SignPlanes;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * An iabd matrix at some level: {@code Ŵ·diag(s) = Σ_ℓ S_ℓ ⊙ (A_ℓ·B_ℓ)}.
 *
 * <p>Letters: m rows, n columns, k rank of each level's factors.
 */
final class IabdMatrix implements CompressedMatrix {
    private static final KernelProvider KERNELS = Kernels.active();
    /** Rows that share the tables of one thread, which take as long to make as some of these rows do to use. */
    private static final int ROW_GRAIN = 64;

    /** One level, its factors A (m × k) and B (k × n) expanded from half precision. */
    private record Level(MemorySegment signs, float[] left, float[] right) {}

    private final int rows;
    private final int columns;
    private final int rank;
    private final IabdInput input;
    private final List<Level> levels = new ArrayList<>();

    IabdMatrix(int rows, int columns, int rank, IabdInput input, List<MemorySegment> blocks) {
        if (blocks.isEmpty()) {
            throw new CodecException("no blocks: a matrix needs its first");
        }
        this.rows = rows;
        this.columns = columns;
        this.rank = rank;
        this.input = input;
        long planeBytes = SignPlanes.planeBytes(rows, columns);
        for (MemorySegment block : blocks) {
            long wanted = IabdCodec.blockBytes(rows, columns, rank);
            if (block.byteSize() != wanted) {
                throw new CodecException("a block of a %d × %d matrix of rank %d has %d bytes, not %d"
                        .formatted(rows, columns, rank, block.byteSize(), wanted));
            }
            BlobReader factors = new BlobReader("block (iabd)", block.asSlice(planeBytes));
            levels.add(new Level(
                    block.asSlice(0, planeBytes),
                    factors.readHalfs((long) rows * rank),
                    factors.readHalfs((long) rank * columns)));
        }
    }

    @Override
    public int rows() {
        return rows;
    }

    @Override
    public int columns() {
        return columns;
    }

    @Override
    public int level() {
        return levels.size();
    }

    @Override
    public InputTransform input() {
        return input;
    }

    @Override
    public long headerHeldBytes() {
        return (long) levels.size() * Float.BYTES * rank * (rows + (long) columns);
    }

    /** There are none. */
    @Override
    public long tablesHeldBytes() {
        return 0;
    }

    @Override
    public void multiply(PreparedInput x, int tokens, float[] y, RowPool pool) {
        float[] values = x.values(tokens * columns);
        if (tokens >= RowDecoder.TILED_FROM_TOKENS) {
            RowDecoder.multiply(this::decodeRows, rows, columns, values, tokens, y, pool);
            return;
        }
        float[] products = x.products(levels.size() * rank * columns);
        for (int t = 0; t < tokens; t++) {
            int token = t;
            scaleFactors(values, t * columns, products);
            pool.forRows(rows, ROW_GRAIN, (from, to) -> multiplyRows(products, from, to, y, token * rows));
        }
    }

    /** Multiplies each row of each B by the activations: what the signs are then applied to. */
    private void scaleFactors(float[] x, int xOffset, float[] products) {
        int at = 0;
        for (Level level : levels) {
            for (int q = 0; q < rank * columns; q++) {
                products[at++] = level.right[q] * x[xOffset + q % columns];
            }
        }
    }

    private void multiplyRows(float[] products, int from, int to, float[] y, int yOffset) {
        float[] factor = new float[rank * columns];
        Arrays.fill(y, yOffset + from, yOffset + to, 0);
        for (int l = 0; l < levels.size(); l++) {
            System.arraycopy(products, l * factor.length, factor, 0, factor.length);
            Level level = levels.get(l);
            KERNELS.addSignedProducts(level.signs, columns, level.left, factor, rank, y, yOffset, from, to);
        }
    }

    /** Rows of Ŵ·diag(s). */
    private void decodeRows(int from, int to, float[] out) {
        Arrays.fill(out, 0, (to - from) * columns, 0);
        float[] magnitudes = new float[columns];
        for (Level level : levels) {
            for (int i = from; i < to; i++) {
                Arrays.fill(magnitudes, 0);
                for (int q = 0; q < rank; q++) {
                    KERNELS.axpy(level.left[i * rank + q], level.right, q * columns, magnitudes, 0, columns);
                }
                SignBits row = new SignBits(level.signs, i, columns);
                for (int j = 0; j < columns; j++) {
                    out[(i - from) * columns + j] += row.isSet(j) ? magnitudes[j] : -magnitudes[j];
                }
            }
        }
    }

    @Override
    public void row(int row, float[] out, int offset) {
        float[] decoded = new float[columns];
        decodeRows(row, row + 1, decoded);
        for (int j = 0; j < columns; j++) {
            out[offset + j] = decoded[j] / input.scale()[j];
        }
    }

    @Override
    public CompressedMatrix withBlocks(List<MemorySegment> blocks) {
        return new IabdMatrix(rows, columns, rank, input, blocks);
    }
}
