package io.bitstack.core.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;

/**
 * The planes of a matrix Ŵ' (m × n) at level ℓ as the kernels read them: {@code Ŵ'_ij = rowScale_i · table[c_ij] ·
 * columnScale_j}, where the code c_ij is the bits of the planes at (i, j), the first plane most significant. The column
 * scale is the caller's business. Nothing is copied but planes on the heap: segments and arrays are shared.
 */
public final class SignPlanes {
    /** Planes a matrix can have; a table then has 256 entries. */
    public static final int MAX_LEVEL = 8;

    private final int rows;
    private final int columns;
    private final int words;
    private final MemorySegment[] planes;
    private final long[] addresses;
    private final float[] rowScale;
    private final float[] table;
    private final byte[] quantisedTable;

    /**
     * @param rows m
     * @param columns n
     * @param planes ℓ segments of {@link #planeBytes} each
     * @param rowScale m values
     * @param table 2^ℓ values
     */
    public SignPlanes(int rows, int columns, List<MemorySegment> planes, float[] rowScale, float[] table) {
        if (planes.isEmpty() || planes.size() > MAX_LEVEL) {
            throw new IllegalArgumentException("1 to %d planes, not %d".formatted(MAX_LEVEL, planes.size()));
        }
        if (rowScale.length != rows || table.length != 1 << planes.size()) {
            throw new IllegalArgumentException(
                    "%d rows and %d planes need %d row scales and %d table entries, not %d and %d"
                            .formatted(rows, planes.size(), rows, 1 << planes.size(), rowScale.length, table.length));
        }
        for (MemorySegment plane : planes) {
            if (plane.byteSize() != planeBytes(rows, columns)) {
                throw new IllegalArgumentException("a plane of %d × %d has %d bytes, not %d"
                        .formatted(rows, columns, planeBytes(rows, columns), plane.byteSize()));
            }
        }
        this.rows = rows;
        this.columns = columns;
        this.words = words(columns);
        this.planes = planes.stream().map(SignPlanes::offHeap).toArray(MemorySegment[]::new);
        this.addresses =
                Arrays.stream(this.planes).mapToLong(MemorySegment::address).toArray();
        this.rowScale = rowScale;
        this.table = table;
        this.quantisedTable = quantised(table);
    }

    /** The layout that native kernels read, {@code struct quantised_table}. */
    private static byte[] quantised(float[] table) {
        QuantisedTable sixteen = QuantisedTable.of(table);
        WideTable wide = WideTable.of(table);
        ByteBuffer out = ByteBuffer.allocate(3 * Float.BYTES + QuantisedTable.writtenBytes() + WideTable.writtenBytes())
                .order(ByteOrder.nativeOrder())
                .putFloat(sixteen.unit())
                .putFloat(wide.unit())
                .putFloat(wide.smallest());
        sixteen.write(out);
        wide.write(out);
        return out.array();
    }

    /** 64-bit words of one row of a plane. */
    public static int words(int columns) {
        return (columns + 63) / 64;
    }

    /** Bytes of one plane: rows padded to whole words. */
    public static long planeBytes(int rows, int columns) {
        return (long) rows * words(columns) * Long.BYTES;
    }

    public int rows() {
        return rows;
    }

    public int columns() {
        return columns;
    }

    /** ℓ, the number of planes. */
    public int level() {
        return planes.length;
    }

    int words() {
        return words;
    }

    /** Native kernels read planes by address. */
    private static MemorySegment offHeap(MemorySegment plane) {
        return plane.isNative()
                ? plane
                : Arena.ofAuto().allocate(plane.byteSize(), Long.BYTES).copyFrom(plane);
    }

    MemorySegment plane(int index) {
        return planes[index];
    }

    /**
     * Where the planes begin, for native code; the caller keeps this object reachable meanwhile.
     *
     * @throws IllegalStateException if the memory of one has been freed
     */
    long[] addresses() {
        for (MemorySegment plane : planes) {
            if (!plane.scope().isAlive()) {
                throw new IllegalStateException("a plane's memory was freed while its matrix is still in use");
            }
        }
        return addresses;
    }

    float[] rowScale() {
        return rowScale;
    }

    float rowScale(int row) {
        return rowScale[row];
    }

    float[] table() {
        return table;
    }

    /** The table as native kernels read it. */
    byte[] quantisedTable() {
        return quantisedTable;
    }
}
