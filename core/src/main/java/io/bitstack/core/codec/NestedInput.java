package io.bitstack.core.codec;

import io.bitstack.core.kernel.KernelProvider;
import io.bitstack.core.kernel.Kernels;
import io.bitstack.core.kernel.RowPool;
import java.lang.foreign.MemorySegment;

/**
 * The input of nested matrices: side branch basis V (r × n, one basis vector a row), balance t (n) and rotation R. {@code u = V·x},
 * {@code x⊥ = x − Vᵀ·u}, {@code x' = R·(t ⊙ x⊥)}. The balance takes from columns with much energy what the weights of these
 * columns are multiplied with instead, so that the planes' noise falls where it costs least.
 */
final class NestedInput implements InputTransform {
    private static final KernelProvider KERNELS = Kernels.active();
    private static final int LARGEST_RANK = 64;
    /** With fewer, to wake a thread takes longer than it saves. */
    private static final int SHARED_FROM_TOKENS = 8;

    private final int columns;
    private final int rank;
    private final float[] basis;
    private final float[] balance;
    private final Rotation rotation;

    NestedInput(int columns, int rank, float[] basis, float[] balance, Rotation rotation) {
        this.columns = columns;
        this.rank = rank;
        this.basis = basis;
        this.balance = balance;
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
        float[] balance = reader.readHalfs(columns);
        reader.end();
        for (int j = 0; j < columns; j++) {
            if (!(balance[j] > 0)) {
                throw reader.bad("balance %d is %s, not above 0".formatted(j, balance[j]));
            }
        }
        return new NestedInput(columns, rank, basis, balance, Rotation.of(columns, block, seed));
    }

    byte[] write() {
        return new BlobWriter(16 + 2L * rank * columns + 2L * columns)
                .writeInt(rank)
                .writeInt(rotation.block())
                .writeLong(rotation.seed())
                .writeHalfs(basis)
                .writeHalfs(balance)
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

    /** t; shared. */
    float[] balance() {
        return balance;
    }

    Rotation rotation() {
        return rotation;
    }

    @Override
    public long heldBytes() {
        return Float.BYTES * (basis.length + 2L * columns);
    }

    @Override
    public void prepare(float[] x, int tokens, PreparedInput out) {
        prepareTokens(x, out.values(tokens * columns), out.side(tokens * rank), 0, tokens);
    }

    @Override
    public void prepare(float[] x, int tokens, PreparedInput out, RowPool pool) {
        if (tokens < SHARED_FROM_TOKENS) {
            prepare(x, tokens, out);
            return;
        }
        float[] values = out.values(tokens * columns);
        float[] side = out.side(tokens * rank);
        pool.forRows(tokens, 1, (from, to) -> prepareTokens(x, values, side, from, to));
    }

    private void prepareTokens(float[] x, float[] values, float[] side, int from, int to) {
        System.arraycopy(x, from * columns, values, from * columns, (to - from) * columns);
        for (int token = from; token < to; token++) {
            int at = token * columns;
            project(values, at, side, token * rank);
            for (int j = 0; j < columns; j++) {
                values[at + j] *= balance[j];
            }
            rotation.apply(values, at);
        }
    }

    /** {@code u = V·x; x ← x − Vᵀ·u}. */
    private void project(float[] x, int at, float[] u, int uAt) {
        for (int r = 0; r < rank; r++) {
            u[uAt + r] = KERNELS.dot(basis, r * columns, x, at, columns);
        }
        for (int r = 0; r < rank; r++) {
            KERNELS.axpy(-u[uAt + r], basis, r * columns, x, at, columns);
        }
    }

    /** {@code w ← R·((w − Vᵀ·V·w) ⊘ t)} for a row of weights: what {@link #prepare} does to activations is undone in the product. */
    void transformWeights(float[] w, int offset) {
        project(w, offset, new float[rank], 0);
        for (int j = 0; j < columns; j++) {
            w[offset + j] /= balance[j];
        }
        rotation.apply(w, offset);
    }

    /** {@code w ← t ⊙ (Rᵀ·w)}: a row of decoded weights back in the basis of x⊥. */
    void restoreWeights(float[] w, int offset) {
        rotation.undo(w, offset);
        for (int j = 0; j < columns; j++) {
            w[offset + j] *= balance[j];
        }
    }
}
