package io.bitstack.compression.encode;

import java.io.IOException;

/** What was computed and is still to be stored, which takes a disk, a network and a database, but no core. */
interface Made<T> {
    /** Once. */
    T store() throws IOException;

    /** What need not be stored. */
    static <T> Made<T> of(T value) {
        return () -> value;
    }
}
