package io.bitstack.core.model;

import io.bitstack.core.kernel.RowPool;
import io.bitstack.core.stack.StackManifest;
import io.bitstack.core.tensor.OffHeap;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * The blocks of some matrices, read into memory outside the heap: one piece for all of them, so that large ones go back to the system at once
 * when they are closed.
 */
final class OpenBlocks implements AutoCloseable {
    /** A block to be read, and where to. */
    private record Place(StackManifest.Block block, MemorySegment to) {}

    private final Arena arena = Arena.ofShared();
    private final List<List<MemorySegment>> segments = new ArrayList<>();

    /** @param blocks of each matrix */
    OpenBlocks(List<List<StackManifest.Block>> blocks, BlobLoader loader, RowPool pool) {
        try {
            read(blocks, loader, pool);
        } catch (RuntimeException | Error e) {
            arena.close();
            throw e;
        }
    }

    private void read(List<List<StackManifest.Block>> blocks, BlobLoader loader, RowPool pool) {
        long sizeBytes = blocks.stream()
                .flatMap(List::stream)
                .mapToLong(OpenBlocks::alignedBytes)
                .sum();
        MemorySegment all = OffHeap.allocate(arena, sizeBytes);
        List<Place> places = new ArrayList<>();
        long at = 0;
        for (List<StackManifest.Block> ofMatrix : blocks) {
            List<MemorySegment> opened = new ArrayList<>();
            for (StackManifest.Block block : ofMatrix) {
                opened.add(all.asSlice(at, block.sizeBytes()));
                places.add(new Place(block, opened.getLast()));
                at += alignedBytes(block);
            }
            segments.add(opened);
        }
        pool.forRows(
                places.size(),
                1,
                (from, to) -> places.subList(from, to)
                        .forEach(place -> loader.load(place.block().digest(), place.to())));
    }

    private static long alignedBytes(StackManifest.Block block) {
        return (block.sizeBytes() + OffHeap.ALIGNMENT_BYTES - 1) / OffHeap.ALIGNMENT_BYTES * OffHeap.ALIGNMENT_BYTES;
    }

    /** Of the matrix that was given at this place. */
    List<MemorySegment> segments(int matrix) {
        return segments.get(matrix);
    }

    /** Frees them; a second time it does nothing. */
    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
