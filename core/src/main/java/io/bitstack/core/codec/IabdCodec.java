package io.bitstack.core.codec;

import io.bitstack.core.kernel.SignPlanes;
import java.lang.foreign.MemorySegment;

/** Reads stacks of the codec {@code iabd}: iterative absolute value decomposition (arXiv 2410.23918). */
final class IabdCodec implements ResidualCodec {
    static final String NAME = "iabd";

    private static final int MOST_LEVELS = 64;

    /** @param rank k, the rank of each level's factors */
    record Header(int rank, int levels) {
        static Header read(int rows, int columns, MemorySegment blob) {
            BlobReader reader = new BlobReader("matrix header (iabd)", blob);
            Header header = new Header(reader.readInt(), reader.readInt());
            reader.end();
            if (header.rank < 1
                    || header.rank > Math.min(rows, columns)
                    || header.levels < 1
                    || header.levels > MOST_LEVELS) {
                throw reader.bad("rank %d and %d levels for a %d × %d matrix"
                        .formatted(header.rank, header.levels, rows, columns));
            }
            return header;
        }

        byte[] write() {
            return new BlobWriter(8).writeInt(rank).writeInt(levels).finish();
        }
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public InputTransform readInput(int columns, MemorySegment blob) {
        return IabdInput.read(columns, blob);
    }

    @Override
    public MatrixHeader readHeader(int rows, int columns, int startLevel, InputTransform input, MemorySegment header) {
        if (!(input instanceof IabdInput scale) || scale.columns() != columns) {
            throw new CodecException("the matrix has %d columns, its input %d".formatted(columns, input.columns()));
        }
        Header read = Header.read(rows, columns, header);
        return blocks -> {
            if (startLevel != 1 || blocks.size() > read.levels) {
                throw new CodecException("%d blocks from level %d on, for a matrix of %d levels from level 1 on"
                        .formatted(blocks.size(), startLevel, read.levels));
            }
            return new IabdMatrix(rows, columns, read.rank, scale, blocks);
        };
    }

    @Override
    public long blockBytes(int rows, int columns, int startLevel, int level, MemorySegment header) {
        Header read = Header.read(rows, columns, header);
        if (level < 1 || level > read.levels) {
            throw new CodecException(
                    "no block leads to level %d: the matrix header has levels 1 to %d".formatted(level, read.levels));
        }
        return blockBytes(rows, columns, read.rank);
    }

    static long blockBytes(int rows, int columns, int rank) {
        return SignPlanes.planeBytes(rows, columns) + 2L * rank * (rows + (long) columns);
    }
}
