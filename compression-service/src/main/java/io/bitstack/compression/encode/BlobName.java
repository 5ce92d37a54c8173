package io.bitstack.compression.encode;

import io.bitstack.core.stack.Descriptor;
import io.bitstack.core.stack.Digest;

/** A blob's digest and size as one word, in what tasks say. */
final class BlobName {
    private BlobName() {}

    static String of(Descriptor blob) {
        return blob.digest() + "/" + blob.sizeBytes();
    }

    static Descriptor read(String name) {
        int split = name.indexOf('/');
        return new Descriptor(Digest.parse(name.substring(0, split)), Long.parseLong(name.substring(split + 1)));
    }
}
