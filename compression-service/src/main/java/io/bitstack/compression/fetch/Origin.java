package io.bitstack.compression.fetch;

import java.io.IOException;
import java.io.InputStream;

/** Where files are fetched from. */
interface Origin {
    /**
     * The bytes of a file as they come.
     *
     * @param startBytes where in the file they begin
     * @param whenClosed gives back what the stream does not
     */
    record Body(long startBytes, InputStream stream, Runnable whenClosed) {}

    /** What to call it in messages. */
    String name();

    /** Opens a file from a place on, or from its beginning where that is all the server can do. */
    Body open(RemoteFile file, long fromBytes) throws IOException;
}
