package io.bitstack.compression.fetch;

import java.io.IOException;
import java.io.InputStream;

/** An origin whose files can be read from any place on, so that a model need not be fetched whole. */
interface RangedOrigin extends Origin {
    /** So many bytes of a file, which has them. */
    InputStream open(RemoteFile file, long fromBytes, long lengthBytes) throws IOException;

    @Override
    default Body open(RemoteFile file, long fromBytes) throws IOException {
        return new Body(fromBytes, open(file, fromBytes, file.sizeBytes() - fromBytes), () -> {});
    }
}
