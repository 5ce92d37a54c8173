package io.bitstack.core.codec;

import java.lang.foreign.MemorySegment;
import java.util.List;

/** Reads what a codec wrote. Blob bytes are little-endian, laid out as docs/FORMAT.md says. */
public interface ResidualCodec {
    /** The name in the manifest: {@code nested} or {@code iabd}. */
    String name();

    /** @throws CodecException if the blob does not have the form that docs/FORMAT.md gives it */
    InputTransform readInput(int columns, MemorySegment blob);

    /**
     * Opens a matrix's header, which copies what it needs of the blob.
     *
     * @throws CodecException if a blob does not have the form that docs/FORMAT.md gives it
     */
    MatrixHeader readHeader(int rows, int columns, int startLevel, InputTransform input, MemorySegment header);

    /**
     * Opens a matrix with the given blocks, the first {@code blocks.size()} of the matrix (at least one).
     *
     * @throws CodecException if a blob does not have the form that docs/FORMAT.md gives it
     */
    default CompressedMatrix readMatrix(
            int rows,
            int columns,
            int startLevel,
            InputTransform input,
            MemorySegment header,
            List<MemorySegment> blocks) {
        return readHeader(rows, columns, startLevel, input, header).at(blocks);
    }

    /**
     * Exact size of the block that leads to {@code level}, for validation before anything is fetched.
     *
     * @throws CodecException if the header has no such level
     */
    long blockBytes(int rows, int columns, int startLevel, int level, MemorySegment header);
}
