package io.bitstack.core.codec;

import io.bitstack.core.kernel.CodeTable;
import io.bitstack.core.kernel.SignPlanes;
import io.bitstack.core.tensor.FloatMatrix;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Chooses the codes of one matrix level by level, some rows at a time, since rows do not depend on each other.
 *
 * <p>Letters: m rows, n columns.
 */
final class PlaneChooser {
    private final FloatMatrix target;
    /** Codes so far, unsigned, where {@link RowTile#codeAt} says. */
    private final byte[] codes;

    /** For all tiles of all levels: what it holds is too large to be made again for each. */
    private final RowTile tile;

    private final TileEncoder encoder;

    /**
     * @param target W' (m × n); shared, not changed
     * @param descentPasses how often all codes of a level with feedback are chosen anew
     */
    PlaneChooser(FloatMatrix target, Magnitudes magnitudes, NestedEncodedInput input, int descentPasses) {
        this.target = target;
        this.codes = new byte[target.data().length];
        this.tile = new RowTile(target, magnitudes, codes);
        this.encoder = new TileEncoder(tile, input, descentPasses);
    }

    /**
     * Codes all planes of the first block together: the nearest entry of an ascending table.
     *
     * @param damping λ; 0 chooses each code for itself
     * @return tr(R·H'·Rᵀ) of what is left
     */
    double start(float[] table, double damping) {
        return choose(CodeTable.nearest(table), damping);
    }

    /** Adds one plane: the nearer child of the cell so far. */
    double refine(float[] table, double damping) {
        return choose(CodeTable.children(table), damping);
    }

    private double choose(CodeTable table, double damping) {
        double error = 0;
        for (int first = 0; first < target.rows(); first += tile.mostRows()) {
            tile.load(table, first);
            error += damping > 0 ? encoder.feedBack(damping) : encoder.round();
        }
        return Math.max(0, error);
    }

    /** The code at a row-major index of the matrix. */
    int code(int index) {
        int n = target.columns();
        return codes[RowTile.codeAt(index / n, index % n, target.rows(), n)] & 0xFF;
    }

    /** The last {@code count} bits of the codes as planes, most significant first: the layout of docs/FORMAT.md. */
    byte[] packPlanes(int count) {
        int m = target.rows();
        int n = target.columns();
        int words = SignPlanes.words(n);
        byte[] block = new byte[Math.toIntExact(count * SignPlanes.planeBytes(m, n))];
        ByteBuffer planes = ByteBuffer.wrap(block).order(ByteOrder.LITTLE_ENDIAN);
        for (int first = 0; first < m; ) {
            int rows = RowTile.rowsFrom(first, m, n);
            long[] column = new long[rows];
            for (int word = 0; word < words; word++) {
                for (int shift = count - 1; shift >= 0; shift--) {
                    words(
                            RowTile.codeAt(first, word * Long.SIZE, m, n),
                            Math.min(Long.SIZE, n - word * Long.SIZE),
                            shift,
                            column);
                    for (int i = 0; i < rows; i++) {
                        int at = ((count - 1 - shift) * m + first + i) * words + word;
                        planes.putLong(at * Long.BYTES, column[i]);
                    }
                }
            }
            first += rows;
        }
        return block;
    }

    /** Of each row of a tile the bits of some columns, whose codes lie from {@code at} on. */
    private void words(int at, int columns, int shift, long[] words) {
        Arrays.fill(words, 0);
        for (int j = 0; j < columns; j++) {
            int column = at + j * words.length;
            for (int i = 0; i < words.length; i++) {
                words[i] |= ((codes[column + i] >>> shift) & 1L) << j;
            }
        }
    }
}
