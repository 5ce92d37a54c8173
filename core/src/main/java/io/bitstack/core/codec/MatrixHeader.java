package io.bitstack.core.codec;

import java.lang.foreign.MemorySegment;
import java.util.List;

/** A weight matrix of which no block is held: with blocks it becomes the matrix at any level. Immutable. */
@FunctionalInterface
public interface MatrixHeader {
    /**
     * The matrix with its first {@code blocks.size()} blocks, at least one, which it reads in place.
     *
     * @throws CodecException if a blob does not have the form that docs/FORMAT.md gives it
     */
    CompressedMatrix at(List<MemorySegment> blocks);
}
