package io.bitstack.core.stack;

import java.util.Objects;

/** Names a blob and says how long it is. */
public record Descriptor(Digest digest, long sizeBytes) {
    public Descriptor {
        Objects.requireNonNull(digest, "digest");
        if (sizeBytes < 0) {
            throw new IllegalArgumentException("a blob cannot have " + sizeBytes + " bytes");
        }
    }
}
