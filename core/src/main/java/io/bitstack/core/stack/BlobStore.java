package io.bitstack.core.stack;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;

/** Keeps immutable blobs under their digests. Safe for use by many threads and many processes at once. */
public interface BlobStore {
    /** Stores the remaining bytes of the buffer under their digest; if they are there already they only become as new. */
    Descriptor put(ByteBuffer content) throws IOException;

    /** The blob's length, or empty if the store does not hold it. */
    OptionalLong sizeBytes(Digest digest) throws IOException;

    /**
     * Opens a range of a blob. The bytes are <em>not</em> verified: whoever uses them compares their digest first.
     *
     * @throws BlobNotFoundException if the store does not hold it
     * @throws IllegalArgumentException if the range does not lie in the blob
     */
    InputStream open(Digest digest, long offsetBytes, long lengthBytes) throws IOException;

    /** A short-lived URL from which the blob can be fetched without credentials, if this store can make one. */
    Optional<URI> presignedUrl(Digest digest, Duration validity) throws IOException;

    /** Reads a whole blob of at most {@code limitBytes} and verifies it. @throws BlobCorruptException on a mismatch */
    byte[] read(Digest digest, long limitBytes) throws IOException;
}
