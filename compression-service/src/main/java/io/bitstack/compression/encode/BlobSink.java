package io.bitstack.compression.encode;

import io.bitstack.core.stack.BlobStore;
import io.bitstack.core.stack.Descriptor;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Writes blobs and counts their bytes. */
final class BlobSink {
    private final BlobStore store;
    private final Progress progress;
    private long written;

    BlobSink(BlobStore store, Progress progress) {
        this.store = store;
        this.progress = progress;
    }

    Descriptor put(byte[] content) throws IOException {
        Descriptor descriptor = store.put(ByteBuffer.wrap(content));
        written += descriptor.sizeBytes();
        progress.bytes(written);
        return descriptor;
    }
}
