package io.bitstack.core.tensor;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Off-heap buffers that start on a cache line, so that no vector load is split between two. */
public final class OffHeap {
    /** Bytes of a cache line, and of the widest vector register. */
    public static final long ALIGNMENT_BYTES = 64;

    private OffHeap() {}

    /** A zeroed buffer that lives as long as the arena. */
    public static MemorySegment allocate(Arena arena, long sizeBytes) {
        return arena.allocate(sizeBytes, ALIGNMENT_BYTES);
    }

    /** An aligned copy that lives as long as the arena. */
    public static MemorySegment copy(Arena arena, MemorySegment source) {
        MemorySegment copy = allocate(arena, source.byteSize());
        MemorySegment.copy(source, 0, copy, 0, source.byteSize());
        return copy;
    }
}
