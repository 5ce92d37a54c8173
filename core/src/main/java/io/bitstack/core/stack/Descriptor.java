package io.bitstack.core.stack;

/** Names a blob and says how long it is. */
public record Descriptor(Digest digest, long sizeBytes) {
    public Descriptor {
        if (sizeBytes < 0) {
            throw new IllegalArgumentException("a blob cannot have " + sizeBytes + " bytes");
        }
    }
}
