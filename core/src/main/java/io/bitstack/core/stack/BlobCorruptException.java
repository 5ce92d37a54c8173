package io.bitstack.core.stack;

import java.io.IOException;

/** The bytes that arrived are not those that the digest names; they must not be used. */
public final class BlobCorruptException extends IOException {
    public BlobCorruptException(Digest expected, Digest actual, long sizeBytes) {
        super("blob %s is corrupt: its %d bytes have digest %s".formatted(expected, sizeBytes, actual));
    }
}
