package io.bitstack.core.codec;

import io.bitstack.core.kernel.SignPlanes;
import java.lang.foreign.MemorySegment;

/**
 * The header of a nested matrix: magnitudes a (m) and b (n), the tables T_start … T_levels, and the side branch C (m × r).
 *
 * @param tables one table for each level from start on; the table of level ℓ has 2^ℓ entries
 */
record NestedHeader(
        int rows,
        int columns,
        int rank,
        int start,
        int levels,
        float[] rowScale,
        float[] columnScale,
        float[][] tables,
        float[] side) {

    static NestedHeader read(int rows, int columns, int start, int rank, MemorySegment blob) {
        BlobReader reader = new BlobReader("matrix header (nested)", blob);
        int storedRank = reader.readInt();
        int storedStart = reader.readInt();
        int levels = reader.readInt();
        if (reader.readInt() != 0) {
            throw reader.bad("the reserved field is not 0");
        }
        if (storedRank != rank) {
            throw reader.bad("side branch rank %d, but its input has rank %d".formatted(storedRank, rank));
        }
        if (storedStart != start || start < 1 || levels < start || levels > SignPlanes.MAX_LEVEL) {
            throw reader.bad(
                    "start %d and levels %d, where the manifest says start %d and at most %d levels are possible"
                            .formatted(storedStart, levels, start, SignPlanes.MAX_LEVEL));
        }
        float[] rowScale = reader.readHalfs(rows);
        float[] columnScale = reader.readHalfs(columns);
        float[][] tables = new float[levels - start + 1][];
        for (int level = start; level <= levels; level++) {
            tables[level - start] = reader.readHalfs(1L << level);
        }
        float[] side = reader.readHalfs((long) rows * rank);
        reader.end();
        return new NestedHeader(rows, columns, rank, start, levels, rowScale, columnScale, tables, side);
    }

    /** The highest level that a header blob has a table for. */
    static int levels(MemorySegment blob) {
        BlobReader reader = new BlobReader("matrix header (nested)", blob);
        reader.readLong(); // rank and start
        return reader.readInt();
    }

    byte[] write() {
        BlobWriter writer = new BlobWriter(16 + 2 * (rows + (long) columns + tableEntries() + (long) rows * rank))
                .writeInt(rank)
                .writeInt(start)
                .writeInt(levels)
                .writeInt(0)
                .writeHalfs(rowScale)
                .writeHalfs(columnScale);
        for (float[] table : tables) {
            writer.writeHalfs(table);
        }
        return writer.writeHalfs(side).finish();
    }

    float[] table(int level) {
        return tables[level - start];
    }

    long heldBytes() {
        return Float.BYTES * ((long) rowScale.length + columnScale.length + side.length) + tablesHeldBytes();
    }

    long tablesHeldBytes() {
        return Float.BYTES * tableEntries();
    }

    private long tableEntries() {
        return (1L << (levels + 1)) - (1L << start);
    }
}
