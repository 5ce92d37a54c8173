package io.bitstack.core.codec;

import io.bitstack.core.kernel.KernelProvider;
import io.bitstack.core.kernel.Kernels;
import java.lang.foreign.MemorySegment;

/**
 * The input of nested matrices: side branch basis V (r × n, one basis vector a row) and rotation R. {@code u = V·x},
 * {@code x⊥ = x − Vᵀ·u}, {@code x' = R·x⊥}.
 */
final class NestedInput implements InputTransform {
    private static final KernelProvider KERNELS = Kernels.active();
    private static final int LARGEST_RANK = 64;

    private final int columns;
    private final int rank;
    private final float[] basis;
    private final Rotation rotation;

    NestedInput(int columns, int rank, float[] basis, Rotation rotation) {
        this.columns = columns;
        this.rank = rank;
        this.basis = basis;
        this.rotation = rotation;
    }

    static NestedInput read(int columns, MemorySegment blob) {
        BlobReader reader = new BlobReader("input blob (nested)", blob);
        int rank = reader.readInt();
        int block = reader.readInt();
        long seed = reader.readLong();
        if (rank < 0 || rank > Math.min(LARGEST_RANK, columns)) {
            throw reader.bad("side branch rank %d with %d columns".formatted(rank, columns));
        }
        if (block < 1 || Integer.bitCount(block) != 1 || columns % block != 0) {
            throw reader.bad("rotation block %d is no power of two that divides %d columns".formatted(block, columns));
        }
        float[] basis = reader.readHalfs((long) rank * columns);
        reader.end();
        return new NestedInput(columns, rank, basis, Rotation.of(columns, block, seed));
    }

    byte[] write() {
        return new BlobWriter(16 + 2L * rank * columns)
                .writeInt(rank)
                .writeInt(rotation.block())
                .writeLong(rotation.seed())
                .writeHalfs(basis)
                .finish();
    }

    @Override
    public int columns() {
        return columns;
    }

    int rank() {
        return rank;
    }

    /** V, r × n; shared. */
    float[] basis() {
        return basis;
    }

    Rotation rotation() {
        return rotation;
    }

    @Override
    public long heldBytes() {
        return Float.BYTES * ((long) basis.length + columns);
    }

    @Override
    public void prepare(float[] x, int tokens, PreparedInput out) {
        float[] values = out.values(tokens * columns);
        float[] side = out.side(tokens * rank);
        System.arraycopy(x, 0, values, 0, tokens * columns);
        for (int t = 0; t < tokens; t++) {
            for (int r = 0; r < rank; r++) {
                side[t * rank + r] = KERNELS.dot(basis, r * columns, x, t * columns, columns);
            }
            for (int r = 0; r < rank; r++) {
                KERNELS.axpy(-side[t * rank + r], basis, r * columns, values, t * columns, columns);
            }
            rotation.apply(values, t * columns);
        }
    }
}
