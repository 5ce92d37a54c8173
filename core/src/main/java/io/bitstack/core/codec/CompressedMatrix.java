package io.bitstack.core.codec;

import io.bitstack.core.kernel.RowPool;
import io.bitstack.core.tensor.FloatMatrix;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * A weight matrix W (m × n) at some level: immutable, and ready to be multiplied with. It reads the block segments it
 * was made from in place, so these must stay alive as long as it is used.
 */
public interface CompressedMatrix {
    /** m. */
    int rows();

    /** n. */
    int columns();

    /** How many sign planes are held. */
    int level();

    InputTransform input();

    /** Bytes of memory kept besides the block segments (scales, tables, side branch). */
    long headerHeldBytes();

    /** Of these, the tables of reconstruction values. */
    long tablesHeldBytes();

    /**
     * {@code y = x·Ŵᵀ}: {@code x} was prepared by {@link #input()} for {@code tokens} tokens; {@code y} (tokens × m) is
     * overwritten.
     */
    void multiply(PreparedInput x, int tokens, float[] y, RowPool pool);

    /** Row {@code row} of Ŵ in the original basis (an embedding look-up), written to {@code out[offset … offset + n)}. */
    void row(int row, float[] out, int offset);

    /** The whole of Ŵ in the original basis, newly allocated. */
    default FloatMatrix decode() {
        FloatMatrix dense = FloatMatrix.zeros(rows(), columns());
        decode(dense.data(), 0);
        return dense;
    }

    /** The whole of Ŵ in the original basis, written to {@code out} from {@code offset} on. */
    default void decode(float[] out, int offset) {
        for (int i = 0; i < rows(); i++) {
            row(i, out, offset + i * columns());
        }
    }

    /** The same matrix with another number of levels: {@code blocks} are all its blocks from the first on. */
    CompressedMatrix withBlocks(List<MemorySegment> blocks);
}
