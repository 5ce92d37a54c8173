package io.bitstack.core.stack;

import java.io.IOException;

/** The store does not hold a blob of that digest. */
public final class BlobNotFoundException extends IOException {
    public BlobNotFoundException(Digest digest) {
        super("no blob " + digest);
    }
}
