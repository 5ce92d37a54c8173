package io.bitstack.core.source;

import java.lang.foreign.MemorySegment;

/** A file of a model that is open, read by ranges wherever it lies. Safe for many threads. */
public interface ModelFile extends AutoCloseable {
    /** So many bytes of a file that is not in place are asked for at a time by those who read much of it. */
    int PIECE_BYTES = 1 << 17;

    /** Its name in its directory, which is also what to call it in messages. */
    String name();

    long sizeBytes();

    /** Whether ranges are parts of the file itself, mapped or in memory, which die with {@link #close()}; else they are copies. */
    boolean isInPlace();

    /**
     * Bytes of the file.
     *
     * @param lengthBytes if it is not in place, few enough for an array
     * @throws IndexOutOfBoundsException if the file has fewer
     */
    MemorySegment range(long offsetBytes, long lengthBytes);

    @Override
    void close();
}
