package io.bitstack.core.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Activations multiplied by a column scale, as one provider's {@link KernelProvider#planes} reads them: whoever prepared them has to
 * read them. Scratch that is reused from call to call and grows when it has to; written by one thread, then read by any number.
 */
public final class PlaneInput {
    private static final int CACHE_LINE_BYTES = 64;

    /** Tokens × n floats, for the providers that compute with these. */
    float[] values = new float[0];

    /** Tokens × {@link #quantaSize} whole numbers, in the order in which the native kernels read them. */
    MemorySegment quanta = MemorySegment.NULL;

    /** The values of one quantum, and their sum: tokens × {@link #unitsSize} floats. */
    MemorySegment units = MemorySegment.NULL;

    /** Tokens × {@link WidePlanes#arrangedFloats}, in the order in which the Vector API's wide loops read them. */
    float[] arranged = new float[0];

    void needValues(int size) {
        if (values.length < size) {
            values = new float[size];
        }
    }

    void needQuanta(int tokens, int columns) {
        quanta = atLeast(quanta, (long) tokens * quantaSize(columns));
        units = atLeast(units, (long) tokens * unitsSize(columns) * Float.BYTES);
    }

    void needArranged(int tokens, int columns) {
        int size = tokens * WidePlanes.arrangedFloats(columns);
        if (arranged.length < size) {
            arranged = new float[size];
        }
    }

    /** Aligned to cache lines, off the heap: registers of 64 bytes would be loaded in two halves from anywhere else. */
    private static MemorySegment atLeast(MemorySegment held, long bytes) {
        return held.byteSize() >= bytes ? held : Arena.ofAuto().allocate(bytes, CACHE_LINE_BYTES);
    }

    /** Columns padded to whole words, and as many rests. */
    static int quantaSize(int columns) {
        return 2 * 64 * SignPlanes.words(columns);
    }

    /** One for 32 columns, and the sums of all that the quanta stand for without and with the rests. */
    static int unitsSize(int columns) {
        return 2 * SignPlanes.words(columns) + 2;
    }
}
