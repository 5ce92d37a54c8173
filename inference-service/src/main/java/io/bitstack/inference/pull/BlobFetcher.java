package io.bitstack.inference.pull;

import io.bitstack.core.stack.Descriptor;
import java.io.IOException;
import java.io.InputStream;

/** Where blobs come from. */
@FunctionalInterface
interface BlobFetcher {
    /** Opens a blob's bytes from {@code fromByte} to its end; they are not verified yet. */
    InputStream open(Descriptor blob, long fromByte) throws IOException;
}
