package io.bitstack.core.codec;

import io.bitstack.core.kernel.CodeTable;
import io.bitstack.core.kernel.RowPool;
import io.bitstack.core.kernel.SignPlanes;
import io.bitstack.core.tensor.FloatMatrix;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Deque;
import java.util.concurrent.ConcurrentLinkedDeque;

/**
 * Chooses the codes of one matrix level by level, some rows at a time, since rows do not depend on each other.
 *
 * <p>Letters: m rows, n columns.
 */
final class PlaneChooser {
    private final FloatMatrix target;
    /** Codes so far, unsigned, where {@link RowTile#codeAt} says. */
    private final byte[] codes;

    private final Magnitudes magnitudes;
    private final NestedEncodedInput input;
    private final int descentPasses;
    private final RowPool pool;
    /** For tiles to come: what an encoder holds is too large to be made again for each. */
    private final Deque<TileEncoder> encoders = new ConcurrentLinkedDeque<>();

    /**
     * @param target W' (m × n); shared, not changed
     * @param descentPasses how often all codes of a level with feedback are chosen anew
     * @param pool shares out the tiles
     */
    PlaneChooser(FloatMatrix target, Magnitudes magnitudes, NestedEncodedInput input, int descentPasses, RowPool pool) {
        this.target = target;
        this.magnitudes = magnitudes;
        this.input = input;
        this.descentPasses = descentPasses;
        this.pool = pool;
        this.codes = new byte[target.data().length];
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
        if (damping > 0) {
            // With all threads: those that have a tile would wait for it.
            input.feedback(damping);
        }
        int tileRows = tileRows();
        double[] errors = new double[tiles()];
        pool.forRows(errors.length, 1, (from, to) -> {
            TileEncoder found = encoders.poll();
            TileEncoder encoder = found == null ? encoder() : found;
            for (int tile = from; tile < to; tile++) {
                errors[tile] = encoder.choose(table, tile * tileRows, damping);
            }
            encoders.add(encoder);
        });
        // Who has helped may have other work the next time.
        while (encoders.size() > 1) {
            encoders.poll();
        }
        return Math.max(0, Arrays.stream(errors).reduce(0, Double::sum));
    }

    private TileEncoder encoder() {
        return new TileEncoder(new RowTile(target, magnitudes, codes), input, descentPasses);
    }

    private int tileRows() {
        return RowTile.rowsFrom(0, target.rows(), target.columns());
    }

    private int tiles() {
        return (target.rows() + tileRows() - 1) / tileRows();
    }

    /** The code at a row-major index of the matrix. */
    int code(int index) {
        int n = target.columns();
        return codes[RowTile.codeAt(index / n, index % n, target.rows(), n)] & 0xFF;
    }

    /** The last {@code count} bits of the codes as planes, most significant first: the layout of docs/FORMAT.md. */
    byte[] packPlanes(int count) {
        byte[] block = new byte[Math.toIntExact(count * SignPlanes.planeBytes(target.rows(), target.columns()))];
        ByteBuffer planes = ByteBuffer.wrap(block).order(ByteOrder.LITTLE_ENDIAN);
        int tileRows = tileRows();
        pool.forRows(tiles(), 1, (from, to) -> {
            for (int tile = from; tile < to; tile++) {
                packTile(tile * tileRows, count, planes);
            }
        });
        return block;
    }

    /** Writes the planes of the tile that begins at row {@code first}, where they belong. */
    private void packTile(int first, int count, ByteBuffer planes) {
        int m = target.rows();
        int n = target.columns();
        int words = SignPlanes.words(n);
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
