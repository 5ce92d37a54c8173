package io.bitstack.core.codec;

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
    private final Magnitudes magnitudes;
    private final NestedEncodedInput input;
    private final int descentPasses;
    /** Codes so far, m × n, unsigned. */
    private final byte[] codes;

    /**
     * @param target W' (m × n); shared, not changed
     * @param descentPasses how often all codes of a level with feedback are chosen anew
     */
    PlaneChooser(FloatMatrix target, Magnitudes magnitudes, NestedEncodedInput input, int descentPasses) {
        this.target = target;
        this.magnitudes = magnitudes;
        this.input = input;
        this.descentPasses = descentPasses;
        this.codes = new byte[target.data().length];
    }

    /**
     * Codes all planes of the first block together: the nearest entry of an ascending table.
     *
     * @param damping λ; 0 chooses each code for itself
     * @return tr(R·H'·Rᵀ) of what is left
     */
    double start(float[] table, double damping) {
        return choose(CodeChoice.nearest(table), damping);
    }

    /** Adds one plane: the nearer child of the cell so far. */
    double refine(float[] table, double damping) {
        return choose(CodeChoice.child(table), damping);
    }

    private double choose(CodeChoice choice, double damping) {
        RowTile tile = new RowTile(target, magnitudes, choice, codes);
        TileEncoder encoder = new TileEncoder(tile, input, descentPasses);
        double error = 0;
        for (int first = 0; first < target.rows(); first += tile.mostRows()) {
            tile.load(first);
            error += damping > 0 ? encoder.feedBack(damping) : encoder.round();
            tile.store();
        }
        return Math.max(0, error);
    }

    /** The code at a row-major index of the matrix. */
    int code(int index) {
        return codes[index] & 0xFF;
    }

    /** The last {@code count} bits of the codes as planes, most significant first: the layout of docs/FORMAT.md. */
    byte[] packPlanes(int count) {
        int n = target.columns();
        int words = SignPlanes.words(n);
        byte[] block = new byte[Math.toIntExact(count * SignPlanes.planeBytes(target.rows(), n))];
        ByteBuffer planes = ByteBuffer.wrap(block).order(ByteOrder.LITTLE_ENDIAN);
        long[] row = new long[words];
        for (int shift = count - 1; shift >= 0; shift--) {
            for (int i = 0; i < target.rows(); i++) {
                Arrays.fill(row, 0);
                for (int j = 0; j < n; j++) {
                    row[j >>> 6] |= ((codes[i * n + j] >>> shift) & 1L) << j;
                }
                for (long word : row) {
                    planes.putLong(word);
                }
            }
        }
        return block;
    }
}
