package io.bitstack.core.codec;

import io.bitstack.core.kernel.SignPlanes;
import java.lang.foreign.MemorySegment;

/** Reads stacks of the codec {@code nested}: history-conditioned residual planes. */
final class NestedCodec implements ResidualCodec {
    static final String NAME = "nested";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public InputTransform readInput(int columns, MemorySegment blob) {
        return NestedInput.read(columns, blob);
    }

    @Override
    public MatrixHeader readHeader(int rows, int columns, int startLevel, InputTransform input, MemorySegment header) {
        if (!(input instanceof NestedInput nested) || nested.columns() != columns) {
            throw new CodecException("the matrix has %d columns, its input %d".formatted(columns, input.columns()));
        }
        NestedHeader read = NestedHeader.read(rows, columns, startLevel, nested.rank(), header);
        return blocks -> new NestedMatrix(read, nested, blocks);
    }

    @Override
    public long blockBytes(int rows, int columns, int startLevel, int level, MemorySegment header) {
        int levels = NestedHeader.levels(header);
        if (level < startLevel || level > levels) {
            throw new CodecException("no block leads to level %d: the matrix header has levels %d to %d"
                    .formatted(level, startLevel, levels));
        }
        return SignPlanes.planeBytes(rows, columns) * (level == startLevel ? startLevel : 1);
    }
}
